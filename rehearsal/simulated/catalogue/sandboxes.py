"""What befalls functions at work: sandboxes die, storage is busy, clocks are wrong. Nobody notices."""

from __future__ import annotations

from rehearsal.simulated.faults import RUN_UNFINISHED, Fault
from rehearsal.simulated.scenario import Simulated
from rehearsal.simulated.world import Facts

SANDBOXES = (
    Simulated(
        name="storage is busy once at every function",
        outcome="Deployed",
        faults=(Fault(place="*/*", what="s3_error"),),
        trained=1,
    ),
    Simulated(
        name="every function dies once with its work done",
        outcome="Deployed",
        facts=Facts(has_baseline=True, live="InService"),
        faults=(Fault(place="*/*", what="crashed_after_work"),),
        trained=1,
    ),
    Simulated(
        name="every function dies once with its work done, for a reviewer",
        outcome="Deployed",
        stack="prod",
        faults=(Fault(place="*/*", what="crashed_after_work"),),
        path=("pipeline/AwaitApproval", "pipeline/Deploy"),
    ),
    Simulated(
        name="the clock of the functions is two hours fast",
        outcome="Deployed",
        faults=(Fault(place="pipeline/ResolveRun", what="clock_jump", seconds=7200.0),),
        trained=1,
    ),
    Simulated(
        name="the clock of the functions falls back a day",
        outcome="Deployed",
        stack="prod",
        faults=(Fault(place="training/PlanTraining", what="clock_jump", seconds=-86_400.0),),
        path=("pipeline/AwaitApproval", "pipeline/Deploy"),
    ),
    Simulated(
        name="a run fails while the clock of the functions is a day behind",
        outcome="ModelRejected",
        facts=Facts(has_baseline=True, live="InService", scores={"auc": 0.55}),
        faults=(
            Fault(place="training/PlanTraining", what="clock_jump", seconds=-86_400.0),
            Fault(place=RUN_UNFINISHED, what="crashed_after_work", times=2),
        ),
        path=("pipeline/RecordFailure",),
    ),
    Simulated(
        name="SageMaker is busy once at every function",
        outcome="Deployed",
        facts=Facts(has_baseline=True, live="InService"),
        faults=(Fault(place="*/*", what="sagemaker_error"),),
        trained=1,
    ),
    Simulated(
        name="the janitor of an aborted run is refused half-way",
        outcome="RunFailed",
        error="OperatorStopped",
        aborted_after=1600.0,
        facts=Facts(has_baseline=True, live="InService"),
        faults=(
            Fault(place="*/*", what="stop_lost", times=99),
            Fault(place=RUN_UNFINISHED, what="sagemaker_error", times=2, after_calls=3),
        ),
        path=("train_candidate/Train",),
    ),
)
