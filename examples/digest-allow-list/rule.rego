# Only digests on a list may run.
package digest_allow_list

import data.kubexray.lib

violation contains {
	"image": image.digest,
	"msg": $"{image.ref} runs as {image.digest}, which is not on the list; deploy an image that is, or add its digest",
} if {
	count(input.parameters.digests) > 0
	some image in _judged
	image.digest != ""
	not _is_listed(image)
}

_is_listed(image) if image.digest in input.parameters.digests

# What runs is one platform of an image that is listed as a whole.
_is_listed(image) if image.index in input.parameters.digests

undecided contains $"{image.ref}: the digest of the image is not known" if {
	some image in _judged
	image.digest == ""
}

# A list that somebody forgot to fill must not stop everything.
undecided contains "the list is empty; put the digests that may run into the parameter digests" if {
	count(input.parameters.digests) == 0
	count(_judged) > 0
}

# A list, not a set: to put an image into a set means to hash all that is known of it.
_judged := [image |
	some image in input.images
	lib.matches(input.parameters.images, image.ref)
]
