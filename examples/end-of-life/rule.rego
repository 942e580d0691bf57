# Components that nobody maintains any more.
package end_of_life

import data.kubexray.lib

violation contains {
	"image": image.digest,
	"component": risk.component,
	"msg": $"{image.ref} contains {risk.component}, which has reached its end of life; {_remedy(risk)}",
} if {
	some image in input.images
	image.state == "scanned"
	some risk in image.operationalRisks
	risk.endOfLife
	not lib.matches(input.parameters.ignoreComponents, risk.component)
}

violation contains {
	"image": image.digest,
	"component": risk.component,
	"msg": $"{image.ref} contains {risk.component}, whose operational risk is {risk.risk}{_reason(risk)}; {_remedy(risk)}",
} if {
	some image in input.images
	image.state == "scanned"
	some risk in image.operationalRisks
	not risk.endOfLife
	_ranks[risk.risk] >= _ranks[lower(input.parameters.minRisk)]
	not lib.matches(input.parameters.ignoreComponents, risk.component)
}

undecided contains $"{image.ref}: {reason}" if {
	some image in input.images
	reason := lib.why_unknown(image.state)
}

undecided contains $"{image.ref}: Xray does not tell the operational risk of {risk.component}" if {
	input.parameters.minRisk != "Never"
	some image in input.images
	some risk in image.operationalRisks
	risk.risk == "unknown"
	not risk.endOfLife
	not lib.matches(input.parameters.ignoreComponents, risk.component)
}

_ranks := {"none": 0, "low": 1, "medium": 2, "high": 3}

_reason(risk) := "" if risk.reason == ""

_reason(risk) := $" ({risk.reason})" if risk.reason != ""

_remedy(risk) := "replace it with something that is maintained" if risk.latestVersion == ""

_remedy(risk) := $"upgrade it (the latest version is {risk.latestVersion}) or replace it" if risk.latestVersion != ""
