"""Somebody stops a run on its staging endpoint and redrives it; the janitor hears of the stop too late."""

from __future__ import annotations

import threading

from rehearsal.follow import Follower
from rehearsal.scenarios.claims import all_struck, clean, live_config, own_packages
from rehearsal.scenarios.happy_path import HAPPY_PATH
from rehearsal.scenarios.scenario import Finding, Run, Scenario, names
from rehearsal.workplace import Site

LATE = {"fault": "event_late", "kind": "aws.states", "after_seconds": 3.0}
TRIES, PAUSE_SECONDS = 60, 0.5


def _stop_and_redrive(site: Site, follower: Follower) -> None:
    """Once, as soon as the staging endpoint is up: until then AWS refuses to delete it."""
    stepfunctions, arn = site.client("stepfunctions"), follower.root.arn
    listed = site.client("sagemaker").list_endpoints(NameContains="-staging-", StatusEquals="InService")
    described = stepfunctions.describe_execution(executionArn=arn)
    if listed["Endpoints"] and described["status"] == "RUNNING" and not described["redriveCount"]:
        stepfunctions.stop_execution(executionArn=arn, cause="the rehearsal stops it")
        stepfunctions.redrive_execution(executionArn=arn)


def _made(run: Run) -> list[str]:
    """Configurations and models that carry the tag of the run, by attempt; scored with or served."""
    sagemaker, arn = run.site.client("sagemaker"), run.follower.root.arn
    configs = sagemaker.list_endpoint_configs()["EndpointConfigs"]
    found = {one["EndpointConfigName"]: one["EndpointConfigArn"] for one in configs}
    found |= {one["ModelName"]: one["ModelArn"] for one in sagemaker.list_models()["Models"]}
    tags = {
        name: {tag["Key"]: tag["Value"] for tag in sagemaker.list_tags(ResourceArn=own)["Tags"]}
        for name, own in found.items()
    }
    return sorted(
        f"{name} of attempt {one['attempt']}" for name, one in tags.items() if one.get("execution-id") == arn
    )


def _left_by_the_janitor(run: Run) -> list[str]:
    """What is left of the run once the janitor has heard of both ends, which takes some seconds."""
    pause = threading.Event()
    for _ in range(TRIES):
        if all(one.endswith("attempt 1") for one in _made(run)):
            break
        pause.wait(PAUSE_SECONDS)
    return _made(run)


def _check(run: Run) -> list[Finding]:
    left, states = _left_by_the_janitor(run), list(run.follower.root.entered_states())
    return [
        all_struck(run),
        Finding(
            claim="the run went on from its deployment",
            holds=states.count("Deploy") == states.count("Train") == 1,
            evidence=names(states),
        ),
        Finding(
            claim="of all it made only what serves is left, a model and its configuration",
            holds=len(left) == 2 and all(one.endswith("attempt 1") for one in left),
            evidence=f"{names(left)}; {live_config(run)}",
        ),
        Finding(
            claim="its package is approved",
            holds=own_packages(run) == ["Approved"],
            evidence=names(own_packages(run)),
        ),
        *clean(run),
    ]


REDRIVEN = Scenario(
    name="redriven",
    summary=__doc__,
    land=HAPPY_PATH.land,
    context=HAPPY_PATH.context,
    outcome="Deployed",
    check=_check,
    faults=(LATE,),
    meanwhile=_stop_and_redrive,
)
