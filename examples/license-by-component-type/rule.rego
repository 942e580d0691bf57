# Licenses that some types of component must not have.
package license_by_component_type

import data.kubexray.lib

violation contains {
	"image": image.digest,
	"license": license.name,
	"component": component,
	"msg": $"{image.ref} has {component} under {license.name}, which {type} components must not have; replace it or deploy an image without it",
} if {
	some image in input.images
	image.state == "scanned"
	some license in image.licenses
	lib.matches_ignoring_case(input.parameters.denied, license.name)
	some component in license.components
	type := _type(component)
	lib.matches(input.parameters.componentTypes, type)
}

undecided contains $"{image.ref}: {reason}" if {
	some image in input.images
	reason := lib.why_unknown(image.state)
}

undecided contains $"{image.ref}: Xray does not name the components under {license.name}" if {
	some image in input.images
	some license in image.licenses
	count(license.components) == 0
	lib.matches_ignoring_case(input.parameters.denied, license.name)
}

_type(component) := split(component, "://")[0] if contains(component, "://")

# Xray names some components without a type: 3.23:libssl3, github.com/golang/go.
_type(component) := "other" if not contains(component, "://")
