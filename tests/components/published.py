"""What the functions publish as metrics, so that what alarms and dashboards read can be held against it.

Handlers that name their metrics where they add them are read; training's two, which name them in tables, are
run, and what they print is read as CloudWatch Logs would.
"""

from __future__ import annotations

import ast
import contextlib
import io
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import pytest
from aws_lambda_powertools.metrics import MetricUnit

from contracts.candidate import TrainedCandidate
from contracts.failures import FAILURES
from functions.training.choose_best import handler as choose_best
from functions.training.classify_failure import handler as classify_failure
from functions.training.classify_failure.classification import Classified
from functions.training.classify_failure.evidence import Evidence
from rehearsal.emulator.fidelity.embedded_metrics import data_points

ROOT = Path(__file__).resolve().parents[2]
CANDIDATE = TrainedCandidate(
    id="lap0-0",
    job_name="trainyard-dev-train-1",
    model_uri="s3://artifacts/model.tar.gz",
    metrics={
        "train:logloss": 0.4,
        "validation:logloss": 0.5,
        "validation:auc": 0.7,
        "epochs": 40.0,
        "early_stopping_epoch": 40.0,
    },
    hyperparameters={},
    instance_type="ml.g5.xlarge",
    billable_seconds=300,
    attempts=3,
    is_spot=True,
    training_seconds=1100,
    lost_seconds=100,
    interruptions=1,
    spot_windows=3,
    recoveries=("spot_window", "smaller_batch"),
)


@dataclass(frozen=True)
class Published:
    """A metric by a pattern of its name, its unit as CloudWatch spells it, and who publishes it.

    Dimensions have None for a value that only a run knows.
    """

    name: str
    dimensions: dict[str, str | None]
    unit: str
    function: str

    def is_read_by(self, name: str, dimensions: dict[str, str]) -> bool:
        """Whether an alarm on exactly these dimensions sees it."""
        return (
            re.fullmatch(self.name, name) is not None
            and self.dimensions.keys() == dimensions.keys()
            and all(self.dimensions[key] in (None, value) for key, value in dimensions.items())
        )


def published(environment: pytest.MonkeyPatch) -> list[Published]:
    """Everything that functions publish."""
    return [*_named_in_handlers(), *_training(environment)]


def _named_in_handlers() -> Iterator[Published]:
    for path in (ROOT / "functions").rglob("handler.py"):
        text = path.read_text()
        for holder, service in re.findall(r'(\w+) = (?:Ephemeral)?Metrics\(service="(\w+)"\)', text):
            calls = [node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Call)]
            added = [one.args[0] for one in calls if _is(one, f"{holder}.add_dimension")]
            more = {one.value: None for one in added if isinstance(one, ast.Constant)}
            for call in calls:
                is_named = call.args and isinstance(call.args[0], ast.Constant | ast.JoinedStr)
                if is_named and _is(call, f"{holder}.add_metric"):
                    # What is filled in at run time may be any word.
                    name = re.sub(r"\{.+?\}", r"\\w+", ast.unparse(call.args[0]).lstrip("f").strip("'"))
                    unit = MetricUnit[ast.unparse(call.args[1]).removeprefix("MetricUnit.")].value
                    yield Published(name, {"service": service, **more}, unit, path.parent.name)


def _is(call: ast.Call, name: str) -> bool:
    return ast.unparse(call.func) == name


def _training(environment: pytest.MonkeyPatch) -> Iterator[Published]:
    environment.setenv("POWERTOOLS_METRICS_NAMESPACE", "Trainyard/test")
    environment.setattr(choose_best, "gpu_utilization", lambda _: 97.0)
    yield from _printed("choose_best", lambda: choose_best.measure("run-1", CANDIDATE))
    for kind in FAILURES.values():
        attempt = Classified(kind=kind, message="", evidence=Evidence(job_name="job"))
        failed = partial(classify_failure.measure, attempt, is_affordable=False, lost_seconds=60)
        yield from _printed("classify_failure", failed)


def _printed(function: str, measure: Callable[[], None]) -> Iterator[Published]:
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        measure()
    for line in printed.getvalue().splitlines():
        for _, name, _, dimensions, unit in data_points(line):
            yield Published(re.escape(name), dict(dimensions), unit, function)
