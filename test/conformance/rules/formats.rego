# sprintf, as Go formats: each verb on each kind of value.
package formats_differ

violation contains {"msg": sprintf("%s has %d issues (%5.1f, %v): %v", [image.ref, count(image.issues), 7.25, image.current, image.tag])} if {
	some image in input.images
}

violation contains {"msg": "format", "of": [verb, value], "got": sprintf(verb, [value])} if {
	some verb in ["%v", "%s", "%d", "%q", "%x", "%X", "%t", "%5v|", "%-8s|", "%05d", "%+d", "%.2f", "%8.3f|", "%e", "%g", "%T", "%c", "%U", "%o", "%b", "%#v", "%z"]
	some value in _values
}

violation contains {"msg": "arguments", "got": [sprintf("%d%% of %s", [x]), sprintf("%s", [x, x]), sprintf("%[2]d %[1]d", [x, 7]), sprintf("%*d|", [6, x]), sprintf("%", [x])]} if {
	x := input.workload.replicas
}

_values contains input.workload.replicas

_values contains input.workload.labels

_values contains input.workload.name

_values contains issue.cvss if {
	some image in input.images
	some issue in image.issues
}

_values contains image.tag if some image in input.images

_values contains image.current if some image in input.images

_values contains issue.cves if {
	some image in input.images
	some issue in image.issues
}
