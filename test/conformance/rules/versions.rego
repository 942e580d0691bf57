# Semantic versions and quantities, on what may and what may not be one.
package versions_differ

violation contains {"msg": "compare", "of": [a, b], "got": semver.compare(a, b)} if {
	some a in _versions
	some b in _versions
}

violation contains {"msg": "valid", "of": text, "got": semver.is_valid(text)} if some text in _versions

violation contains {"msg": "bytes", "of": text, "got": units.parse_bytes(text)} if some text in _quantities

violation contains {"msg": "units", "of": text, "got": units.parse(text)} if some text in _quantities

_versions contains text if {
	some image in input.images
	some issue in image.issues
	some component in issue.components
	some text in array.concat([component.version], component.fixedVersions)
}

_versions contains image.tag if some image in input.images

_quantities contains text if some text in input.workload.labels

_quantities contains $"{input.workload.replicas}{unit}" if some unit in ["", "k", "Ki", "MB", "GiB", "m", "E", "x"]
