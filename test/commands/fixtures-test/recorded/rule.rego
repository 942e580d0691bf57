package recorded

violation contains {"image": image.ref, "issue": issue.id, "msg": $"{input.workload.name} has {issue.id} since {input.now}"} if {
	input.workload.namespaceLabels.tier == "prod"
	some image in input.images
	some issue in image.issues
	issue.severity == "critical"
}
