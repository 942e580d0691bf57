# Sets, arrays and objects. Sets are answered sorted, because a module lists them in the order of hashes.
package collections_differ

violation contains {"msg": "sets", "got": [sort(_severities & _other), sort(_severities | _other), sort(_severities - _other), sort(union({_severities, _other})), sort(intersection({_severities, _other}))]}

violation contains {"msg": "arrays", "of": image.ref, "got": [array.concat(ids, ["x"]), array.slice(ids, 1, 3), array.reverse(ids), sort(ids), count(ids)]} if {
	some image in input.images
	ids := [issue.id | some issue in image.issues]
}

violation contains {"msg": "objects", "got": [object.get(labels, "app", "none"), object.union(labels, {"app": {"x": 1}}), object.remove(labels, ["app"]), object.filter(labels, ["app", "tier"]), sort(object.keys(labels))]} if {
	labels := input.workload.labels
}

violation contains {"msg": "subset", "got": [object.subset(labels, {"app": "api"}), object.subset(labels, labels), object.subset({"x": {1, 2}}, {"x": {2}}), object.subset([1, 2, 3], [2, 3])]} if {
	labels := input.workload.labels
}

violation contains {"msg": "paths", "got": [json.filter(input.workload, ["labels/app", "name"]), json.remove(input.workload, ["labels", "uid"]), object.get(input, ["workload", "labels", "app"], null)]}

violation contains {"msg": "walk", "got": count([1 | walk(input, [_, _])])}

violation contains {"msg": "walk to", "got": [path, value]} if {
	walk(input.workload, [path, value])
	is_string(value)
}

violation contains {"msg": "group", "of": severity, "got": sort(ids)} if {
	some severity in _severities
	ids := {issue.id | some image in input.images; some issue in image.issues; issue.severity == severity}
}

violation contains {"msg": "every", "of": image.ref} if {
	some image in input.images
	every issue in image.issues {
		issue.cvss != null
	}
}

violation contains {"msg": "types", "got": [type_name(value), is_object(value), is_array(value), is_null(value)]} if {
	some value in [input.workload.labels, input.images, null, input.workload.replicas, _severities]
}

violation contains {"msg": "reach", "got": sort(graph.reachable({"a": ["b"], "b": ["c"], "c": ["a"], "d": []}, {"a"}))}

undecided contains $"{image.ref}: {count(image.licenses)} licenses" if some image in input.images

_severities contains issue.severity if {
	some image in input.images
	some issue in image.issues
}

_other := {"high", "low", "odd"}
