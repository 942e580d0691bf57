# METADATA
# title: What every rule may call as data.kubexray.lib
# description: >-
#   Functions of their arguments only. A function that read `input.parameters` would break the type check of every rule
#   that does not have the parameter.
package kubexray.lib

# Xray's own word `unknown` ranks below low and above information: nobody has said yet that it is harmless.
_ranks := {"critical": 6, "high": 5, "medium": 4, "low": 3, "unknown": 2, "information": 1}

# METADATA
# description: All severities as the input document spells them.
severities := {severity | some severity, _ in _ranks}

# METADATA
# description: The rank of a severity, higher is worse; undefined for a word that is no severity.
severity_rank(severity) := _ranks[lower(severity)]

# METADATA
# description: Whether a severity is at least the threshold, true or false; undefined when either is no severity.
at_least(severity, threshold) := severity_rank(severity) >= severity_rank(threshold)

# METADATA
# description: >-
#   True when the whole text matches one of the patterns. `*` is any run of characters, `/` and none included; nothing
#   else is special. Case counts. Undefined otherwise.
matches(patterns, text) if {
	some pattern in patterns
	_matches_glob(pattern, text)
}

# METADATA
# description: As matches, for names whose case does not count, such as licenses.
matches_ignoring_case(patterns, text) if {
	folded := lower(text)
	some pattern in patterns
	_matches_glob(lower(pattern), folded)
}

# METADATA
# description: >-
#   Whether more than the duration has passed from `since` to `now`, true or false; undefined when one of them cannot be
#   read. Times are RFC 3339 text, the duration is text such as 30m or 1h30m.
older_than(since, duration, now) := (time.parse_rfc3339_ns(now) - time.parse_rfc3339_ns(since)) > time.parse_duration_ns(duration)

# METADATA
# description: >-
#   Why nothing is known of what is in an image in this state, as a reason for `undecided`; undefined for `scanned`.
why_unknown(state) := _unknown_because[state]

_unknown_because := {
	"unscanned": "not scanned yet, so nothing is known about it",
	"unavailable": "Xray could not be asked",
	"unidentifiable": "the digest of the image is not known",
}

# METADATA
# description: >-
#   The components of an issue; where Xray names none, one called `an unnamed component`, so that no issue is lost when a
#   rule goes through the components.
components(issue) := issue.components if count(issue.components) > 0

components(issue) := [{"id": "an unnamed component", "version": "", "fixedVersions": []}] if count(issue.components) == 0

# METADATA
# description: >-
#   A component of an issue as people read it, its id and its version; the id alone where the version is in it already, as in
#   npm://moment:2.29.3.
component_name(component) := component.id if {
	_names_its_version(component)
} else := trim_space($"{component.id} {component.version}")

# METADATA
# description: What mends a component of an issue, such as `fixed in 2.29.4, 3.0.0` or `no fix known`.
remedy(component) := $"fixed in {concat(", ", component.fixedVersions)}" if count(component.fixedVersions) > 0

remedy(component) := "no fix known" if count(component.fixedVersions) == 0

_names_its_version(component) if endswith(component.id, $":{component.version}")

_matches_glob(pattern, text) if pattern == text

# \Q…\E takes everything between as it is, so only \E itself needs care. (?s) lets a run go over line ends.
_matches_glob(pattern, text) if {
	contains(pattern, "*")
	literal := replace(pattern, `\E`, `\E\\E\Q`)
	runs := replace(literal, "*", `\E.*\Q`)
	regex.match(concat("", [`(?s)\A\Q`, runs, `\E\z`]), text)
}

# METADATA
# description: >-
#   Says which policy of Xray a violation of an image breaks, and which watch saw it, as the end of a sentence.
breach(violation) := $"breaks the policy {violation.policy} of Xray (watch {violation.watch})" if violation.policy != ""

breach(violation) := $"breaks a policy of Xray (watch {violation.watch})" if violation.policy == ""
