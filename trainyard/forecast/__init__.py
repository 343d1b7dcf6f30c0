"""What a run will take: the exact expectation of a job on spot, and random runs beside it."""
