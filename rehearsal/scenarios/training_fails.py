"""The trainer's own code fails: the run ends, and one alert says class, job, last lines and next step."""

from __future__ import annotations

from contracts.artifacts import RunKeys
from contracts.failure_record import FailureRecord
from rehearsal.scenarios.claims import clean, told_once
from rehearsal.scenarios.happy_path import HAPPY_PATH
from rehearsal.scenarios.scenario import Finding, Run, Scenario, names


def _check(run: Run) -> list[Finding]:
    key = RunKeys(run.outcome["run"]["id"]).failure
    failure = FailureRecord.from_dict(run.object_json(run.site.output("artifactsBucket"), key))
    lines = failure.log.lines if failure.log else ()
    alert = run.alerts[0]["message"] if run.alerts else ""
    return [
        Finding(
            claim="the record names the class of the failure",
            holds=(failure.error, failure.root) == ("AlgorithmFailed", "Logic"),
            evidence=f"{failure.error} ({failure.root})",
        ),
        Finding(
            claim="it names the job and shows its last lines",
            holds=failure.job is not None and any("epoch=" in line for line in lines),
            evidence=names(lines[-2:]),
        ),
        Finding(
            claim="one alert was published, with those lines in it",
            holds=told_once(run) and lines[-1:] != () and lines[-1] in alert,
            evidence=names(one["subject"] for one in run.alerts),
        ),
        *clean(run),
    ]


TRAINING_FAILS = Scenario(
    name="training-fails",
    summary=__doc__,
    land=HAPPY_PATH.land,
    context=HAPPY_PATH.context,
    outcome="TrainingFailed",
    check=_check,
    faults=({"fault": "algorithm_error", "kind": "TrainingJob", "after_line": "epoch=3 "},),
)
