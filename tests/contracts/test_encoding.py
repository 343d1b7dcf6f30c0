"""Encoding one row: values by hand, missing and unseen ones, and refusals that name the field."""

from __future__ import annotations

import json
import math
import struct

import pytest

from contracts.encoding import Encoding, InputColumn, RowRefused
from contracts.failures import ArtifactCorrupt

DOCUMENT = {
    "dataset": "trips",
    "contract_version": 2,
    "target": "is_late",
    "input_columns": [
        {"name": "clock", "type": "integer"},
        {"name": "kind", "type": "categorical"},
        {"name": "at", "type": "timestamp"},
        {"name": "is_wet", "type": "boolean"},
    ],
    "features": [
        {"name": "hour", "column": "clock", "transform": "clock_hours"},
        {"name": "kind", "column": "kind", "transform": "category", "levels": ["a", "b"]},
        {"name": "rate", "column": "kind", "transform": "target_rate", "rates": {"a": 0.2}, "prior": 0.3},
        {"name": "weekday", "column": "at", "transform": "day_of_week", "utc_offset_hours": -5},
        {"name": "wet", "column": "is_wet", "transform": "number"},
    ],
}
ROW = {"clock": 1745, "kind": "a", "at": "2013-01-01T03:00:00Z", "is_wet": True}


@pytest.fixture
def encoding():
    return Encoding.from_dict(DOCUMENT)


def test_a_row_is_encoded_as_one_would_by_hand(encoding):
    assert encoding.encode_row(ROW) == [17.75, 0.0, 0.2, 0.0, 1.0]


def test_texts_of_a_csv_row_encode_like_typed_values(encoding):
    texts = {"clock": "1745", "kind": "a", "at": "2013-01-01 03:00:00.000000Z", "is_wet": "true"}
    assert encoding.encode_row(texts) == encoding.encode_row(ROW)


@pytest.mark.parametrize(("text", "is_wet"), [("1", 1.0), ("TRUE", 1.0), ("0", 0.0), ("False", 0.0)])
def test_truth_is_spelled_as_in_landed_text(encoding, text, is_wet):
    assert encoding.encode_row(ROW | {"is_wet": text})[4] == is_wet


def test_a_number_of_json_is_whole_whatever_its_form_and_holds_no_more_than_64_bits():
    column = InputColumn(name="clock", type="integer")
    assert [column.parse(value) for value in (5, 5.0, 2**63 - 1, -(2**63))] == [5, 5, 2**63, -(2**63)]
    for value in (2**63, -(2**63) - 1, 1e20, 5.5, "5.0"):
        with pytest.raises(RowRefused, match="whole number"):
            column.parse(value)


def test_unseen_levels_get_a_code_of_their_own_and_the_prior(encoding):
    assert encoding.encode_row(ROW | {"kind": "z"})[1:3] == [2.0, 0.3]


def test_missing_values_become_nan_and_a_missing_rate_the_prior(encoding):
    encoded = encoding.encode_row(dict.fromkeys(ROW))
    assert encoded[2] == 0.3
    assert all(math.isnan(value) for index, value in enumerate(encoded) if index != 2)


@pytest.mark.parametrize(
    ("change", "column"),
    [
        ({"clock": "late"}, "clock"),
        ({"clock": 17.5}, "clock"),
        ({"clock": True}, "clock"),
        ({"clock": float("inf")}, "clock"),
        ({"clock": 10**400}, "clock"),
        ({"clock": ["1745"]}, "clock"),
        ({"kind": 3}, "kind"),
        ({"at": "first of May"}, "at"),
        ({"at": 20130601}, "at"),
        ({"at": "9999-12-31T23:00:00-14:00"}, "at"),
        ({"is_wet": "maybe"}, "is_wet"),
        ({"is_wet": 1}, "is_wet"),
        ({"extra": 1}, "extra"),
    ],
)
def test_a_wrong_field_of_a_row_is_refused_by_name(encoding, change, column):
    with pytest.raises(RowRefused, match=column) as refused:
        encoding.encode_row(ROW | change)
    assert refused.value.column == column


def test_an_absent_field_of_a_row_is_refused_by_name(encoding):
    with pytest.raises(RowRefused, match=r"clock.*missing"):
        encoding.encode_row({name: value for name, value in ROW.items() if name != "clock"})


def test_an_encoding_is_read_back_as_it_was_written(encoding):
    assert json.loads(json.dumps(encoding.to_dict())) == DOCUMENT


def test_a_feature_without_its_input_column_is_refused():
    columns = [column for column in DOCUMENT["input_columns"] if column["name"] != "kind"]
    with pytest.raises(ArtifactCorrupt, match=r"input_columns.*kind"):
        Encoding.from_dict(DOCUMENT | {"input_columns": columns})


@pytest.mark.parametrize(
    ("feature", "words"),
    [
        ({"transform": "number", "spread": 0}, r"features\[0\]\.spread is 0: it must be above 0"),
        ({"transform": "frequency", "prior": 0, "rates": [1]}, r"features\[0\]\.rates .*an object"),
        ({"transform": "frequency", "prior": 0, "rates": {"a": 2}}, r"rates\.a is 2: .*from 0 to 1"),
        ({"transform": "bucket", "edges": [2, 1]}, r"features\[0\]\.edges .*rise strictly"),
    ],
)
def test_a_fit_that_makes_no_sense_is_refused_by_its_field(feature, words):
    with pytest.raises(ArtifactCorrupt, match=words):
        Encoding.from_dict(DOCUMENT | {"features": [{"name": "f", "column": "clock", **feature}]})


def test_the_largest_number_of_32_bits_is_one() -> None:
    largest = struct.unpack("<f", b"\xff\xff\x7f\x7f")[0]
    column = InputColumn(name="distance", type="number")
    assert [column.parse(value) for value in (largest, -largest)] == [largest, -largest]
    with pytest.raises(RowRefused, match="32 bits"):
        column.parse(math.nextafter(largest, math.inf))


@pytest.mark.parametrize("text", ["2200-12-31T23:30:00-01:00", "1900-01-01T00:30:00+01:00"])
def test_the_year_of_a_moment_is_that_of_utc_as_in_training(text: str) -> None:
    with pytest.raises(RowRefused, match=r"^at is .*1900 to 2200, in UTC"):
        InputColumn(name="at", type="timestamp").parse(text)
    other = text.replace("-01:00", "+01:00") if "-01:00" in text else text.replace("+01:00", "-01:00")
    assert InputColumn(name="at", type="timestamp").parse(other)


@pytest.mark.parametrize("value", [3.5e38, -1e300, 10**400, float("inf")])
def test_a_number_that_32_bits_cannot_hold_is_refused_by_its_field(value: float) -> None:
    with pytest.raises(RowRefused, match=r"^distance is .*32 bits"):
        InputColumn(name="distance", type="number").parse(value)
