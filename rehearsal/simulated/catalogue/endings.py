"""Runs that skip every Catch: stopped by somebody, or by their deadline. The janitor has the last word."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rehearsal.simulated.faults import RUN_UNFINISHED, Fault
from rehearsal.simulated.scenario import Simulated
from rehearsal.simulated.world import Facts

LIVE = Facts(has_baseline=True, live="InService")
STOP_LOST = Fault(place="*/*", what="stop_lost", times=99)
HOUR_SECONDS = 3600.0
AFTER_LEASE_SECONDS = 60 * HOUR_SECONDS


def _aborted(when: str, after: float, *more: Fault, facts: Facts | None = None, **named: Any) -> Simulated:
    return Simulated(
        name=f"aborted {when}",
        outcome="RunFailed",
        error="OperatorStopped",
        aborted_after=after,
        facts=facts or LIVE,
        faults=more,
        **named,
    )


def _timed_out(when: str, deadline: int, *more: Fault, **named: Any) -> Simulated:
    return Simulated(
        name=f"the deadline passes {when}",
        outcome="RunFailed",
        error="RunFailed",
        deadline_seconds=deadline,
        faults=more,
        **named,
    )


TWICE: Mapping[str, float] = {"at once": 0.0, "an hour later": HOUR_SECONDS}

ENDINGS = (
    _aborted("while features are engineered", 300.0, path=("data_preparation/EngineerFeatures",)),
    _aborted("while a job runs on", 300.0, STOP_LOST, path=("data_preparation/EngineerFeatures",)),
    _aborted("while records are ingested", 1000.0, STOP_LOST, path=("feature_ingestion/WriteRecords",)),
    _aborted("in training", 1600.0, path=("train_candidate/Train",), trained=1),
    _aborted("in training that runs on", 1600.0, STOP_LOST, path=("train_candidate/Train",)),
    _aborted(
        "while SageMaker tunes",
        1000.0,
        STOP_LOST,
        stack="prod",
        training={"sweep": {"manager": "tuning_job"}},
    ),
    _aborted("in a sweep", 1000.0, STOP_LOST, stack="prod"),
    _aborted("in evaluation", 3100.0, STOP_LOST, path=("evaluation/ScoreCandidate",)),
    _aborted("while staging starts", 4000.0, path=("deployment/CreateStaging",)),
    _aborted("while traffic shifts", 4400.0, path=("deployment/UpdateLive",)),
    _aborted(
        "while traffic shifts and an alarm sounds",
        4400.0,
        facts=Facts(has_baseline=True, live="InService", shift_of_traffic="alarm"),
        path=("deployment/UpdateLive",),
    ),
    _aborted(
        "while the first live endpoint starts",
        4300.0,
        facts=Facts(),
        path=("deployment/CreateLive",),
    ),
    _aborted("while a reviewer reads", 5800.0, stack="prod", path=("pipeline/AwaitApproval",)),
    *(
        _aborted(
            f"and told twice, {when}",
            1600.0,
            Fault(place=RUN_UNFINISHED, what="delivered_twice", seconds=seconds),
        )
        for when, seconds in TWICE.items()
    ),
    _aborted(
        "and told again during the next run",
        1600.0,
        Fault(place=RUN_UNFINISHED, what="delivered_twice", seconds=2 * HOUR_SECONDS),
        next_run_after=1.5 * HOUR_SECONDS,
    ),
    _aborted(
        "and told after the next run took the lock",
        1600.0,
        Fault(place=RUN_UNFINISHED, what="delivered_late", seconds=AFTER_LEASE_SECONDS),
        next_run_after=AFTER_LEASE_SECONDS + 500.0,
    ),
    _timed_out("in training", 2000, path=("train_candidate/Train",)),
    _timed_out("in training that runs on", 2000, STOP_LOST, path=("train_candidate/Train",)),
    _timed_out("while staging starts", 4000, path=("deployment/CreateStaging",)),
    _timed_out(
        "while a reviewer thinks",
        9000,
        facts=Facts(has_baseline=True, live="InService", reviewer="silent"),
        stack="prod",
        path=("pipeline/AwaitApproval",),
    ),
)
