package empty

violation contains "none" if input.workload.pods == 0
