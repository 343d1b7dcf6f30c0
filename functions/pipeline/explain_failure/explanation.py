"""Reads what a failed state leaves behind (an error name and a cause: text, JSON in JSON, often cut off) and
says which documented outcome it is, why, and what to do next. What isn't recognised says so: no guessing."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from contracts.failure_line import failure_of_job, parse_failure
from contracts.failures import FAILURES, root_of
from contracts.run import Outcome

WHY_CHARACTERS = 900
DETAILS_CHARACTERS = 4000
DEPTH = 12  # of causes in causes; the deepest real one is pipeline → training → ladder → job, two each

OUTCOME_OF_STAGE = {
    "data_preparation": Outcome.PREPARATION_FAILED,
    "training": Outcome.TRAINING_FAILED,
    "evaluation": Outcome.EVALUATION_FAILED,
    "deployment": Outcome.DEPLOYMENT_ROLLED_BACK,
}
NEXT_STEP_OF_ROOT = {
    "Transient": "Start the run again; if it repeats, look at the service's health",
    "Resource": "Allow a larger instance or raise the quota in the settings, then start again",
    "Data": "Repair the data or the request named above, then start again",
    "Logic": "Read the evidence, change code or settings, then start again",
}
NEXT_STEP_OF_ERROR = {
    "DataReplaced": "Start the run again: it judges what lies there now",
}
NEXT_STEP_OF_OUTCOME = {
    Outcome.RUN_SKIPPED: "Nothing: the run under way goes on",
    Outcome.MODEL_REJECTED: "Read the evaluation report; the live model stays",
    Outcome.APPROVAL_REJECTED: "Talk to the reviewer; the live model stays",
    Outcome.APPROVAL_EXPIRED: "Start again and have a reviewer at hand; the live model stays",
    Outcome.DATA_REJECTED: "Read the report beside each file under dead-letter/, repair it, land it again",
}


@dataclass(frozen=True, kw_only=True)
class Explanation:
    """What a person reads first; `evidence` holds the ARNs and names found on the way down.

    `details` is `why` at greater length, for the failure record and the alert.
    """

    outcome: str
    stage: str
    error: str
    why: str
    details: str
    evidence: tuple[str, ...]
    next_step: str

    def to_dict(self) -> dict[str, Any]:
        """The JSON form."""
        return {**asdict(self), "evidence": list(self.evidence)}


@dataclass(frozen=True)
class Layer:
    """One error around another: its name, its text, and what it points at."""

    error: str
    cause: str
    evidence: tuple[str, ...] = ()


def explain(failure: Mapping[str, Any]) -> Explanation:
    """Explains `{"Error", "Cause", "Stage"}` as a Catch assigns it; every field may be missing or foreign."""
    stage = str(failure.get("Stage") or "pipeline")
    layers = list(_layers(str(failure.get("Error") or ""), _text(failure.get("Cause"))))
    outcome = _outcome(stage, layers)
    error, message = _deepest_known(layers)
    why = message if error in (outcome.value, "") else f"{error}: {message}"
    return Explanation(
        outcome=outcome.value,
        stage=stage,
        error=error or "UnknownFailure",
        why=_cut(why or "no cause was given", WHY_CHARACTERS),
        details=_cut(why or "no cause was given", DETAILS_CHARACTERS),
        evidence=tuple(dict.fromkeys(item for layer in layers for item in layer.evidence)),
        next_step=_next_step(outcome, error),
    )


def _outcome(stage: str, layers: list[Layer]) -> Outcome:
    known = {outcome.value: outcome for outcome in Outcome if outcome is not Outcome.DEPLOYED}
    for layer in layers:
        if layer.error in known:
            return known[layer.error]
    if any(layer.error == "DataMissing" for layer in layers) and stage == "pipeline":
        return Outcome.DATA_REJECTED
    return OUTCOME_OF_STAGE.get(stage, Outcome.RUN_FAILED)


def _next_step(outcome: Outcome, error: str) -> str:
    of_error = NEXT_STEP_OF_ERROR.get(error, NEXT_STEP_OF_ROOT[root_of(error)])
    return NEXT_STEP_OF_OUTCOME.get(outcome, of_error)


def _deepest_known(layers: list[Layer]) -> tuple[str, str]:
    for layer in reversed(layers):
        if layer.error in FAILURES and layer.cause:
            return layer.error, layer.cause
    last = layers[-1] if layers else Layer("", "")
    return last.error, last.cause


def _layers(error: str, cause: str) -> Iterator[Layer]:
    """From the outside in: each layer's own words, without the JSON that wraps the next one."""
    for _ in range(DEPTH):
        document = _document(cause)
        if document is None:
            yield from _cut_off(error, cause)
            return
        yield Layer(error, _words(document), tuple(_evidence(document)))
        inner_error, inner_cause = _inner(document)
        if not inner_error and not inner_cause:
            return
        error, cause = inner_error or error, inner_cause


def _document(text: str) -> dict[str, Any] | None:
    try:
        value = json.loads(text)
    except ValueError:
        return None
    return value if isinstance(value, dict) else None


def _inner(document: Mapping[str, Any]) -> tuple[str, str]:
    """Error and cause inside: of a child execution, a failure line, a Lambda's exception or a job."""
    if "ExecutionArn" in document or "Cause" in document:
        return str(document.get("Error") or ""), _text(document.get("Cause"))
    if "errorType" in document:
        return str(document["errorType"]), _text(document.get("errorMessage"))
    if "error" in document and "message" in document:
        return str(document["error"]), _text(document["message"])
    if parse_failure(_text(document.get("ExitMessage"))):
        # A processing container's own word; its FailureReason holds the exit code.
        return "", _text(document["ExitMessage"])
    if document.get("FailureReason"):
        return "", _text(document["FailureReason"])
    return "", ""


def _words(document: Mapping[str, Any]) -> str:
    for name in ("message", "errorMessage", "FailureReason", "ExitMessage"):
        text = _text(document.get(name))
        if text and _document(text) is None:
            return text
    status = next((document[name] for name in document if name.endswith("Status")), None)
    return f"ended as {status}" if status else ""


EVIDENCE = ("ExecutionArn", "TrainingJobArn", "ProcessingJobArn", "TransformJobArn", "requestId")


def _evidence(document: Mapping[str, Any]) -> Iterator[str]:
    for name in EVIDENCE:
        if document.get(name):
            yield str(document[name])


def _cut_off(error: str, cause: str) -> Iterator[Layer]:
    """The last readable layer: plain text, or JSON that lost its end on the way."""
    evidence = tuple(re.findall(r"arn:aws[\w-]*:(?:states|sagemaker):[\w:/.-]+", cause.replace("\\", "")))
    found = failure_of_job(cause)
    if found is None:
        yield Layer(error, cause, evidence)
        return
    yield Layer(error, "", evidence)
    yield Layer(type(found).__name__, found.message)


def _text(value: Any) -> str:
    if value is None:
        return ""
    return value if isinstance(value, str) else json.dumps(value)


def _cut(text: str, characters: int) -> str:
    return text if len(text) <= characters else text[: characters - 1] + "…"
