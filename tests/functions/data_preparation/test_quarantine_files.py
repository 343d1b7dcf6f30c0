from __future__ import annotations

import json
from typing import Any

import pytest

from contracts.file_report import FileReport, Violation
from functions.data_preparation.quarantine_files import handler
from functions.data_preparation.quarantine_files import quarantine as gate
from functions.data_preparation.quarantine_files.rejection import Refused, alert

KEY = "incoming/flights/2013-01.parquet"
DEAD = "dead-letter/flights/r/2013-01.parquet"
VIOLATION = Violation(column="carrier", rule="present", seen="not among: year", allowed="present")
SAME = {"version": 1, "sha256": "0" * 64, "changed": None}
REPORT = FileReport(file=KEY, rows=10, violations=(VIOLATION,))


@pytest.fixture
def quarantine(fake_s3: Any, environment: pytest.MonkeyPatch, plan_run: Any) -> Any:
    environment.setattr(handler, "client", lambda _: fake_s3)
    fake_s3.put_object("landing", KEY, b"bad")
    fake_s3.put_object("landing", "incoming/flights/2013-02.parquet", b"good")
    plan_run()
    fake_s3.put_object("artifacts", "report.json", json.dumps(REPORT.to_dict()).encode())
    failed = [{"key": KEY, "report_uri": "s3://artifacts/report.json", "violations": 1}]
    event = {"run": {"id": "r"}, "data": {"dataset": "flights"}, "failed": failed, "contract": SAME}
    return lambda: handler.handle(event, None)


def test_a_failed_file_moves_beside_its_report_and_others_stay(quarantine: Any, fake_s3: Any) -> None:
    assert quarantine()["moved"] == {KEY: DEAD}
    assert fake_s3.keys("landing") == [DEAD, f"{DEAD}.report.json", "incoming/flights/2013-02.parquet"]
    assert fake_s3.objects["landing", DEAD] == b"bad"


def test_the_file_is_deleted_only_after_its_copy_exists(quarantine: Any, fake_s3: Any) -> None:
    fake_s3.calls.clear()
    quarantine()
    assert fake_s3.calls == [("put", f"{DEAD}.report.json"), ("copy", DEAD), ("delete", KEY)]


@pytest.mark.filterwarnings("ignore:No application metrics")
@pytest.mark.parametrize("call", ["put_object", "copy_object", "delete_object"])
def test_a_crash_between_any_two_steps_loses_nothing_and_can_be_repeated(
    quarantine: Any, fake_s3: Any, call: str, environment: pytest.MonkeyPatch
) -> None:
    def crash(**_: Any) -> None:
        raise ConnectionError(call)

    with environment.context() as broken:
        broken.setattr(fake_s3, call, crash)
        with pytest.raises(ConnectionError):
            quarantine()
    assert b"bad" in fake_s3.objects.values()
    quarantine()
    assert fake_s3.keys("landing") == [DEAD, f"{DEAD}.report.json", "incoming/flights/2013-02.parquet"]


def test_a_file_that_was_landed_again_meanwhile_stays_for_the_next_run(quarantine: Any, fake_s3: Any) -> None:
    fake_s3.put_object("landing", KEY, b"mended")
    assert f"{KEY} → landed again meanwhile, so it stays" in quarantine()["alert"]["message"]
    assert fake_s3.objects["landing", KEY] == b"mended"
    assert DEAD not in fake_s3.keys("landing") and f"{DEAD}.report.json" in fake_s3.keys("landing")


@pytest.mark.parametrize("call", ["copy_object", "delete_object"])
def test_a_file_landed_again_just_before_a_call_is_neither_copied_nor_deleted(
    quarantine: Any, fake_s3: Any, environment: pytest.MonkeyPatch, call: str
) -> None:
    done = getattr(fake_s3, call)

    def landed_again(**arguments: Any) -> Any:
        fake_s3.put_object("landing", KEY, b"mended")
        return done(**arguments)

    environment.setattr(fake_s3, call, landed_again)
    quarantine()
    assert fake_s3.objects["landing", KEY] == b"mended"
    assert fake_s3.objects.get(("landing", DEAD)) == (None if call == "copy_object" else b"bad")


def test_a_file_of_the_most_bytes_that_one_call_copies_is_copied_by_one(
    quarantine: Any, fake_s3: Any, environment: pytest.MonkeyPatch
) -> None:
    environment.setattr(gate, "ONE_COPY_BYTES", len(b"bad"))
    quarantine()
    assert ("copy", DEAD) in fake_s3.calls


