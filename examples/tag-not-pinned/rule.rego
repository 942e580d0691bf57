# Images that are not pinned to a digest.
package tag_not_pinned

import data.kubexray.lib

violation contains {
	"image": image.ref,
	"msg": $"{image.ref} is named by a tag alone, so the next pod may run something else; {_remedy(image)}",
} if {
	some image in _unpinned
	not lib.matches(input.parameters.allowedTags, image.tag)
}

violation contains {
	"image": ref,
	"msg": $"{ref} is more than one image, so its tag was moved: {concat(", ", digests)} run; name the one that is meant by its digest",
} if {
	some ref, digests in _digests
	count(digests) > 1
}

undecided contains $"{image.ref}: the digest of the image is not known, so it cannot be told if its tag was moved" if {
	some image in _unpinned
	lib.matches(input.parameters.allowedTags, image.tag)
	image.digest == ""
}

# A list, not a set: to put an image into a set means to hash all that is known of it.
_unpinned := [image |
	some image in input.images
	not contains(image.ref, "@sha256:")
	not lib.matches(input.parameters.ignoreImages, image.ref)
]

# What runs under an allowed tag.
_digests[image.ref] contains image.digest if {
	some image in _unpinned
	lib.matches(input.parameters.allowedTags, image.tag)
	image.digest != ""
}

_remedy(image) := $"name it {image.registry}/{image.repository}@{image.digest}" if image.digest != ""

_remedy(image) := "name it by its digest" if image.digest == ""
