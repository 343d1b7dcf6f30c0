"""Training images: hold one against the trainer's contract before a job is paid for."""
