"""Named rehearsals: what lands, what starts the run, the outcome it must reach, what must hold after."""

from rehearsal.scenarios.aborted import ABORTED
from rehearsal.scenarios.alarm_during_bake import ALARM_DURING_BAKE
from rehearsal.scenarios.bad_data import BAD_DATA
from rehearsal.scenarios.bad_day import BAD_DAY
from rehearsal.scenarios.far_below import FAR_BELOW
from rehearsal.scenarios.file_replaced import FILE_REPLACED
from rehearsal.scenarios.happy_path import HAPPY_PATH
from rehearsal.scenarios.out_of_memory import OUT_OF_MEMORY
from rehearsal.scenarios.redriven import REDRIVEN
from rehearsal.scenarios.reviewer_rejects import REVIEWER_REJECTS
from rehearsal.scenarios.scenario import Scenario
from rehearsal.scenarios.spot_interruption import SPOT_INTERRUPTION
from rehearsal.scenarios.training_fails import TRAINING_FAILS
from rehearsal.scenarios.weather import WEATHER

SCENARIOS: dict[str, Scenario] = {
    scenario.name: scenario
    for scenario in (
        HAPPY_PATH,
        WEATHER,
        BAD_DATA,
        FILE_REPLACED,
        SPOT_INTERRUPTION,
        OUT_OF_MEMORY,
        TRAINING_FAILS,
        FAR_BELOW,
        REVIEWER_REJECTS,
        ALARM_DURING_BAKE,
        ABORTED,
        REDRIVEN,
        BAD_DAY,
    )
}

__all__ = ["SCENARIOS", "Scenario"]
