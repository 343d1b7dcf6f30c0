"""An alarm goes off while the new fleet bakes: SageMaker rolls back silently, and the run notices."""

from __future__ import annotations

import contextlib

from rehearsal.follow import Follower
from rehearsal.scenarios.claims import clean, live_config, own_packages
from rehearsal.scenarios.happy_path import HAPPY_PATH
from rehearsal.scenarios.scenario import Finding, Run, Scenario, names
from rehearsal.workplace import Site


def _sound_the_alarm(site: Site, follower: Follower) -> None:
    """Sets the first rollback alarm for as long as the live endpoint is being updated."""
    sagemaker = site.client("sagemaker")
    with contextlib.suppress(sagemaker.exceptions.ClientError):
        described = sagemaker.describe_endpoint(EndpointName=site.output("endpointName"))
        if described["EndpointStatus"] == "Updating":
            site.client("cloudwatch").set_alarm_state(
                AlarmName=_rollback_alarm(follower), StateValue="ALARM", StateReason="the rehearsal sounds it"
            )


def _rollback_alarm(follower: Follower) -> str:
    definitions = [execution.definition for execution in follower.executions.values()]
    update = next(one["States"]["UpdateLive"] for one in definitions if "UpdateLive" in one.get("States", {}))
    config = update["Arguments"]["DeploymentConfig"]["AutoRollbackConfiguration"]
    return str(config["Alarms"][0]["AlarmName"])


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
        *clean(run),
    ]


ALARM_DURING_BAKE = Scenario(
    name="alarm-during-bake",
    summary=__doc__,
    land=HAPPY_PATH.land,
    context=HAPPY_PATH.context,
    outcome="DeploymentRolledBack",
    check=_check,
    meanwhile=_sound_the_alarm,
    first=HAPPY_PATH,
)
