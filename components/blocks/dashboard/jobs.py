"""Jobs: how well they use the machines they rent."""

from components.blocks.dashboard.widgets import Subject, Widget, of_jobs

TITLE = "Machines of jobs"


def rows(subject: Subject) -> list[list[Widget]]:
    """A row a kind of job."""
    return [
        [of_jobs(subject, f"{kind}: {name}", kind, name) for name in shown]
        for kind, shown in (
            ("TrainingJobs", ("CPUUtilization", "MemoryUtilization", "DiskUtilization", "GPUUtilization")),
            ("ProcessingJobs", ("CPUUtilization", "MemoryUtilization", "DiskUtilization")),
        )
    ]
