"""What the integrations need beside API calls: the ends of jobs and of child executions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol


class Jobs(Protocol):
    """SageMaker's jobs; `kind` is TrainingJob, ProcessingJob, TransformJob or HyperParameterTuningJob."""

    def on_job_end(self, kind: str, name: str, callback: Callable[[dict[str, Any]], None]) -> None:
        """Call back once when the job has ended, at once if it has; from any thread."""


class Executions(Protocol):
    """Executions by ARN, on the engine's loop."""

    async def wait(self, execution_arn: str) -> Any:
        """Return when the execution has ended."""
