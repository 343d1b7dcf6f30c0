"""Whatever call of the quarantine a crash hits, before or after its effect, nothing is lost or doubled."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from contracts.file_report import FileReport, Violation
from functions.data_preparation.quarantine_files import handler

KEYS = [f"incoming/flights/2013-0{month}.parquet" for month in (1, 2, 3)]
VIOLATION = Violation(column="carrier", rule="present", seen="not among: year", allowed="present")
EVENT = {
    "run": {"id": "r"},
    "data": {"dataset": "flights"},
    "contract": {"version": 1, "sha256": "0" * 64, "changed": None},
    "failed": [{"key": key, "report_uri": f"s3://artifacts/{key}", "violations": 1} for key in KEYS],
}
CALLS = ("put_object", "copy_object", "delete_object", "get_paginator", "get_object")


class Crashing:
    """An S3 whose nth call fails, either before it took effect or only in its answer."""

    def __init__(self, s3: Any, failing: int, is_effective: bool) -> None:
        self._s3, self._left, self._is_effective = s3, failing, is_effective

    def __getattr__(self, name: str) -> Any:
        call = getattr(self._s3, name)

        def guarded(*words: str, **arguments: Any) -> Any:
            self._left -= name in CALLS
            if self._left == 0:
                if self._is_effective:
                    call(*words, **arguments)
                raise ConnectionError(name)
            return call(*words, **arguments)

        return guarded


@pytest.fixture
def landed(fake_s3: Any) -> Any:
    for key in KEYS:
        report = FileReport(file=key, rows=1, violations=(VIOLATION,))
        fake_s3.put_object("artifacts", key, json.dumps(report.to_dict()).encode())
    return fake_s3


def quarantined(s3: Any, landing: Any, monkeypatch: pytest.MonkeyPatch) -> dict[str, bytes]:
    monkeypatch.setattr(handler, "client", lambda _: s3)
    handler.handle(EVENT, None)
    return {key: body for (bucket, key), body in landing.objects.items() if bucket == "landing"}


@pytest.mark.filterwarnings("ignore:No application metrics")
@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(crashes=st.lists(st.tuples(st.integers(1, 18), st.booleans()), max_size=4))
def test_any_series_of_crashes_ends_in_the_state_of_an_undisturbed_run(
    landed: Any, plan_run: Any, environment: pytest.MonkeyPatch, crashes: list[tuple[int, bool]]
) -> None:
    landed.objects = {place: body for place, body in landed.objects.items() if place[0] == "artifacts"}
    plan_run(*KEYS)
    for failing, is_effective in crashes:
        try:
            quarantined(Crashing(landed, failing, is_effective), landed, environment)
        except ConnectionError:
            assert {key.encode() for key in KEYS} <= set(landed.objects.values()), "a file is lost"
    left = quarantined(landed, landed, environment)
    assert sorted(left) == sorted(f"{dead}{end}" for dead in moved() for end in ("", ".report.json"))
    assert [left[dead] for dead in moved()] == [key.encode() for key in KEYS]


def moved() -> list[str]:
    return [key.replace("incoming/flights", "dead-letter/flights/r") for key in KEYS]
