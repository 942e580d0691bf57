package hanging

violation contains "never ends" if {
	input.workload.labels.endless == "true"

	# Never ends where the second text is empty, which nobody can tell beforehand.
	name := input.workload.name
	replace(name, substring(name, 0, 0), "-") != name
}
