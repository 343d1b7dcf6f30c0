"""Encoding by column equals encoding by row, so a model is served with what it was trained on."""

from __future__ import annotations

import csv
import math
from datetime import UTC, datetime

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from contracts.encoding import Encoding, FittedFeature, InputColumn
from contracts.transforms import CALENDAR

MOMENTS = [datetime(2012, 12, 31, 23, 30, tzinfo=UTC), datetime(2013, 1, 1, 4, 0, tzinfo=UTC), None]


def encoding(*features: FittedFeature, **types: str) -> Encoding:
    columns = tuple(InputColumn(name=name, type=kind) for name, kind in types.items())
    return Encoding(dataset="d", contract_version=1, target="t", input_columns=columns, features=features)


def both(coded: Encoding, columns: dict[str, pa.Array]) -> tuple[list[float], list[float]]:
    from features.encode import encode_batch
    from features.measures import Measures

    batch = pa.RecordBatch.from_pydict(columns)
    rows = [[float(np.float32(x)) for x in coded.encode_row(row)] for row in batch.to_pylist()]
    return encode_batch(coded, Measures(batch))[0].tolist(), [row[0] for row in rows]


@pytest.mark.parametrize(
    ("feature", "kind", "values"),
    [
        (FittedFeature(name="f", column="c", transform="number"), "number", [1.5, None, -3.0]),
        (FittedFeature(name="f", column="c", transform="number"), "boolean", [True, None, False]),
        (FittedFeature(name="f", column="c", transform="clock_hours"), "integer", [515, 2359, None, 0]),
        (
            FittedFeature(name="f", column="c", transform="category", levels=("a", "b")),
            "categorical",
            ["b", "x", None],
        ),
        (
            FittedFeature(name="f", column="c", transform="target_rate", rates={"a": 0.25}, prior=0.5),
            "categorical",
            ["a", "x", None],
        ),
        *[
            (FittedFeature(name="f", column="c", transform=part, utc_offset_hours=-5), "timestamp", MOMENTS)
            for part in sorted(CALENDAR)
        ],
        (
            FittedFeature(name="f", column="c", transform="signed_log", center=1.5, spread=0.25),
            "number",
            [0.0, -7.5, None, 1e6],
        ),
        (FittedFeature(name="f", column="c", transform="number", missing=2.5, center=1), "number", [4, None]),
        (
            FittedFeature(name="f", column="c", transform="bucket", edges=(1.0, 2.0)),
            "number",
            [0, 1, 9, None],
        ),
        (
            FittedFeature(name="f", column="c", transform="one_hot", levels=("a",)),
            "categorical",
            ["a", "b", None],
        ),
        (
            FittedFeature(name="f", column="c", transform="one_hot", levels=("a",), is_other=True),
            "categorical",
            ["a", "b", None, ""],
        ),
        (
            FittedFeature(name="f", column="c", transform="frequency", rates={"a": 0.75}),
            "categorical",
            ["a", "z", None],
        ),
        (FittedFeature(name="f", column="c", transform="text_length"), "text", ["naïve 東京", "", None]),
        (FittedFeature(name="f", column="c", transform="word_count"), "text", [" two  words\n", "-", None]),
        (FittedFeature(name="f", column="c", transform="is_missing"), "text", ["x", "", None]),
        (FittedFeature(name="f", column="c", transform="is_missing"), "number", [1.0, None]),
        (FittedFeature(name="f", column="c", transform="is_missing"), "integer", [1, None]),
    ],
)
def test_every_transform_gives_the_same_by_column_and_by_row(feature, kind, values):
    from features.landed import ARROW_TYPES

    by_column, by_row = both(encoding(feature, c=kind), {"c": pa.array(values, ARROW_TYPES[kind])})
    assert np.allclose(by_column, by_row, rtol=1e-7, atol=0, equal_nan=True)
    assert Encoding.from_dict(encoding(feature, c=kind).to_dict()).features[0] == feature


def test_the_hold_out_of_real_flights_is_encoded_alike(prepared):
    from features.encode import encode_batch
    from features.landed import ARROW_TYPES
    from features.measures import Measures

    coded = Encoding.from_dict(prepared.read("processing/output/data/encoding/encoding.json"))
    names = [column.name for column in coded.input_columns]
    with (prepared.root / "processing/output/data/test/inputs/inputs.csv").open() as file:
        rows = [dict(zip(names, fields, strict=True)) for fields in csv.reader(file)][:500]
    typed = {
        c.name: pa.array([c.parse(r[c.name]) for r in rows], ARROW_TYPES[c.type]) for c in coded.input_columns
    }
    expected = np.array([coded.encode_row(row) for row in rows], dtype=np.float32)
    measures = Measures(pa.RecordBatch.from_pydict(typed))
    assert np.array_equal(encode_batch(coded, measures), expected.T, equal_nan=True)


def test_what_is_no_number_is_missing():
    from features.encode import encode_batch
    from features.measures import Measures

    coded = encoding(FittedFeature(name="f", column="c", transform="is_missing"), c="number")
    rows = pa.RecordBatch.from_pydict({"c": pa.array([1.0, math.nan, None])})
    assert encode_batch(coded, Measures(rows)).tolist() == [[0.0, 1.0, 1.0]]


def test_the_weekend_is_saturday_and_sunday():
    feature = FittedFeature(name="f", column="c", transform="is_weekend")
    week = pa.array([datetime(2013, 7, day, 12, tzinfo=UTC) for day in range(1, 8)])  # from a Monday on
    by_column, by_row = both(encoding(feature, c="timestamp"), {"c": week})
    assert by_column == by_row == [0.0] * 5 + [1.0] * 2


def test_local_time_decides_the_weekday_of_late_evenings():
    feature = FittedFeature(name="f", column="c", transform="day_of_week", utc_offset_hours=-5)
    by_column, _ = both(
        encoding(feature, c="timestamp"), {"c": pa.array(MOMENTS, pa.timestamp("us", tz="UTC"))}
    )
    assert by_column[:2] == [0.0, 0.0], "Monday evening in New York is Tuesday in UTC"
    assert math.isnan(by_column[2])


def test_features_are_complete_without_what_is_known_after_departure(prepared, landed, contract_file):
    from features.encode import encode_batch
    from features.measures import Measures

    from contracts.dataset import Contract

    contract = Contract.from_json(contract_file.read_bytes())
    coded = Encoding.from_dict(prepared.read("processing/output/data/encoding/encoding.json"))
    batch = pq.read_table(landed / "2013-04.parquet").to_batches()[0].slice(0, 1_000)
    early = batch.select([c.name for c in contract.columns if c.is_known_before_prediction])
    assert early.num_columns < batch.num_columns
    assert np.array_equal(encode_batch(coded, Measures(early)), encode_batch(coded, Measures(batch)))
