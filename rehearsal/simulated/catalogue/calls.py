"""Passing trouble with every call: each state meets each error its retriers name once, and nobody notices."""

from __future__ import annotations

from rehearsal.simulated.catalogue.decisions import FAR_BELOW
from rehearsal.simulated.catalogue.training import TUNED
from rehearsal.simulated.faults import Fault
from rehearsal.simulated.scenario import Simulated
from rehearsal.simulated.world import Facts

PASSING = tuple(
    Fault(place="*/*", what=what) for what in ("throttled", "crashed", "quota", "conflict", "name_taken")
)
STILL_RUNNING = Fault(place="*/Remove[CP]*", what="jobs_running")
HELD = Fault(place="deployment/TakeLock", what="held")

CALLS = (
    Simulated(
        name="passing trouble everywhere",
        outcome="Deployed",
        facts=Facts(large_months=("2013-02",), heavy_months=("2013-01",), lost_records=7),
        faults=(*PASSING, HELD, STILL_RUNNING),
    ),
    Simulated(
        name="passing trouble everywhere in prod",
        outcome="Deployed",
        stack="prod",
        facts=Facts(has_baseline=True, live="InService"),
        faults=PASSING,
    ),
    Simulated(
        name="passing trouble while SageMaker tunes",
        outcome="Deployed",
        stack="prod",
        training=TUNED,
        faults=PASSING,
    ),
    Simulated(
        name="passing trouble while data is rejected",
        outcome="DataRejected",
        facts=Facts(broken_months=("2013-01",)),
        faults=PASSING,
    ),
    Simulated(
        name="passing trouble while a shift is told",
        outcome="Deployed",
        facts=Facts(has_baseline=True, is_shifted=True),
        faults=PASSING,
    ),
    Simulated(
        name="passing trouble while training fails",
        outcome="TrainingFailed",
        faults=(Fault(place="train_candidate/Train", what="broken", times=9), *PASSING, STILL_RUNNING),
    ),
    Simulated(
        name="passing trouble while a verdict is against the model",
        outcome="ModelRejected",
        facts=Facts(has_baseline=True, scores=FAR_BELOW),
        faults=PASSING,
    ),
    Simulated(
        name="passing trouble while an evaluation is undone",
        outcome="EvaluationFailed",
        faults=(Fault(place="evaluation/ComputeMetrics", what="broken", times=9), *PASSING),
    ),
    Simulated(
        name="passing trouble while a reviewer rejects",
        outcome="ApprovalRejected",
        stack="prod",
        facts=Facts(reviewer="reject"),
        faults=PASSING,
    ),
    Simulated(
        name="passing trouble while a deployment is undone",
        outcome="DeploymentRolledBack",
        facts=Facts(has_baseline=True, live="InService", smoke="fails on live"),
        faults=PASSING,
    ),
)
