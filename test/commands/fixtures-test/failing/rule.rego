package failing

import data.kubexray.lib

violation contains {"image": image.ref, "msg": $"{image.ref} is from {image.registry}", "severity": "high"} if {
	some image in input.images
	not lib.matches(input.parameters.registries, image.registry)
}

undecided contains $"{image.ref}: not scanned" if {
	some image in input.images
	image.state == "unscanned"
}

violation contains {"msg": "a workload without pods", "image": "nowhere"} if input.workload.pods == 0

violation contains {"msg": input.workload.pods} if input.workload.pods == 7

violation contains "never reached" if {
	input.workload.kind == "CronJob"
	input.workload.name == "never"
}
