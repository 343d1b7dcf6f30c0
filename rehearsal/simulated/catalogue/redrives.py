"""Runs that somebody stops and redrives: they go on with what they had and leave nothing beside it."""

from __future__ import annotations

from rehearsal.simulated.faults import RUN_UNFINISHED, Fault
from rehearsal.simulated.scenario import Simulated
from rehearsal.simulated.world import Facts

LIVE = Facts(has_baseline=True, live="InService")
AT_ONCE, AFTER_THE_JANITOR = 30.0, 3600.0  # seconds from the stop to the redrive
IN_SCORING, IN_STAGING, IN_SHIFT = 3100.0, 4000.0, 4400.0  # seconds from the start to the stop
DAY_LATE = Fault(place=RUN_UNFINISHED, what="delivered_late", seconds=86400.0)
BEFORE_THE_END = Fault(place=RUN_UNFINISHED, what="delivered_late", seconds=400.0)
OVERTAKEN = ("deployment/StopOvertaken", "deployment/ReadPackage")
TROUBLE = tuple(
    Fault(place=f"deployment/{state}", what=what)
    for state in ("StopOvertaken", "ApproveAgain")
    for what in ("throttled", "quota", "conflict")
)
APPROVED_AGAIN = ("deployment/ApproveAgain", "deployment/ReadPackage")


def _redriven(
    name: str,
    stopped: float,
    redriven: float,
    *faults: Fault,
    path: tuple[str, ...] = (),
    outcome: str = "Deployed",
) -> Simulated:
    return Simulated(
        name=name,
        outcome=outcome,
        path=path,
        facts=LIVE,
        faults=faults,
        aborted_after=stopped,
        redriven_after=redriven,
    )


REDRIVES = (
    _redriven("redriven in evaluation", IN_SCORING, AFTER_THE_JANITOR),
    _redriven(
        "redriven in evaluation, and word of the stop comes during it", IN_SCORING, AT_ONCE, BEFORE_THE_END
    ),
    _redriven("redriven in evaluation, and word of the stop comes a day late", IN_SCORING, AT_ONCE, DAY_LATE),
    _redriven("redriven in staging", IN_STAGING, AFTER_THE_JANITOR, path=APPROVED_AGAIN),
    _redriven("redriven in staging at once", IN_STAGING, AT_ONCE, path=OVERTAKEN),
    _redriven(
        "redriven in staging, and word of the stop comes during it",
        IN_STAGING,
        AT_ONCE,
        BEFORE_THE_END,
        path=OVERTAKEN,
    ),
    _redriven("redriven while traffic shifts", IN_SHIFT, AFTER_THE_JANITOR),
    _redriven(
        "redriven at once while traffic shifts",
        IN_SHIFT,
        AT_ONCE,
        path=(*OVERTAKEN, "deployment/WaitForReady"),
    ),
    _redriven(
        "passing trouble while a redriven run takes its lock over",
        IN_STAGING,
        AT_ONCE,
        *TROUBLE,
        path=OVERTAKEN,
    ),
    _redriven(
        "passing trouble while a redriven run approves its package again",
        IN_STAGING,
        AFTER_THE_JANITOR,
        *TROUBLE,
        path=APPROVED_AGAIN,
    ),
    *(
        _redriven(
            f"{place} fails for good",
            IN_STAGING,
            after,
            Fault(place=place, what="denied", times=99),
            path=(place,),
            outcome="DeploymentRolledBack",
        )
        for place, after in (
            ("deployment/StopOvertaken", AT_ONCE),
            ("deployment/ApproveAgain", AFTER_THE_JANITOR),
        )
    ),
)
