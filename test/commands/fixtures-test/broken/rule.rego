package broken

violation contains "none" if input.workload.podz == 0
