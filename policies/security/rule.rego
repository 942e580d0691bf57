# Known vulnerabilities of a given severity and above.
package security

import data.kubexray.lib

violation contains {
	"image": image.digest,
	"issue": issue.id,
	"severity": issue.severity,
	"component": component,
	"msg": $"{image.ref} has {_name(issue)} ({issue.severity}) in {component}{_others(issue)}, {_remedy(fixable)}",
} if {
	counted := _counted
	input.parameters.source == "issues"
	some image in input.images
	image.state == "scanned"
	some issue in image.issues
	counted[issue.severity]
	fixable := [component | some component in issue.components; count(component.fixedVersions) > 0]
	_wanted(issue, fixable)
	component := _component(issue, fixable)
}

violation contains {
	"image": image.digest,
	"issue": violation.issue,
	"severity": violation.severity,
	"msg": $"{image.ref} has {violation.issue} ({violation.severity}), which {lib.breach(violation)}",
} if {
	counted := _counted
	input.parameters.source == "violations"
	some image in input.images
	image.state == "scanned"
	some violation in _seen(image)
	counted[violation.severity]
	_wanted_violation(image, violation)
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

undecided contains $"{image.ref}: {issue.id} has the severity {issue.severity}, which is not known here" if {
	known := lib.severities
	some image in input.images
	some issue in image.issues
	not known[issue.severity]
}

undecided contains $"minSeverity is {input.parameters.minSeverity}, which is not known here" if {
	not lib.severity_rank(input.parameters.minSeverity)
}

undecided contains "source is violations, and the policy names no watch of Xray in facts.watches" if {
	input.parameters.source == "violations"
	count(input.watches) == 0
}

undecided contains $"{image.ref}: the watch {violation.watch} has seen {violation.issue}, of which the summary of the image says nothing" if {
	_asks_for_details
	input.parameters.source == "violations"
	counted := _counted
	some image in input.images
	some violation in _seen(image)
	counted[violation.severity]
	count(_issues(image, violation)) == 0
}

# What watches have seen of vulnerabilities.
_seen(image) := [violation | some violation in image.violations; violation.type == "security"]

_issues(image, violation) := [issue | some issue in image.issues; issue.id == violation.issue]

_wanted_violation(_, _) if not _asks_for_details

_wanted_violation(image, violation) if {
	_asks_for_details
	some issue in _issues(image, violation)
	fixable := [component | some component in issue.components; count(component.fixedVersions) > 0]
	_wanted(issue, fixable)
}

# A violation alone names neither CVE nor fix nor applicability.
_asks_for_details if input.parameters.onlyFixable

_asks_for_details if input.parameters.skipNotApplicable

_asks_for_details if count(input.parameters.ignoreCves) > 0

# The severities that count, found once: comparing the ranks of every issue takes several times as long. Rules that go through
# all issues keep such a set in a local, as naming it at each issue takes a tenth of the time of the whole rule.
_counted contains severity if {
	threshold := lib.severity_rank(input.parameters.minSeverity)
	some severity in lib.severities
	severity != "unknown"
	lib.severity_rank(severity) >= threshold
}

_counted contains "unknown" if lib.at_least(input.parameters.unknownSeverityAs, input.parameters.minSeverity)

_wanted(issue, fixable) if {
	not _unfixable(fixable)
	not _ignored(issue)
	not _inapplicable(issue)
}

_unfixable(fixable) if {
	input.parameters.onlyFixable
	count(fixable) == 0
}

# An issue falls with its CVEs, all of them; one without a CVE cannot be ignored by CVE.
_ignored(issue) if {
	count(input.parameters.ignoreCves) > 0
	count(issue.cves) > 0
	every cve in issue.cves {
		lib.matches(input.parameters.ignoreCves, cve)
	}
}

_inapplicable(issue) if {
	input.parameters.skipNotApplicable
	issue.applicability == "not_applicable"
}

# The component to name first: one that can be mended, where there is one.
_component(issue, fixable) := lib.component_name(array.concat(fixable, issue.components)[0])

_component(issue, _) := "an unnamed component" if count(issue.components) == 0

_others(issue) := "" if count(issue.components) < 2

_others(issue) := $" and {count(issue.components) - 1} more" if count(issue.components) > 1

_remedy(fixable) := lib.remedy(fixable[0])

_remedy(fixable) := "no fix known" if count(fixable) == 0

_name(issue) := issue.id if count(issue.cves) == 0

_name(issue) := concat(", ", issue.cves) if count(issue.cves) > 0
