# Regular expressions, globs and networks.
package patterns_differ

violation contains {"msg": "match", "of": [pattern, text], "got": regex.match(pattern, text)} if {
	some pattern in _patterns
	some text in _texts
}

violation contains {"msg": "find all", "of": [pattern, text], "got": regex.find_all_string_submatch_n(pattern, text, -1)} if {
	some pattern in _patterns
	some text in _texts
}

violation contains {"msg": "replace", "of": [pattern, text], "got": [regex.replace(text, pattern, "<$0>"), regex.replace(text, pattern, "${1}x$$")]} if {
	some pattern in _patterns
	some text in _texts
}

violation contains {"msg": "find, split", "of": [pattern, text], "got": [regex.find_n(pattern, text, 2), regex.find_n(pattern, text, -1), regex.split(pattern, text)]} if {
	some pattern in _patterns
	some text in _texts
}

# Known to differ: globs on texts of more than one line.
violation contains {"msg": "glob", "of": [pattern, text], "got": [glob.match(pattern, null, text), glob.match(pattern, [], text), glob.match(pattern, ["/", ":"], text)]} if {
	some pattern in ["*", "a*", "*.example.com/**", "{a,é}*", "[a-f]?*", "sha256:*"]
	some text in _texts
	not contains(text, "\n")
}

violation contains {"msg": "valid", "of": text, "got": regex.is_valid(text)} if some text in _texts

violation contains {"msg": "network", "of": text, "got": net.cidr_contains("10.0.0.0/8", text)} if some text in _texts

_patterns := ["a+", `^\w+$`, `(\d+)[.-](\d+)`, `(?i)A|É`, `\s`, "[[:alpha:]]+", `\pL+`, `.`, `x*`, `(a)|(b)`]

_texts contains input.workload.name

_texts contains text if some text in input.workload.labels

_texts contains name if {
	some image in input.images
	some name in [image.ref, image.tag, image.digest]
}
