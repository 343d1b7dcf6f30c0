"""AWS takes the spot machine away in the middle of training: the job goes on from its checkpoint."""

from __future__ import annotations

import re

from rehearsal.scenarios.claims import clean, log_of, phases, training_jobs
from rehearsal.scenarios.happy_path import HAPPY_PATH
from rehearsal.scenarios.scenario import Finding, Run, Scenario

ROUNDS_BETWEEN = 5


def _check(run: Run) -> list[Finding]:
    jobs = training_jobs(run)
    seen = [phase for job in jobs for phase in phases(job)]
    lines = [line for job in jobs for line in log_of(run, job["TrainingJobName"])]
    epochs = [int(number) for number in re.findall(r"^epoch=(\d+) ", "\n".join(lines), re.MULTILINE)]
    repeated = len(epochs) - len(set(epochs))
    return [
        Finding(claim="one job did all the training", holds=len(jobs) == 1, evidence=str(len(jobs))),
        Finding(
            claim="SageMaker interrupted and restarted it",
            holds="Interrupted" in seen,
            evidence=" ".join(seen),
        ),
        Finding(
            claim="it went on from its checkpoint",
            holds=epochs.count(0) == 1,
            evidence=f"{epochs.count(0)} first epoch(s)",
        ),
        Finding(
            claim="it lost the work of one checkpoint interval at most",
            holds=repeated <= ROUNDS_BETWEEN,
            evidence=f"{repeated} rounds trained twice, a checkpoint every {ROUNDS_BETWEEN}",
        ),
        *clean(run),
    ]


SPOT_INTERRUPTION = Scenario(
    name="spot-interruption",
    summary=__doc__,
    land=HAPPY_PATH.land,
    context=HAPPY_PATH.context | {"overrides": {"hyperparameters": {"checkpoint_rounds": ROUNDS_BETWEEN}}},
    outcome="Deployed",
    check=_check,
    faults=({"fault": "spot_interruption", "kind": "TrainingJob", "after_line": "epoch=20 "},),
)
