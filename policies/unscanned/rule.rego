# Images that Xray has never scanned.
package unscanned

import data.kubexray.lib

violation contains {
	"image": image.digest,
	"msg": $"{image.ref} was never scanned by Xray (runs since {image.firstSeenAt})",
} if {
	some image in _unscanned
	_counts(image)
	lib.older_than(image.firstSeenAt, input.parameters.gracePeriod, input.now)
}

undecided contains $"{image.ref}: not scanned yet; grace period of {input.parameters.gracePeriod} since {image.firstSeenAt}" if {
	some image in _unscanned
	_counts(image)
	lib.older_than(image.firstSeenAt, input.parameters.gracePeriod, input.now) == false
}

undecided contains $"{image.ref}: the age of the image cannot be told from {image.firstSeenAt}" if {
	some image in _unscanned
	_counts(image)
	not _age_is_known(image)
}

undecided contains concat("", [
	$"{image.ref}: Xray does not know this digest, but it may be that of a multi-platform index whose manifests are scanned, ",
	"and no registry could tell; set the parameter countUnchecked to true to count it as unscanned",
]) if {
	some image in _unscanned
	not _counts(image)
}

undecided contains $"{image.ref}: Xray could not be asked" if {
	some image in _judged
	image.state == "unavailable"
}

undecided contains $"{image.ref}: the digest of the image is not known" if {
	some image in _judged
	image.state == "unidentifiable"
}

# Lists, not sets: to put an image into a set means to hash all that is known of it.
_judged := [image |
	not lib.matches(input.parameters.allowNamespaces, input.workload.namespace)
	some image in input.images
]

_unscanned := [image |
	some image in _judged
	image.state == "unscanned"
]

_counts(image) if image.digestKind != "unchecked"

_counts(_) if input.parameters.countUnchecked

_age_is_known(image) if is_boolean(lib.older_than(image.firstSeenAt, input.parameters.gracePeriod, input.now))
