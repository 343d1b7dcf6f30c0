"""Names the failure of a training job. The container's own line is read first, then what SageMaker wrote,
then the error name; what nobody recognises stays an UnknownFailure: it is never guessed at."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from contracts import failures
from contracts.failure_line import parse_failure
from contracts.failures import Failure
from functions.training.classify_failure.evidence import Evidence, read_cause

Rule = tuple[str, type[Failure]]

# By SecondaryStatus of a job that was stopped; another one means that somebody called StopTrainingJob.
STOPPED: dict[str, type[Failure]] = {
    "MaxWaitTimeExceeded": failures.SpotExhausted,
    "MaxRuntimeExceeded": failures.RuntimeExceeded,
}

# On FailureReason, in order. The prefixes are SageMaker's, the rest is what frameworks and kernels print.
REASONS: tuple[Rule, ...] = (
    (
        r"^CapacityError|unable to provision requested ML compute|insufficient.{0,40}capacity"
        r"|not enough capacity",
        failures.CapacityUnavailable,
    ),
    (r"^InternalServerError|we encountered an internal error", failures.ServiceUnavailable),
    (r"instance type with more memory", failures.HostOutOfMemory),
    (r"no space left on device|disk quota exceeded", failures.DiskFull),
    (
        r"^ClientError.*(access ?denied|not authorized|forbidden|\b403\b|kms|assume the role|image)",
        failures.ConfigurationRejected,
    ),
    (
        r"^ClientError.*(no S3 objects found|no such key|NoSuchKey|NoSuchBucket|\b404\b|data download)",
        failures.DataMissing,
    ),
    (r"^ClientError.*(invalid hyperparameter|validation)", failures.ConfigurationRejected),
    (
        r"^AlgorithmError.*(out ?of ?memory ?error|out of memory|CUDA_ERROR_OUT_OF_MEMORY"
        r"|CUBLAS_STATUS_ALLOC_FAILED|RESOURCE_EXHAUSTED)",
        failures.OutOfMemory,
    ),
    (
        r"^AlgorithmError.*(exit code:? ?137|\bkilled\b|bad_alloc|MemoryError|Cannot allocate memory)",
        failures.HostOutOfMemory,
    ),
    (r"^AlgorithmError.*(\bnan\b|diverge|inf loss|loss is inf)", failures.TrainingDiverged),
    (r"^AlgorithmError", failures.AlgorithmFailed),
)

# On the error name, for requests that AWS refused before there was a job.
ERRORS: tuple[Rule, ...] = (
    (r"ResourceLimitExceeded", failures.QuotaExceeded),
    (r"ResourceInUse", failures.NameCollision),
    (r"ResourceNotFound", failures.ConfigurationRejected),
    (r"^States\.Timeout$", failures.JobTimedOut),
    (r"^States\.QueryEvaluationError$", failures.ConfigurationRejected),
    (r"^Throttling", failures.ServiceUnavailable),
)

# The base errors of the integrations say nothing by their name: their text decides.
BASE_ERROR = re.compile(r"(AmazonSageMakerException|SageMakerException|SdkClientException)$")
BASE_TEXTS: tuple[Rule, ...] = (
    (
        r"throttl|rate exceeded|service ?unavailable|internal ?(failure|error)|timed? ?out",
        failures.ServiceUnavailable,
    ),
    (r"no S3 objects found", failures.DataMissing),
    (
        r"validation|access ?denied|not authorized|invalid|unrecognized|does not exist"
        r"|could not (find|assume)",
        failures.ConfigurationRejected,
    ),
)

# What alarms are told apart by: each failure belongs to the first family that has it.
FAMILIES: Mapping[str, tuple[type[Failure], ...]] = {
    "divergence": (failures.TrainingDiverged,),
    "capacity": (failures.SpotExhausted, failures.CapacityUnavailable, failures.QuotaExceeded),
    "size": (failures.Resource,),
    "data": (failures.Data,),
    "service": (failures.Transient,),
    "operator": (failures.OperatorStopped,),
    "code": (failures.Failure,),
}


@dataclass(frozen=True, kw_only=True)
class Classified:
    """A failure with its class and what it was recognised by."""

    kind: type[Failure]
    message: str
    evidence: Evidence


def classify(error: str, cause: str) -> Classified:
    """The class of a failed training attempt from the Error and Cause that Step Functions caught."""
    evidence = read_cause(cause)
    if evidence.status == "Stopped":
        kind = STOPPED.get(evidence.secondary_status, failures.OperatorStopped)
        text = f"{evidence.job_name} was stopped: {evidence.secondary_status or 'no reason is given'}"
        return Classified(kind=kind, message=text, evidence=evidence)
    written = parse_failure(evidence.reason)
    if written is not None:
        return Classified(kind=type(written), message=written.message, evidence=evidence)
    kind = _first(REASONS, evidence.reason) or _by_name(error, cause) or failures.UnknownFailure
    return Classified(kind=kind, message=f"{error}: {evidence.reason or cause}", evidence=evidence)


def family_of(kind: type[Failure]) -> str:
    """The family of a class of failure."""
    return next(family for family, kinds in FAMILIES.items() if issubclass(kind, kinds))


def _by_name(error: str, cause: str) -> type[Failure] | None:
    return _first(BASE_TEXTS, cause) if BASE_ERROR.search(error) else _first(ERRORS, error)


def _first(rules: tuple[Rule, ...], text: str) -> type[Failure] | None:
    for pattern, kind in rules:
        if re.search(pattern, text, re.IGNORECASE | re.DOTALL):
            return kind
    return None