def test_quarantining_twice_changes_nothing_the_second_time(quarantine: Any, fake_s3: Any) -> None:
    quarantine()
    before = dict(fake_s3.objects)
    quarantine()
    assert fake_s3.objects == before


def test_the_alert_names_file_column_rule_and_where_it_lies_now(quarantine: Any) -> None:
    words = quarantine()["alert"]
    assert words["subject"] == "flights: 1 landed file(s) rejected"
    first = words["message"].splitlines()[0]
    assert first.startswith("Run r stopped as DataRejected: 2013-01.parquet, carrier: present: saw not among")
    for part in (KEY, DEAD, "carrier: present: saw not among: year", "before features were made"):
        assert part in words["message"]


@pytest.mark.parametrize(("count", "more"), [(10, None), (11, "  and 1 more"), (12, "  and 2 more")])
def test_an_alert_says_how_many_violations_it_leaves_out(count: int, more: str | None) -> None:
    report = FileReport(file=KEY, rows=1, violations=(VIOLATION,) * count)
    lines = alert("flights", "r", [Refused.of(report)], [DEAD], SAME)["message"].splitlines()
    assert next((line for line in lines if line.endswith("more")), None) == more


def test_an_alert_about_many_violations_stays_readable() -> None:
    report = FileReport(file=KEY, rows=1, violations=(VIOLATION,) * 500)
    message = alert("flights", "r", [Refused.of(report)], [DEAD], SAME)["message"]
    assert "and 490 more" in message
    assert len(message) < 2000


def test_the_alert_says_what_changed_in_the_contract_since_the_last_run() -> None:
    changed = {"since": "run-1", "fields": ["columns[carrier].max_cardinality: 50 → 5"]}
    message = alert("flights", "r", [Refused.of(REPORT)], [DEAD], {**SAME, "version": 2, "changed": changed})[
        "message"
    ]
    assert (
        "The contract (version 2) changed since run run-1:\n  columns[carrier].max_cardinality: 50 → 5"
        in message
    )
    assert "changed" not in alert("flights", "r", [Refused.of(REPORT)], [DEAD], SAME)["message"]


PARTS = [f"incoming/flights/2013-03/part-{number}.parquet" for number in (1, 2)]
MARK = "incoming/flights/2013-03/_SUCCESS"


@pytest.fixture
def of_part(fake_s3: Any, environment: pytest.MonkeyPatch, plan_run: Any) -> Any:
    """Quarantines the first of two parts of a month that is closed."""
    environment.setattr(handler, "client", lambda _: fake_s3)
    plan_run(*PARTS)
    fake_s3.put_object("landing", MARK, b"")
    report = FileReport(file=PARTS[0], rows=10, violations=(VIOLATION,))
    fake_s3.put_object("artifacts", "report.json", json.dumps(report.to_dict()).encode())
    failed = [{"key": PARTS[0], "report_uri": "s3://artifacts/report.json", "violations": 1}]
    event = {"run": {"id": "r"}, "data": {"dataset": "flights"}, "failed": failed, "contract": SAME}
    return lambda: handler.handle(event, None)


def test_a_month_that_lost_a_part_is_open_before_it_does(of_part: Any, fake_s3: Any) -> None:
    fake_s3.calls.clear()
    answer = of_part()
    dead = "dead-letter/flights/r/2013-03/part-1.parquet"
    assert fake_s3.keys("landing") == [dead, f"{dead}.report.json", PARTS[1]]
    assert fake_s3.calls[-3:] == [("delete", MARK), ("delete", PARTS[0]), ("delete", MARK)]
    assert "land them again, then 2013-03/_SUCCESS anew;" in answer["alert"]["message"]


def test_a_month_that_was_mended_and_closed_meanwhile_stays_closed(of_part: Any, fake_s3: Any) -> None:
    of_part()
    fake_s3.put_object("landing", PARTS[0], b"mended")
    fake_s3.put_object("landing", MARK, b"")
    of_part()
    assert fake_s3.keys("landing")[-3:] == [MARK, *PARTS]


def test_a_month_that_somebody_closes_while_it_loses_a_part_is_open_in_the_end(
    of_part: Any, fake_s3: Any, environment: pytest.MonkeyPatch
) -> None:
    delete = fake_s3.delete_object

    def closed_before(**arguments: Any) -> Any:
        if arguments["Key"] == PARTS[0]:
            fake_s3.put_object("landing", MARK, b"")
        return delete(**arguments)

    environment.setattr(fake_s3, "delete_object", closed_before)
    of_part()
    assert MARK not in fake_s3.keys("landing")
