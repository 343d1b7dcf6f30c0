"""Named rehearsals: what lands, what starts the run, the outcome it must reach, what must hold after."""

from rehearsal.scenarios.bad_data import BAD_DATA
from rehearsal.scenarios.happy_path import HAPPY_PATH
from rehearsal.scenarios.scenario import Scenario

SCENARIOS: dict[str, Scenario] = {scenario.name: scenario for scenario in (HAPPY_PATH, BAD_DATA)}

__all__ = ["SCENARIOS", "Scenario"]
