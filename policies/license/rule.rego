# Licenses that must not run, or that alone may run.
package license

import data.kubexray.lib

violation contains {
	"image": image.digest,
	"license": license.name,
	"msg": $"{image.ref} has the denied license {license.name}{_places(license)}",
} if {
	some image in input.images
	image.state == "scanned"
	some license in image.licenses
	lib.matches_ignoring_case(input.parameters.denied, license.name)
}

violation contains {
	"image": image.digest,
	"license": license.name,
	"msg": $"{image.ref} has the license {license.name}{_places(license)}, which is not among the allowed ones",
} if {
	count(input.parameters.allowed) > 0
	some image in input.images
	image.state == "scanned"
	some license in image.licenses
	not lib.matches_ignoring_case(input.parameters.allowed, license.name)

	# Denied as well: said above.
	not lib.matches_ignoring_case(input.parameters.denied, license.name)
}

violation contains {
	"image": image.digest,
	"license": violation.issue,
	"msg": $"{image.ref} has the license {violation.issue}, which {lib.breach(violation)}",
} if {
	input.parameters.useXrayViolations
	some image in input.images
	image.state == "scanned"
	some violation in image.violations
	violation.type == "license"
}

undecided contains "useXrayViolations is true, and the policy names no watch of Xray in facts.watches" if {
	input.parameters.useXrayViolations
	count(input.watches) == 0
}

undecided contains $"{image.ref}: not scanned yet, so nothing is known about it" if {
	some image in input.images
	image.state == "unscanned"
}

undecided contains $"{image.ref}: Xray could not be asked" if {
	some image in input.images
	image.state == "unavailable"
}

undecided contains $"{image.ref}: the digest of the image is not known" if {
	some image in input.images
	image.state == "unidentifiable"
}

# At most three components are named: a base image can have hundreds of one license.
_places(license) := "" if count(license.components) == 0

_places(license) := $" in {concat(", ", license.components)}" if {
	count(license.components) > 0
	count(license.components) < 4
}

_places(license) := $" in {concat(", ", array.slice(license.components, 0, 3))} and {count(license.components) - 3} more" if {
	count(license.components) > 3
}
