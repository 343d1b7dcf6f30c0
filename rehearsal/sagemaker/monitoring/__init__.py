"""Model Monitor: schedules, job definitions, and the processing jobs a schedule starts."""
