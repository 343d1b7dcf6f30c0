"""The named faults a rehearsal can inject: what AWS does to jobs, calls, functions and events on a bad day.

A fault is a dictionary: its name under "fault", whom it meets ("kind" and "name" as globs, "nth" opportunity,
then "every" so many, "times", "probability" with "seed") and the parameters listed in CATALOGUE. What kind
and name are of each is said in docs/scenarios.md, with what the pipeline makes of it. An API call also has a
"caller", the name of the role or user: a job is stopped by more than one of them.
"""

from __future__ import annotations

import math
import random
import re
import threading
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Any

MOMENT = {"after_seconds": 0.0, "after_line": ""}
BY_ANYBODY = {"caller": "*"}
CATALOGUE: dict[str, dict[str, Any]] = {
    "spot_interruption": {**MOMENT, "wait_seconds": 0.2},
    "max_wait_exceeded": {"wait_seconds": 0.2},
    "no_capacity": {"wait_seconds": 0.2},
    "out_of_memory": {
        **MOMENT,
        "text": "OutOfMemoryError: CUDA out of memory. Tried to allocate 2.00 GiB",
    },
    "algorithm_error": {**MOMENT, "text": "ValueError: injected"},
    "nan": {**MOMENT, "text": '{"error": "TrainingDiverged", "message": "the training loss is nan"}'},
    "killed_worker": MOMENT,
    "slow_job": {"seconds": 1.0},
    "internal_error": {},
    "throttling": BY_ANYBODY,
    "quota": {"limit": 0},
    "api_error": {
        **BY_ANYBODY,
        "code": "ServiceUnavailable",
        "message": "Service is unavailable.",
        "status": 503,
    },
    "endpoint_rollback": {},
    "alarm_during_bake": {},
    "package_slow": {"seconds": 1.0},
    "package_failed": {"seconds": 0.0},
    "record_throttled": {},
    "record_refused": {"code": "ValidationError", "message": "injected"},
    "lambda_crash": {"when": "before"},
    "lambda_throttling": {},
    "clock_jump": {"seconds": 3600.0},
    "s3_error": {"code": "SlowDown", "message": "Please reduce your request rate.", "status": 503},
    "event_twice": {"after_seconds": 0.0},
    "event_late": {"after_seconds": 5.0},
    "event_reordered": {},
}
JOBS = ("TrainingJob", "ProcessingJob", "TransformJob", "HyperParameterTuningJob")
CONTAINERS = ("TrainingJob", "ProcessingJob")
METHODS = ("GET", "PUT", "POST", "DELETE", "HEAD")
RECORD_CALLS = ("PutRecord", "BatchWriteRecord")
# What the glob in "kind" has to fit; API calls and the sources of events are too many to list.
KINDS: dict[str, tuple[str, ...]] = {
    "spot_interruption": ("TrainingJob",),
    "max_wait_exceeded": ("TrainingJob",),
    "no_capacity": ("TrainingJob",),
    **dict.fromkeys(("out_of_memory", "algorithm_error", "nan", "killed_worker"), CONTAINERS),
    **dict.fromkeys(("slow_job", "internal_error", "quota"), JOBS),
    **dict.fromkeys(("endpoint_rollback", "alarm_during_bake"), ("Endpoint",)),
    **dict.fromkeys(("package_slow", "package_failed"), ("ModelPackage",)),
    **dict.fromkeys(("record_throttled", "record_refused"), RECORD_CALLS),
    **dict.fromkeys(("lambda_crash", "lambda_throttling"), ("Function",)),
    "clock_jump": ("Function", *CONTAINERS),
    "s3_error": METHODS,
}
CHOICES: dict[str, tuple[str, ...]] = {"when": ("before", "after")}
# Lowest and highest value; clock_jump alone may go backwards.
RANGES: dict[str, tuple[float, float]] = {
    **dict.fromkeys(("nth", "every", "times"), (1, math.inf)),
    **dict.fromkeys(("after_seconds", "wait_seconds", "seconds", "limit"), (0, math.inf)),
    "probability": (0, 1),
    "status": (400, 599),
}
WHOLE = ("nth", "every", "times", "limit", "status", "seed")
SELECTORS: dict[str, Any] = {
    "fault": "",
    "kind": "*",
    "name": "*",
    "nth": 1,
    "every": 1,
    "times": 1,
    "probability": 1.0,
    "seed": 0,
}


class FaultError(ValueError):
    """A fault that isn't in the catalogue or carries an unknown parameter."""


