"""The rehearsal's own SageMaker: jobs are real processes, endpoints really serve."""
