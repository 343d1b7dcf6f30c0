"""Months are broken in three ways, one in a part: the run ends before anything paid, and nothing is lost."""

from __future__ import annotations

from pathlib import Path

from rehearsal import landing
from rehearsal.scenarios.claims import told_once
from rehearsal.scenarios.happy_path import HAPPY_PATH
from rehearsal.scenarios.scenario import Finding, Run, Scenario, names

GOOD_MONTH, SHORT_OF_A_COLUMN, TEXT_AMONG_NUMBERS, CUT_OFF = "2013-01", "2013-02", "2013-03", "2013-04"
BROKEN = (SHORT_OF_A_COLUMN, TEXT_AMONG_NUMBERS, CUT_OFF)


def _land(folder: Path) -> dict[str, Path]:
    files = {month: landing.write_month(month, folder, "parquet") for month in (GOOD_MONTH, CUT_OFF)}
    files[SHORT_OF_A_COLUMN] = landing.write_month(SHORT_OF_A_COLUMN, folder, "parquet")
    files[TEXT_AMONG_NUMBERS] = landing.write_month(TEXT_AMONG_NUMBERS, folder, "csv")
    landing.drop_column(files[SHORT_OF_A_COLUMN], "distance")
    landing.put_text_among_numbers(files[TEXT_AMONG_NUMBERS], "distance")
    files[CUT_OFF] = landing.split(files[CUT_OFF], 2)
    landing.cut_off(files[CUT_OFF] / "part-00001.parquet")
    return dict(sorted(files.items()))


def _check(run: Run) -> list[Finding]:
    landing_bucket = run.site.output("landingBucket")
    dead = run.keys(landing_bucket, f"dead-letter/flights/{run.outcome['run']['id']}/")
    reports = {key: run.object_json(landing_bucket, key) for key in dead if key.endswith(".report.json")}
    named = [
        f"{key.split('/', 3)[-1].split('.')[0]}: {violation['column']} {violation['rule']}"
        for key, report in sorted(reports.items())
        for violation in report["violations"][:1]
    ]
    left = run.keys(landing_bucket, "incoming/")
    jobs = [job.name for job in run.follower.jobs()]
    return [
        Finding(
            claim="each bad file lies in the dead letters beside its report",
            holds=len(dead) == 6,
            evidence=names(dead),
        ),
        Finding(claim="each report names column and rule", holds=len(named) == 3, evidence="; ".join(named)),
        Finding(
            claim="only the good month and the good part of one that is open again are left",
            holds=[Path(key).name for key in left] == [f"{GOOD_MONTH}.parquet", "part-00000.parquet"],
            evidence=names(left),
        ),
        Finding(
            claim="one alert was published, with the files in it",
            holds=told_once(run) and all(month in run.alerts[0]["message"] for month in BROKEN),
            evidence=names(alert["subject"] for alert in run.alerts),
        ),
        Finding(claim="no paid job was started", holds=not jobs, evidence=names(jobs)),
    ]


BAD_DATA = Scenario(
    name="bad-data",
    summary=__doc__,
    land=_land,
    context=HAPPY_PATH.context | {"window": {"start": GOOD_MONTH, "end": CUT_OFF}},
    outcome="DataRejected",
    check=_check,
)
