"""An alarm goes off while the new fleet bakes: SageMaker rolls back silently, and the run notices."""

from __future__ import annotations

from rehearsal.scenarios.claims import all_struck, clean, live_config, own_packages
from rehearsal.scenarios.happy_path import HAPPY_PATH
from rehearsal.scenarios.scenario import Finding, Run, Scenario, names


def _check(run: Run) -> list[Finding]:
    states, live = own_packages(run), live_config(run)
    return [
        Finding(
            claim="the live endpoint serves as before", holds=live.startswith("InService"), evidence=live
        ),
        Finding(
            claim="the new package is withdrawn",
            holds=states == ["Rejected"],
            evidence=names(states),
        ),
        all_struck(run),
        *clean(run),
    ]


ALARM_DURING_BAKE = Scenario(
    name="alarm-during-bake",
    summary=__doc__,
    land=HAPPY_PATH.land,
    context=HAPPY_PATH.context,
    outcome="DeploymentRolledBack",
    check=_check,
    faults=({"fault": "alarm_during_bake"},),
    first=HAPPY_PATH,
)
