"""The rehearsal's own Step Functions: the service's API over the engine in rehearsal.asl."""
