# Builtins on numbers. Sums are of whole numbers: of others a module has the nearest double, and OPA more digits.
package numbers_differ

violation contains {"msg": "floor, ceil, round", "of": x, "got": [floor(x), ceil(x), round(x), abs(x)]} if some x in _scores

violation contains {"msg": "order", "got": [sort(_scores), max(_scores), min(_scores), count(_scores)]} if count(_scores) > 0

violation contains {"msg": "sum, product", "got": [sum(_whole), product(_whole), max(_whole)]}

violation contains {"msg": "division", "of": [x, y], "got": [x % y, floor(x / y), x - y, x * y]} if {
	some x in _whole
	some y in _whole
	y != 0
}

violation contains {"msg": "bits", "of": [x, y], "got": [bits.and(x, y), bits.or(x, y), bits.xor(x, y), bits.lsh(x, 3), bits.rsh(x, 2)]} if {
	some x in _whole
	some y in _whole
}

# Only of these: of "-" or "007" a module makes a number that is not JSON, and the host refuses the whole answer.
violation contains {"msg": "to_number", "of": text, "got": to_number(text)} if {
	some text in _texts
	regex.match("^(-?[1-9][0-9]*|[a-z]*)$", text)
}

violation contains {"msg": "format_int", "of": x, "got": [format_int(x, 2), format_int(x, 10), format_int(x, 16)]} if some x in _whole

violation contains {"msg": "range", "got": numbers.range(from, to)} if {
	from := input.workload.pods % 7
	to := input.workload.replicas % 11
}

violation contains {"msg": "compare", "of": [x, y], "got": [x < y, x <= y, x == y]} if {
	some x in _scores
	some y in _scores
}

_scores contains issue.cvss if {
	some image in input.images
	some issue in image.issues
	is_number(issue.cvss)
}

_whole := {input.workload.replicas, input.workload.pods, count(input.images), 0, 1, 255}

_texts contains text if some text in input.workload.labels

_texts contains issue.id if {
	some image in input.images
	some issue in image.issues
}
