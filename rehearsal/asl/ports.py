"""What everything here stands on: failures, integrations, and where time and chance come from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, Protocol

Pattern = Literal["request_response", "sync", "sync:2", "callback"]


class StatesError(Exception):
    """A failure under its Step Functions error name; `None` where AWS reports none."""

    def __init__(self, error: str | None, cause: str | None = None) -> None:
        super().__init__(f"{error or 'no error name'}: {cause or ''}")
        self.error = error
        self.cause = cause


class FatalError(StatesError):
    """Ends the execution whatever Retry and Catch say: States.Runtime and an oversized state output."""


@dataclass(frozen=True)
class Integration:
    """A Task's Resource, parsed: `arn:aws:states:::sagemaker:createTrainingJob.sync` and its kin."""

    service: str  # "sagemaker", "lambda", "states"; without the prefix for aws-sdk ("sfn")
    action: str  # "createTrainingJob", as written in the definition
    pattern: Pattern
    is_sdk: bool
    function_arn: str | None = None  # set where a Lambda ARN itself is the Resource
    activity_arn: str | None = None  # set where an activity is: some worker polls for the task

    @property
    def resource_type(self) -> str:
        """`resourceType` of the Task events: `sagemaker`, `aws-sdk:sfn`."""
        return f"aws-sdk:{self.service}" if self.is_sdk else self.service

    @property
    def resource(self) -> str:
        """`resource` of the Task events: the action with its pattern, as `createTrainingJob.sync`."""
        suffixes = {"request_response": "", "callback": ".waitForTaskToken"}
        return self.action + suffixes.get(self.pattern, f".{self.pattern}")


class Clock(Protocol):
    """The only source of time in this package."""

    def time(self) -> float:
        """Seconds since the epoch, UTC."""
        ...

    def monotonic(self) -> float:
        """Seconds on the event loop's own scale, for deadlines."""
        ...

    async def sleep(self, seconds: float) -> None:
        """Return after that many seconds of this clock."""
        ...


class Ids(Protocol):
    """The only source of names and chance in this package."""

    def uuid(self) -> str:
        """A version-4 UUID in its usual spelling."""
        ...

    def random(self) -> float:
        """A number in [0, 1)."""
        ...
