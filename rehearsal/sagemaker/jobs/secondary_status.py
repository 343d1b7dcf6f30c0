"""The secondary statuses of training jobs: how they follow each other, and the messages AWS gives them."""

from __future__ import annotations

import time

from contracts.instances import catalogue
from rehearsal.sagemaker.store import Record

FINAL = ("Completed", "Failed", "Stopped", "MaxRuntimeExceeded", "MaxWaitTimeExceeded")
PREPARING = "Preparing the instances for training"
MESSAGES = {
    "Starting": PREPARING,
    "Pending": PREPARING,
    "Downloading": "Downloading input data",
    "Training": "Training image download completed. Training in progress.",
    "Interrupted": "Training job interrupted",
    "Stopping": "Stopping the training job",
    "Uploading": "Uploading generated training model",
    "Completed": "Training job completed",
    "Failed": "Training job failed",
    "Stopped": "Training job stopped",
    "MaxRuntimeExceeded": "Training job runtime exceeded MaxRuntimeInSeconds provided",
    "MaxWaitTimeExceeded": "Training job wait time exceeded MaxWaitTimeInSeconds provided",
}


def start_up(instance_type: str) -> list[tuple[str, str]]:
    """Return the statuses before Downloading, with their messages.

    Jobs on accelerated instances wait for them in Pending: recordings have it since March 2024, those of
    other instances never.
    """
    instance = catalogue().instances.get(instance_type)
    if instance is None or not instance.gpus:
        return [("Starting", PREPARING)]
    return [("Starting", "Starting the training job"), ("Pending", PREPARING)]


def enter(record: Record, status: str, message: str = "") -> None:
    """Record a transition; the one before ends with it."""
    with record.lock:
        now = time.time()
        transitions = record.details.setdefault("SecondaryStatusTransitions", [])
        if transitions:
            transitions[-1].setdefault("EndTime", now)
        text = message or MESSAGES[status]
        transitions.append({"Status": status, "StartTime": now, "StatusMessage": text})
        if status in FINAL:
            transitions[-1]["EndTime"] = now
        record.update(SecondaryStatus=status)
