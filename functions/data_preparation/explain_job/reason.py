"""The failure of a job as the run carries it on: short, with what the container wrote."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from typing import Any

from contracts.failure_line import failure_of_job
from contracts.failures import DataReplaced, OperatorStopped, RuntimeExceeded

# Of a job's description; the rest repeats the request, and could push the end out of what a Cause may hold.
KEPT = ("ProcessingJobArn", "ProcessingJobStatus", "FailureReason", "ExitMessage")
WORDS_CHARACTERS = 300
# As failed jobs tell it; what a container did begins with AlgorithmError, what it was given with ClientError.
PASSING = re.compile(r"InternalServerError|CapacityError")


def of_job(failure: Mapping[str, Any]) -> dict[str, str]:
    """The failure with as much of the job's description as explains it; another cause stays as it is."""
    described = _described(_cause(failure))
    if described.get("ProcessingJobStatus") == "Stopped":
        return _of_stopped(described)
    kept = {name: described[name] for name in KEPT if name in described}
    return {"Error": str(failure.get("Error")), "Cause": json.dumps(kept) if kept else _cause(failure)}


def is_passing(failure: Mapping[str, Any]) -> bool:
    """Whether SageMaker had trouble of its own, or no machine: the same job may succeed later."""
    return bool(PASSING.match(str(_described(_cause(failure)).get("FailureReason") or "")))


def of_replaced(failure: Mapping[str, Any], replaced: DataReplaced) -> dict[str, str]:
    """That the files were replaced, with the job's own words after it."""
    written = failure_of_job(_cause(failure))
    described = of_job(failure)
    words = written.told if written else described["Cause"]
    said = f"the job that read them ended with {described['Error']}: {words}"[:WORDS_CHARACTERS]
    return {"Error": DataReplaced.__name__, "Cause": f"{replaced.message} ({said})"}


def _of_stopped(described: Mapping[str, Any]) -> dict[str, str]:
    """SageMaker says of a job that its time limit ended no more than of one that a person stopped."""
    name = described.get("ProcessingJobName")
    limit = described.get("StoppingCondition", {}).get("MaxRuntimeInSeconds", math.inf)
    # Step Functions gives milliseconds; a job that was stopped before it ran has no start.
    ended = described.get("ProcessingEndTime", 0)
    ran = (ended - described.get("ProcessingStartTime", ended)) / 1000
    if ran < limit:
        return {"Error": OperatorStopped.__name__, "Cause": f"{name} ended as Stopped"}
    words = (
        f"{name} was stopped after {ran:.0f} s: its limit, dataPreparation.maxRuntimeMinutes, is {limit} s; "
        "raise it, or narrow the data window"
    )
    return {"Error": RuntimeExceeded.__name__, "Cause": words}


def _cause(failure: Mapping[str, Any]) -> str:
    return str(failure.get("Cause") or "")


def _described(cause: str) -> Mapping[str, Any]:
    try:
        document = json.loads(cause)
    except ValueError:
        return {}
    return document if isinstance(document, dict) else {}
