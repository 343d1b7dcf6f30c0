"""The named faults of a simulated run: at which place, how often, and what AWS would answer or do."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import partial

from rehearsal.asl.host import TaskCall

# What each integration answers when AWS is busy, when a sandbox dies, and so on: never an invented name.
CALL_FAULTS: Mapping[str, Mapping[str, str]] = {
    "throttled": {
        "lambda": "Lambda.TooManyRequestsException",
        "sagemaker": "SageMaker.AmazonSageMakerException",
        "aws-sdk:sagemaker": "SageMaker.SageMakerException",
        "dynamodb": "DynamoDB.ProvisionedThroughputExceededException",
        "sns": "SNS.AmazonSNSException",
        "states": "StepFunctions.ExecutionLimitExceededException",
        "aws-sdk:sfn": "Sfn.SfnException",
    },
    "crashed": {"lambda": "Lambda.Unknown"},
    "quota": {
        "sagemaker": "SageMaker.ResourceLimitExceededException",
        "aws-sdk:sagemaker": "SageMaker.ResourceLimitExceededException",
    },
    "conflict": {"aws-sdk:sagemaker": "SageMaker.ConflictException"},
    "name_taken": {"sagemaker": "SageMaker.ResourceInUseException"},
    "jobs_running": {"lambda": "JobsRunning"},
    "held": {"dynamodb": "DynamoDB.ConditionalCheckFailedException"},
    "denied": {
        "lambda": "ClientError",
        "sagemaker": "SageMaker.AmazonSageMakerException",
        "aws-sdk:sagemaker": "SageMaker.SageMakerException",
        "dynamodb": "DynamoDB.AmazonDynamoDBException",
        "sns": "SNS.AuthorizationErrorException",
        "states": "States.TaskFailed",
        "aws-sdk:sfn": "Sfn.AccessDeniedException",
    },
    "timed_out": dict.fromkeys(
        ("lambda", "sagemaker", "aws-sdk:sagemaker", "dynamodb", "sns", "states", "aws-sdk:sfn"),
        "States.Timeout",
    ),
}
CAUSES = {
    "throttled": "Rate exceeded",
    "crashed": '{"errorType":"Runtime.ExitError","errorMessage":"RequestId: 1 Error: Runtime exited"}',
    "quota": "The account-level service limit 'instances for training job usage' is 0 Instances",
    "conflict": "There was a conflict when you attempted to modify a SageMaker entity",
    "name_taken": "Job already exists",
    "jobs_running": '{"errorType":"JobsRunning","errorMessage":"job-1 can still resume"}',
    "held": "The conditional request failed",
    "denied": "AccessDeniedException: not authorized to perform this action",
}

# What befalls a function that does begin to work: after its work, or at one of its calls.
FUNCTION_FAULTS: Mapping[str, str] = {
    "crashed_after_work": "the sandbox dies with the work done and the answer unsent",
    "s3_error": "a call to S3 is answered with SlowDown, after boto3's own retries",
    "sagemaker_error": "a call to SageMaker is answered with ThrottlingException, after boto3's own retries",
}
COUNTS_CALLS = frozenset({"s3_error", "sagemaker_error"})

# How a job ends: status, secondary status, failure reason. `#` as reason: the job returns as if it were well.
JOB_FAULTS: Mapping[str, tuple[str, str, str]] = {
    "max_wait": ("Stopped", "MaxWaitTimeExceeded", ""),
    "runtime": ("Stopped", "MaxRuntimeExceeded", ""),
    "stopped": ("Stopped", "Stopped", ""),
    "stopped_quietly": ("Stopped", "Stopped", "#"),
    "capacity": ("Failed", "Failed", "CapacityError: Unable to provision requested ML compute capacity."),
    "internal_error": ("Failed", "Failed", "InternalServerError: We encountered an internal error."),
    "out_of_memory": (
        "Failed",
        "Failed",
        "AlgorithmError: OutOfMemoryError: CUDA out of memory, exit code: 1",
    ),
    "host_out_of_memory": ("Failed", "Failed", "AlgorithmError: Killed, exit code: 137"),
    "nan": (
        "Failed",
        "Failed",
        'AlgorithmError: {"error": "TrainingDiverged", "message": "the loss is nan"}, exit code: 1',
    ),
    "data_rejected": (
        "Failed",
        "Failed",
        'AlgorithmError: {"error": "DataRejected", "message": "a file can not be read"}, exit code: 1',
    ),
    "disk_full": ("Failed", "Failed", "ClientError: no space left on device"),
    "broken": ("Failed", "Failed", "AlgorithmError: ValueError: injected, exit code: 1"),
}
DURATION_FAULTS: Mapping[str, float] = {"interrupted": 1800.0, "slow": 3 * 3600.0}

# What Step Functions only tries: the job of a stopped execution may run on.
STOP_FAULTS = ("stop_lost",)
# How an event comes; EventBridge delivers at least once, and in no particular order.
EVENT_FAULTS = ("delivered_twice", "delivered_late")
# From that call on the clock of the functions is `seconds` ahead, or behind.
CLOCK_FAULTS = ("clock_jump",)
KNOWN = frozenset(
    {
        *CALL_FAULTS,
        *FUNCTION_FAULTS,
        *JOB_FAULTS,
        *DURATION_FAULTS,
        *STOP_FAULTS,
        *EVENT_FAULTS,
        *CLOCK_FAULTS,
    }
)
TIMED = frozenset({*DURATION_FAULTS, *EVENT_FAULTS, *CLOCK_FAULTS})
RUN_UNFINISHED = "event/run-unfinished"


@dataclass(frozen=True, kw_only=True)
class Fault:
    """One fault; `place` is a glob over `machine/State`, `times` and `passing` count calls at each place."""

    place: str
    what: str
    times: int = 1
    passing: int = 0
    saves_checkpoint: bool = True
    seconds: float = 0.0
    """By how much a job is slower, an event later, or a clock wrong."""
    after_calls: int = 0
    """How many calls to the service go well before the one that an `s3_error` or `sagemaker_error` meets."""

    def __post_init__(self) -> None:
        if self.what not in KNOWN:
            raise ValueError(f"Fault.what is {self.what!r}: it must be one of {', '.join(sorted(KNOWN))}.")
        if self.seconds and self.what not in TIMED:
            raise ValueError(f"Fault.seconds is {self.seconds:g}: {self.what} takes none; leave it out.")
        if self.after_calls and self.what not in COUNTS_CALLS:
            counting = " and ".join(sorted(COUNTS_CALLS))
            raise ValueError(f"Fault.after_calls is {self.after_calls}: only {counting} count calls.")

    def error_of(self, call: TaskCall) -> str | None:
        """What the call is answered with; None for a call that can't meet this fault."""
        return CALL_FAULTS.get(self.what, {}).get(call.integration.resource_type)

    def is_of_job(self, call: TaskCall) -> bool:
        """Whether it is about how a job goes, and the call makes one."""
        is_job = call.integration.pattern == "sync" and call.integration.service == "sagemaker"
        return is_job and (self.what in JOB_FAULTS or self.what in DURATION_FAULTS)

    def is_of_function(self, call: TaskCall) -> bool:
        """Whether it befalls a function at work, and the call invokes one."""
        return call.integration.service == "lambda" and self.what in FUNCTION_FAULTS


class Faults:
    """Counts the calls at each place and says which fault meets one."""

    def __init__(self, faults: tuple[Fault, ...]) -> None:
        self._faults = faults
        self._seen: dict[tuple[int, str], int] = {}

    def strike(self, place: str, applies: Callable[[Fault], bool]) -> Fault | None:
        """The first fault that is due at this place and applies to this call."""
        for index, fault in enumerate(self._faults):
            if not applies(fault) or not fnmatchcase(place, fault.place):
                continue
            seen = self._seen.get((index, place), 0)
            self._seen[index, place] = seen + 1
            if fault.passing <= seen < fault.passing + fault.times:
                return fault
        return None

    def strike_all(self, place: str, names: tuple[str, ...]) -> list[Fault]:
        """All of those names that are due at this place."""

        def is_called(name: str, fault: Fault) -> bool:
            return fault.what == name

        due = (self.strike(place, partial(is_called, name)) for name in names)
        return [fault for fault in due if fault]
