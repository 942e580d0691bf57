package sparse

violation contains "a CronJob" if {
	input.workload.kind == "CronJob"
}

violation contains "another workload" if {
	input.workload.kind != "CronJob"
}
