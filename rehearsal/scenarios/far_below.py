"""A candidate far below the live model: nothing is registered, and the live model stays."""

from __future__ import annotations

from rehearsal.scenarios.claims import clean, live_config, own_packages
from rehearsal.scenarios.happy_path import HAPPY_PATH
from rehearsal.scenarios.scenario import Finding, Run, Scenario, names

STUMP = {"max_depth": 1, "num_boost_round": 1, "learning_rate": 0.01}


def _check(run: Run) -> list[Finding]:
    registered = own_packages(run)
    states = list(run.follower.root.entered_states())
    live = live_config(run)
    return [
        Finding(
            claim="the verdict gives reasons",
            holds="far below" in run.outcome["why"],
            evidence=run.outcome["why"],
        ),
        Finding(claim="nothing was registered", holds=not registered, evidence=names(registered)),
        Finding(claim="nothing was deployed", holds="Deploy" not in states, evidence=" ".join(states)),
        Finding(claim="the live model stays", holds=live.startswith("InService"), evidence=live),
        *clean(run),
    ]


FAR_BELOW = Scenario(
    name="far-below",
    summary=__doc__,
    land=HAPPY_PATH.land,
    context=HAPPY_PATH.context | {"overrides": {"hyperparameters": STUMP}},
    outcome="ModelRejected",
    check=_check,
    first=HAPPY_PATH,
)
