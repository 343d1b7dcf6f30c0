"""Rows become records of the Feature Store, or are refused with the reason."""

from __future__ import annotations

import json
from dataclasses import replace

import pyarrow as pa
import pytest

from contracts.dataset import Contract

MOMENT = 1_367_402_400_000_000  # 2013-05-01T10:00:00Z


def records(contract_file, **changes):
    from features.records import columns_of, records_of

    is_read = isinstance(contract_file, Contract)
    contract = contract_file if is_read else Contract.from_json(contract_file.read_text())
    usual = {
        "carrier": ["UA", "AA"],
        "flight": [1545, 7],
        "origin": ["EWR", "JFK"],
        "time_hour": pa.array([MOMENT, MOMENT + 1_500_000], pa.timestamp("us", tz="UTC")),
        "sched_dep_time": [1745, None],
        "sched_arr_time": [2015, 600],
        "dest": ["IAH", ""],
        "distance": [1400.0, 719.5],
    }
    table = pa.table({**usual, **changes})
    batch = table.select(columns_of(contract)).to_batches()[0]
    return records_of(contract, batch, "run-1")


def as_dict(record):
    return {value["FeatureName"]: value["ValueAsString"] for value in record}


def test_a_record_holds_key_moment_run_and_features_before_any_fit(contract_file):
    first, second = map(as_dict, records(contract_file))
    assert first == {
        "record_id": "2013-05-01T10:00:00.000Z|UA|1545|EWR",
        "event_time": "2013-05-01T10:00:00.000Z",
        "run_id": "run-1",
        "departure_hour": "17.75",
        "arrival_hour": "20.25",
        "day_of_week": "2",
        "carrier": "UA",
        "origin": "EWR",
        "destination_rate": "IAH",
        "distance": "1400",
    }
    assert second["event_time"] == "2013-05-01T10:00:01.500Z" and second["distance"] == "719.5"


def test_what_is_missing_is_left_out_of_a_record(contract_file):
    assert {"departure_hour", "destination_rate"}.isdisjoint(as_dict(list(records(contract_file))[1]))


@pytest.mark.parametrize(
    ("column", "values"), [("carrier", ["UA", None]), ("flight", [1545.0, float("nan")])], ids=["null", "NaN"]
)
def test_a_row_with_a_hole_in_its_key_is_refused_and_the_others_are_kept(contract_file, column, values):
    made = records(contract_file, **{column: values})
    assert [as_dict(one)["carrier"] for one in made] == ["UA"]
    assert made.refused == [f"{column} is null: a record needs its whole key and its moment"]


@pytest.mark.parametrize(
    ("microseconds", "event", "key"),
    [
        (MOMENT + 1_500_001, "2013-05-01T10:00:01.500Z", "2013-05-01T10:00:01.500001Z"),
        (-1, "1969-12-31T23:59:59.999Z", "1969-12-31T23:59:59.999999Z"),
        (-62_135_596_800_000_000, "0001-01-01T00:00:00.000Z", "0001-01-01T00:00:00.000Z"),
        (253_402_300_799_999_999, "9999-12-31T23:59:59.999Z", "9999-12-31T23:59:59.999999Z"),
    ],
)
def test_a_moment_finer_than_milliseconds_is_floored_and_its_key_keeps_all_digits(
    contract_file, microseconds, event, key
):
    times = pa.array([microseconds, MOMENT], pa.timestamp("us", tz="UTC"))
    first = as_dict(next(iter(records(contract_file, time_hour=times))))
    assert (first["event_time"], first["record_id"]) == (event, f"{key}|UA|1545|EWR")


@pytest.mark.parametrize("microseconds", [-62_135_596_800_000_001, 253_402_300_800_000_000, 2**63 - 1])
def test_a_moment_that_iso_8601_cannot_spell_is_refused_and_the_others_are_kept(contract_file, microseconds):
    times = pa.array([microseconds, MOMENT], pa.timestamp("us", tz="UTC"))
    made = records(contract_file, time_hour=times)
    assert len(list(made)) == 1 and "time_hour is outside of the years 1 to 9999" in made.refused[0]


def test_whole_numbers_keep_every_digit(contract_file):
    document = json.loads(contract_file.read_text())
    document["features"].append({"name": "number", "column": "flight", "transform": "number"})
    next(one for one in document["columns"] if one["name"] == "flight").pop("max")
    whole = Contract.from_json(json.dumps(document))
    made = records(whole, flight=[2**63 - 1, 2**53 + 1])
    assert [as_dict(one)["number"] for one in made] == ["9223372036854775807", "9007199254740993"]


@pytest.mark.parametrize("kind", [pa.string(), pa.dictionary(pa.int32(), pa.string())], ids=str)
def test_an_empty_text_is_no_key_and_may_be_a_part_of_one(contract_file, kind):
    contract, carriers = Contract.from_json(contract_file.read_bytes()), pa.array(["", "AA"]).cast(kind)
    made = records(replace(contract, primary_key=("carrier",)), carrier=carriers)
    assert made.refused == ["the key is an empty text: nothing could be found by it"]
    assert list(made.record_ids) == ["AA"]
    both = records(replace(contract, primary_key=("carrier", "flight")), carrier=carriers)
    assert (both.refused, both.record_ids[0]) == ([], "|1545")


def test_no_two_keys_read_the_same_whatever_their_parts_hold(contract_file):
    made = records(contract_file, carrier=["a|1", "a"], flight=[2, 2], origin=["x", "1|x"])
    other = records(contract_file, carrier=["a\\", "a"], flight=[2, 2], origin=["x", "\\|x"])
    assert len({as_dict(one)["record_id"].split("Z|", 1)[1] for one in [*made, *other]}) == 4


def test_a_part_that_ends_in_the_escape_is_not_taken_for_a_separator_escaped(contract_file):
    from features.records import keys_of

    contract = Contract.from_json(contract_file.read_bytes())
    contract = replace(contract, primary_key=("carrier", "origin", "dest"))
    parts = {"carrier": ["a\\", "a|2"], "origin": ["2", "b\\"], "dest": ["b|c", "c"]}
    assert len(set(keys_of(contract, pa.RecordBatch.from_pydict(parts)).to_pylist())) == 2
