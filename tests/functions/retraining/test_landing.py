"""Landed files are counted once each, and a run is asked for when there are enough."""

from __future__ import annotations

import json
from typing import Any

import pytest

from contracts.run import RunContext
from functions.retraining.count_landed import handler, landing

KEY = "incoming/flights/2013-01.parquet"


def body(key: str = KEY, version: str = "v1") -> str:
    return json.dumps({"detail": {"object": {"key": key, "version-id": version, "size": 1}}})


def count(table: Any, *bodies: str) -> landing.Count:
    for one in bodies:
        landed = landing.landing_of(one)
        assert landed is not None
        counted = landing.count(table, "runs", landed, 0)
    return counted


@pytest.mark.parametrize(
    "key",
    [
        "dead-letter/flights/a.csv",
        "incoming/2013-01.csv",
        "incoming/flights/a/b",
        "incoming/flights/notes.txt",
        "incoming/flights/2013-01/part-0.parquet",
    ],
)
def test_objects_that_complete_no_month_are_nothing_to_count(key: str) -> None:
    assert landing.landing_of(body(key)) is None


def test_a_month_in_parts_counts_once_it_is_closed(table: Any) -> None:
    assert count(table, body("incoming/flights/2013-01/_SUCCESS")).files == 1


def test_a_file_announced_twice_counts_once_and_a_new_version_again(table: Any) -> None:
    assert count(table, body(), body()).files == 1
    assert count(table, body(version="v2")).files == 2


def test_the_same_generation_always_asks_with_the_same_identity() -> None:
    first, second = (landing.request_of("flights", landing.Count(files=n, generation=3)) for n in (5, 6))
    assert first["identity"] == second["identity"] == "landed-flights-3"
    assert RunContext.from_dict(first["context"]).trigger == "data_volume"


@pytest.fixture
def asked(table: Any, monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """What the handler asked for, from two files on."""
    requests: list[Any] = []
    monkeypatch.setattr(handler, "client", lambda _: table)
    monkeypatch.setattr(handler, "ask_for_run", lambda request: requests.append(request) or {})
    monkeypatch.setenv("RUNS_TABLE", "runs")
    monkeypatch.setenv("FILES_THRESHOLD", "2")
    return requests


def test_a_run_is_asked_for_at_the_threshold_and_broken_messages_come_again(asked: list[Any]) -> None:
    bodies = [body(), "not json", body(version="v2")]
    records = [{"messageId": str(number), "body": text} for number, text in enumerate(bodies)]
    answer = handler.handle({"Records": records}, None)
    assert answer == {"batchItemFailures": [{"itemIdentifier": "1"}]}
    assert [request["identity"] for request in asked] == ["landed-flights-0"]


def test_files_refused_during_a_cooldown_are_asked_for_again_without_another(
    table: Any, asked: list[Any]
) -> None:
    count(table, body())
    handler.handle({"recheck": "flights"}, None)
    assert not asked, "one file is not enough"
    count(table, body(version="v2"))
    for _ in range(2):
        assert handler.handle({"recheck": "flights"}, None) == {"batchItemFailures": []}
    assert {request["identity"] for request in asked} == {"landed-flights-0"}


def test_the_metric_counts_what_completes_a_month_and_no_parts(
    asked: list[Any], capsys: pytest.CaptureFixture[str]
) -> None:
    paths = ["part-0.parquet", "part-1.parquet", "_SUCCESS"]
    bodies = [body(f"incoming/flights/2013-01/{path}") for path in paths]
    records = [{"messageId": str(number), "body": text} for number, text in enumerate(bodies)]
    handler.handle({"Records": records}, None)
    published = [json.loads(line) for line in capsys.readouterr().out.splitlines() if '"_aws"' in line]
    assert [metrics["FilesLanded"] for metrics in published] == [[1.0]] and not asked
