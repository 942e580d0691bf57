# A stricter bar for workloads that face the internet.
package internet_facing

import data.kubexray.lib

violation contains {
	"image": image.digest,
	"issue": issue.id,
	"severity": issue.severity,
	"component": lib.component_name(component),
	"msg": concat("", [
		$"{image.ref} has {_name(issue)} ({issue.severity}) in {lib.component_name(component)}, {lib.remedy(component)}; ",
		$"{_kind_of_workload} may have nothing of {lower(_threshold)} or above",
	]),
} if {
	some image in input.images
	image.state == "scanned"
	some issue in image.issues
	_counted[issue.severity]
	some component in lib.components(issue)
}

undecided contains $"{image.ref}: {reason}" if {
	some image in input.images
	reason := lib.why_unknown(image.state)
}

default _label := ""

_label := input.workload.labels[input.parameters.labelKey]

_label := value if {
	not input.parameters.labelKey in object.keys(input.workload.labels)
	value := input.workload.namespaceLabels[input.parameters.labelKey]
}

default _faces_internet := false

_faces_internet if _label == input.parameters.labelValue

_threshold := input.parameters.minSeverityInternetFacing if _faces_internet

_threshold := input.parameters.minSeverity if not _faces_internet

_kind_of_workload := "a workload that faces the internet" if _faces_internet

_kind_of_workload := "a workload inside the cluster" if not _faces_internet

# The severities that count, found once: comparing the ranks of every issue takes several times as long.
_counted contains severity if {
	some severity in lib.severities
	lib.at_least(severity, _threshold)
}

_name(issue) := issue.id if count(issue.cves) == 0

_name(issue) := concat(", ", issue.cves) if count(issue.cves) > 0
