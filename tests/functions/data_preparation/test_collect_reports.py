from __future__ import annotations

import json
from typing import Any

import pytest

from contracts.artifacts import RunKeys
from contracts.failures import ArtifactCorrupt, DataReplaced
from contracts.file_report import FileReport, Violation
from functions.data_preparation.collect_reports import handler

KEY = "incoming/flights/2013-01.csv"
PLACE = RunKeys("r").file_report(KEY)
VIOLATION = Violation(column="carrier", rule="present", seen="not among: year", allowed="present")


@pytest.fixture
def collect(fake_s3: Any, environment: pytest.MonkeyPatch, plan_run: Any) -> Any:
    environment.setattr(handler, "client", lambda _: fake_s3)
    plan_run(KEY)

    def run(*violations: Violation, about: str = KEY) -> Any:
        report = FileReport(file=about, rows=1, violations=violations)
        fake_s3.put_object("artifacts", PLACE, json.dumps(report.to_dict()).encode())
        return handler.handle({"run": {"id": "r"}, "files": [{"key": KEY}]}, None)

    return run


def test_files_without_violations_are_valid_together(collect: Any) -> None:
    assert collect() == {"is_valid": True, "failed": []}


def test_a_failed_file_comes_back_as_the_function_would_say_it(collect: Any) -> None:
    failed = {"key": KEY, "report_uri": f"s3://artifacts/{PLACE}", "violations": 2}
    assert collect(VIOLATION, VIOLATION) == {"is_valid": False, "failed": [failed]}


@pytest.mark.filterwarnings("ignore:No application metrics")
def test_a_file_that_the_job_left_without_a_report_is_no_valid_file(
    fake_s3: Any, environment: pytest.MonkeyPatch, plan_run: Any
) -> None:
    environment.setattr(handler, "client", lambda _: fake_s3)
    plan_run(KEY)
    with pytest.raises(ArtifactCorrupt, match=r"ended without a verdict on incoming/flights/2013-01.csv"):
        handler.handle({"run": {"id": "r"}, "files": [{"key": KEY}]}, None)


@pytest.mark.filterwarnings("ignore:No application metrics")
def test_a_report_about_another_file_is_not_taken_for_this_one(collect: Any) -> None:
    with pytest.raises(ArtifactCorrupt, match="is about incoming/other"):
        collect(about="incoming/other")


@pytest.mark.filterwarnings("ignore:No application metrics")
def test_a_report_on_a_file_that_was_replaced_meanwhile_is_no_verdict(collect: Any, fake_s3: Any) -> None:
    fake_s3.put_object("landing", KEY, b"another")
    with pytest.raises(DataReplaced, match=KEY):
        collect()
