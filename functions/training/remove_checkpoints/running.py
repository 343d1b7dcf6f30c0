"""Finds the run's training jobs that have not ended: what one of them uses may not be removed under it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

# A stopped job has two minutes to write a checkpoint, and uploads it after that.
NOT_ENDED = ("InProgress", "Stopping")


def running_jobs(sagemaker: Any, job_prefix: str, run_arn: str) -> Iterator[str]:
    """The names of the training jobs that carry the run's execution-id and have not ended."""
    for status in NOT_ENDED:
        pages = sagemaker.get_paginator("list_training_jobs").paginate(
            NameContains=job_prefix, StatusEquals=status
        )
        for page in pages:
            for summary in page["TrainingJobSummaries"]:
                tags = sagemaker.list_tags(ResourceArn=summary["TrainingJobArn"])["Tags"]
                if {"Key": "execution-id", "Value": run_arn} in tags:
                    yield summary["TrainingJobName"]