@dataclass
class Fault:
    """One installed fault. `kind` is a job kind (TrainingJob) or, for call faults, an operation (Create*)."""

    fault: str
    kind: str = "*"
    name: str = "*"
    nth: int = 1
    every: int = 1
    times: int = 1
    probability: float = 1.0
    seed: int = 0
    parameters: dict[str, Any] = field(default_factory=dict)
    seen: int = 0
    fired: int = 0

    def __post_init__(self) -> None:
        self._random = random.Random(self.seed)  # noqa: S311 - reproducible, not secret

    def meets(self, fault: str, kind: str, name: str, caller: str) -> bool:
        """Count an opportunity and tell whether the fault strikes."""
        globs = ((kind, self.kind), (name, self.name), (caller, self.parameters.get("caller", "*")))
        if fault != self.fault or not all(fnmatchcase(text, glob) for text, glob in globs):
            return False
        self.seen += 1
        is_due = self.seen >= self.nth and (self.seen - self.nth) % self.every == 0
        if not is_due or self.fired >= self.times or self._random.random() >= self.probability:
            return False
        self.fired += 1
        return True

    def __getitem__(self, parameter: str) -> Any:
        return self.parameters[parameter]


class Faults:
    """The faults installed now."""

    def __init__(self) -> None:
        self._faults: list[Fault] = []
        self._lock = threading.Lock()

    def add(self, wanted: dict[str, Any]) -> Fault:
        """Install a fault; unknown names and parameters are refused by name."""
        name = wanted.get("fault", "")
        if name not in CATALOGUE:
            raise FaultError(f"fault: {name!r} is unknown; the catalogue has {', '.join(CATALOGUE)}.")
        defaults = CATALOGUE[name]
        for key in wanted:
            if key not in SELECTORS and key not in defaults:
                raise FaultError(
                    f"{name}: unknown parameter {key!r}; it takes {', '.join(defaults) or 'none'}."
                )
            if key in CHOICES and wanted[key] not in CHOICES[key]:
                allowed = " or ".join(CHOICES[key])
                raise FaultError(f"{name}: {key} is {wanted[key]!r}; it must be {allowed}.")
            _require_type(name, key, wanted[key])
            _require_sense(name, key, wanted[key])
        selectors = {key: value for key, value in wanted.items() if key in SELECTORS}
        given = {key: value for key, value in wanted.items() if key in defaults}
        fault = Fault(**selectors, parameters={**defaults, **given})
        with self._lock:
            self._faults.append(fault)
        return fault

    def strike(self, fault: str, kind: str, name: str, caller: str = "") -> Fault | None:
        """Return the fault that meets this opportunity, if any; `caller` is who makes an API call."""
        with self._lock:
            return next((item for item in self._faults if item.meets(fault, kind, name, caller)), None)

    def installed(self) -> list[dict[str, Any]]:
        """Describe the installed faults and how often each has fired."""
        with self._lock:
            return [
                {"fault": f.fault, "kind": f.kind, "name": f.name, "fired": f.fired, **f.parameters}
                for f in self._faults
            ]

    def clear(self) -> None:
        """Remove all faults."""
        with self._lock:
            self._faults.clear()


def _require_type(name: str, key: str, value: Any) -> None:
    """A number stays a number and a text a text: "3" would only be found out when the fault strikes."""
    example = {**SELECTORS, **CATALOGUE[name]}[key]
    kind = (int, float) if isinstance(example, int | float) else str
    if isinstance(value, bool) or not isinstance(value, kind):
        wanted = "a text" if kind is str else "a number"
        raise FaultError(f"{name}: {key} is {value!r}; it must be {wanted}.")


def _require_sense(name: str, key: str, value: Any) -> None:
    """A fault that could never strike, or would break what it strikes, is refused when it is installed."""
    if key in WHOLE and value != int(value):
        raise FaultError(f"{name}: {key} is {value!r}; it must be a whole number.")
    if key in RANGES and (name, key) != ("clock_jump", "seconds"):
        low, high = RANGES[key]
        if not low <= value <= high:
            bound = f"at least {low}" if high == math.inf else f"from {low} to {high}"
            raise FaultError(f"{name}: {key} is {value!r}; it must be {bound}.")
    if key == "after_line":
        try:
            re.compile(value)
        except re.error as broken:
            raise FaultError(f"{name}: after_line is {value!r}, no regular expression: {broken}.") from broken
    known = KINDS.get(name, ())
    if key == "kind" and known and not any(fnmatchcase(one, value) for one in known):
        raise FaultError(f"{name}: kind is {value!r}, which fits none of {', '.join(known)}.")
