"""Real weather instead of flights: another contract and the same code predict whether it rains."""

from __future__ import annotations

from pathlib import Path

from rehearsal import landing
from rehearsal.scenarios.own_data import check, context_of
from rehearsal.scenarios.scenario import Scenario

# February is left out: it holds a wind of 1,048 miles an hour, which the gate refuses.
MONTHS = ("2013-03", "2013-04", "2013-05", "2013-06", "2013-07")
CSV_MONTH, MONTH_IN_PARTS = "2013-04", MONTHS[-1]  # the newest goes to the Feature Store


def _land(folder: Path) -> dict[str, Path]:
    files = {
        month: landing.write_weather(month, folder, "csv" if month == CSV_MONTH else "parquet")
        for month in MONTHS
    }
    return {**files, MONTH_IN_PARTS: landing.split(files[MONTH_IN_PARTS], 3)}


WEATHER = Scenario(
    name="weather",
    summary=__doc__,
    land=_land,
    context=context_of("weather", MONTHS[0], MONTHS[-1]),
    outcome="Deployed",
    check=check,
    settings=("pipeline.dataset=weather",),
)
