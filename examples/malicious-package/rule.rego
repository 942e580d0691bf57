# Malicious packages.
package malicious_package

import data.kubexray.lib

violation contains {
	"image": image.digest,
	"issue": issue.id,
	"severity": issue.severity,
	"component": lib.component_name(component),
	"msg": concat("", [
		$"{image.ref} contains the malicious package {lib.component_name(component)} ({issue.id}); ",
		"deploy an image without it and renew every secret that its pods could read",
	]),
} if {
	some image in input.images
	image.state == "scanned"
	some issue in image.issues
	issue.malicious
	not issue.id in input.parameters.ignoreIssues
	some component in lib.components(issue)
}

undecided contains $"{image.ref}: {reason}" if {
	some image in input.images
	reason := lib.why_unknown(image.state)
}
