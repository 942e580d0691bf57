# Issues that could have been fixed for some time.
package fixable_for_days

import data.kubexray.lib

violation contains {
	"image": image.digest,
	"issue": issue.id,
	"severity": issue.severity,
	"component": lib.component_name(component),
	"msg": concat("", [
		$"{image.ref} has {_name(issue)} ({issue.severity}) in {lib.component_name(component)}, {lib.remedy(component)}; ",
		$"published {issue.publishedAt}, more than {input.parameters.days} days ago",
	]),
} if {
	some image in input.images
	image.state == "scanned"
	some issue in image.issues
	_counted[issue.severity]
	some component in issue.components
	count(component.fixedVersions) > 0
	lib.older_than(issue.publishedAt, _grace, input.now)
}

undecided contains $"{image.ref}: Xray does not tell when {_name(issue)} was published" if {
	some image in input.images
	some issue in image.issues
	_counted[issue.severity]
	some component in issue.components
	count(component.fixedVersions) > 0
	not _age_is_known(issue)
}

undecided contains $"{image.ref}: {reason}" if {
	some image in input.images
	reason := lib.why_unknown(image.state)
}

# Durations know no days.
_grace := $"{input.parameters.days * 24}h"

# The severities that count, found once: comparing the ranks of every issue takes several times as long.
_counted contains severity if {
	some severity in lib.severities
	lib.at_least(severity, input.parameters.minSeverity)
}

_age_is_known(issue) if is_boolean(lib.older_than(issue.publishedAt, _grace, input.now))

_name(issue) := issue.id if count(issue.cves) == 0

_name(issue) := concat(", ", issue.cves) if count(issue.cves) > 0
