"""Training, processing, transform and tuning jobs, each run as AWS describes it."""
