"""A landed file is written again, cut off, before the features job has read it: named, and not blamed."""

from __future__ import annotations

from typing import Any

from contracts.artifacts import dead_letter_key, incoming_key
from rehearsal.follow import Follower
from rehearsal.scenarios.claims import all_struck, told_once
from rehearsal.scenarios.happy_path import HAPPY_PATH
from rehearsal.scenarios.scenario import Finding, Run, Scenario, names
from rehearsal.workplace import Site

KEY = incoming_key("flights", "2013-03", "parquet")
MAGIC = b"PAR1"
# Until then the file is not downloaded, so there is time to replace it.
SLOW = {"fault": "slow_job", "kind": "ProcessingJob", "seconds": 5.0}


def _cut_off(site: Site, follower: Follower) -> None:
    """Writes half of the file again once the features job has been asked for."""
    if not follower.jobs():
        return
    s3, at = site.client("s3"), {"Bucket": site.output("landingBucket"), "Key": KEY}
    body = s3.get_object(**at)["Body"].read()
    if body.endswith(MAGIC):
        s3.put_object(**at, Body=body[: len(body) // 2])


def _job(run: Run) -> dict[str, Any]:
    name = run.follower.jobs()[0].name.rsplit("/", 1)[-1]
    found: dict[str, Any] = run.site.client("sagemaker").describe_processing_job(ProcessingJobName=name)
    return found


def _check(run: Run) -> list[Finding]:
    written = _job(run).get("ExitMessage", "")
    refused = dead_letter_key("flights", run.outcome["run"]["id"], "")
    dead = run.keys(run.site.output("landingBucket"), refused)
    error, why, next_step = (run.outcome[name] for name in ("error", "why", "next_step"))
    return [
        all_struck(run),
        Finding(claim="the job broke on the file", holds="DataRejected" in written, evidence=written),
        Finding(
            claim="the run says that the file was replaced",
            holds=error == "DataReplaced" and f"{KEY} was written again" in why,
            evidence=f"{error}: {why}",
        ),
        Finding(claim="it asks for another run", holds=next_step.startswith("Start"), evidence=next_step),
        Finding(claim="no file went to the dead letters", holds=not dead, evidence=names(dead)),
        Finding(
            claim="one alert was published, with the file in it",
            holds=told_once(run) and KEY in run.alerts[0]["message"],
            evidence=names(alert["subject"] for alert in run.alerts),
        ),
    ]


FILE_REPLACED = Scenario(
    name="file-replaced",
    summary=__doc__,
    land=HAPPY_PATH.land,
    context=HAPPY_PATH.context,
    outcome="PreparationFailed",
    check=_check,
    faults=(SLOW,),
    meanwhile=_cut_off,
)
