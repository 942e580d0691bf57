# Builtins on texts, on every text of the document that may be odd.
package texts_differ

violation contains {"msg": "case", "of": text, "got": [upper(text), lower(text)]} if some text in _texts

violation contains {"msg": "trim", "of": text, "got": [trim_space(text), trim(text, " a\t"), trim_left(text, "a"), trim_right(text, "\n"), trim_prefix(text, "a"), trim_suffix(text, "é")]} if some text in _texts

violation contains {"msg": "split", "of": text, "got": [split(text, "-"), split(text, ""), concat("|", split(text, " "))]} if some text in _texts

violation contains {"msg": "substring", "of": text, "got": [substring(text, 1, 3), substring(text, 0, -1), strings.reverse(text), count(text)]} if some text in _texts

violation contains {"msg": "indexof", "of": text, "got": [indexof(text, "a"), indexof(text, "é"), indexof(text, "😀")]} if some text in _texts

violation contains {"msg": "replace", "of": text, "got": [replace(text, "a", "<>"), strings.replace_n({"a": "b", "😀": "-"}, text)]} if some text in _texts

violation contains {"msg": "find", "of": text, "got": [contains(text, "a"), startswith(text, "a"), endswith(text, "\n")]} if some text in _texts

violation contains {"msg": "count", "of": text, "got": [strings.count(text, "a"), strings.any_prefix_match(text, ["a", "😀"]), strings.any_suffix_match([text, "x"], {"é", "\n"})]} if some text in _texts

# Known to differ: base64 of no text, and base64.is_valid.
violation contains {"msg": "base64", "of": text, "got": [base64.encode(text), base64url.encode(text), base64.decode(base64.encode(text))]} if {
	some text in _texts
	text != ""
}

violation contains {"msg": "json", "of": text, "got": [json.unmarshal(json.marshal({"text": text})), type_name(text)]} if some text in _texts

violation contains {"msg": "template", "got": $"{text} of {input.workload.name}: {input.workload.replicas} {input.images[0].stale}"} if some text in _texts

_texts contains input.workload.name

_texts contains text if some text in input.workload.labels

_texts contains text if some text, _ in input.workload.labels

_texts contains name if {
	some image in input.images
	some name in [image.ref, image.tag, image.repository]
}
