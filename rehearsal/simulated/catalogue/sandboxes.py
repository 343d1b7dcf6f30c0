"""What befalls functions at work: sandboxes die, storage is busy, clocks are wrong. Nobody notices."""

from __future__ import annotations

from rehearsal.simulated.faults import Fault
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
)
