"""Training runs out of memory: the ladder goes on with a larger machine."""

from __future__ import annotations

from rehearsal.scenarios.claims import clean, training_jobs
from rehearsal.scenarios.happy_path import HAPPY_PATH
from rehearsal.scenarios.scenario import Finding, Run, Scenario, names


def _check(run: Run) -> list[Finding]:
    jobs = training_jobs(run)
    machines = [job["ResourceConfig"]["InstanceType"] for job in jobs]
    reasons = [job.get("FailureReason", "") for job in jobs]
    return [
        Finding(claim="a second job was tried", holds=len(jobs) == 2, evidence=str(len(jobs))),
        Finding(
            claim="the first one ran out of memory",
            holds="out of memory" in reasons[0].lower(),
            evidence=reasons[0],
        ),
        Finding(
            claim="the second one had a larger machine",
            holds=len(set(machines)) == 2,
            evidence=names(machines),
        ),
        *clean(run),
    ]


OUT_OF_MEMORY = Scenario(
    name="out-of-memory",
    summary=__doc__,
    land=HAPPY_PATH.land,
    context=HAPPY_PATH.context,
    outcome="Deployed",
    check=_check,
    faults=({"fault": "out_of_memory", "kind": "TrainingJob", "after_line": "epoch=3 "},),
)
