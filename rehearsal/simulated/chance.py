"""Scenarios by chance: random faults and facts from a seed; all they promise is a documented, clean end."""

from __future__ import annotations

import random
from typing import Any

from rehearsal.simulated.faults import COUNTS_CALLS, FUNCTION_FAULTS, JOB_FAULTS, RUN_UNFINISHED, Fault
from rehearsal.simulated.scenario import Simulated
from rehearsal.simulated.world import Facts

PASSING = ("throttled", "crashed", "quota", "name_taken")
JOBS = (
    "data_preparation/EngineerFeatures",
    "feature_ingestion/WriteRecords",
    "train_candidate/Train",
    "evaluation/ScoreCandidate",
    "evaluation/ComputeMetrics",
)
STAGES = ("data_preparation", "feature_ingestion", "train_candidate", "training", "evaluation", "deployment")


def by_chance(number: int, seed: int) -> list[Simulated]:
    """That many scenarios; the same seed gives the same ones."""
    source = random.Random(seed)  # noqa: S311 - repeatable on purpose, nothing secret comes from it
    return [_scenario(source, index) for index in range(number)]


def _scenario(source: random.Random, index: int) -> Simulated:
    facts = Facts(
        broken_months=source.choice(((), (), (), ("2013-02",))),
        is_shifted=source.random() < 0.2,
        lost_records=source.choice((0, 0, 7)),
        has_baseline=source.random() < 0.6,
        live=source.choice(("", "InService", "InService", "Failed")),
        scores=source.choice(({}, {}, {"auc": 0.715, "f1": 0.495, "accuracy": 0.79}, {"auc": 0.55})),
        reviewer=source.choice(("approve", "reject", "silent")),
        staging=source.choice(("InService", "InService", "InService", "Failed")),
        shift_of_traffic=source.choice(("InService", "InService", "alarm", "Failed")),
        smoke=source.choice(("passes", "passes", "fails on staging", "fails on live")),
    )
    faults = [Fault(place="*/*", what=source.choice(PASSING), passing=source.randrange(2))]
    if source.random() < 0.5:
        what = source.choice(sorted(JOB_FAULTS))
        faults.append(Fault(place=source.choice(JOBS), what=what, times=source.randrange(1, 4)))
    if source.random() < 0.2:
        faults.append(
            Fault(place=f"{source.choice(STAGES)}/[A-Q]*", what="denied", passing=source.randrange(3))
        )
    if source.random() < 0.4:
        faults.append(_function_fault(source))
    if source.random() < 0.3:
        seconds = source.choice((-3600.0, 60.0, 7200.0, 3 * 24 * 3600.0))
        place = f"{source.choice(('pipeline', *STAGES))}/*"
        faults.append(Fault(place=place, what="clock_jump", seconds=seconds))
    return Simulated(
        name=f"chance-{index}",
        outcome="any documented one",
        facts=facts,
        faults=(*faults, *_event_faults(source)),
        **_stop(source),
    )


def _function_fault(source: random.Random) -> Fault:
    what = source.choice(sorted(FUNCTION_FAULTS))
    calls = source.randrange(4) if what in COUNTS_CALLS else 0
    place = f"{source.choice(('pipeline', *STAGES))}/*"
    return Fault(place=place, what=what, passing=source.randrange(2), after_calls=calls)


def _stop(source: random.Random) -> dict[str, Any]:
    """One run in three is stopped, or runs out of time, at whatever moment; some are redriven then."""
    how, moment = source.random(), source.uniform(1.0, 6500.0)
    redriven = {"redriven_after": source.uniform(0.5, 20_000.0)} if source.random() < 0.4 else {}
    if how < 0.17:
        return {"aborted_after": moment, **redriven}
    return {"deadline_seconds": int(moment) + 1, **redriven} if how < 0.34 else {}


def _event_faults(source: random.Random) -> list[Fault]:
    """What becomes of the event of a stopped run, and whether its jobs heard of the end."""
    faults = []
    if source.random() < 0.4:
        faults.append(Fault(place="*/*", what="stop_lost", times=9))
    if source.random() < 0.4:
        seconds = source.choice((0.0, 30.0, 5000.0))
        faults.append(Fault(place=RUN_UNFINISHED, what="delivered_twice", seconds=seconds))
    if source.random() < 0.3:
        seconds = source.uniform(1.0, 90_000.0)
        faults.append(Fault(place=RUN_UNFINISHED, what="delivered_late", seconds=seconds))
    if source.random() < 0.4:
        faults.append(_janitor_fault(source))
    return faults


def _janitor_fault(source: random.Random) -> Fault:
    """The janitor dies with its work done, or SageMaker refuses one of its calls."""
    what = source.choice(("crashed_after_work", "sagemaker_error"))
    calls = source.randrange(16) if what in COUNTS_CALLS else 0
    return Fault(place=RUN_UNFINISHED, what=what, times=source.randrange(1, 4), after_calls=calls)
