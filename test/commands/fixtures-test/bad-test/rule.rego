package bad

violation contains "none" if input.workload.pods == 0
