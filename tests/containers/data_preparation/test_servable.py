"""What a column may hold and what the endpoint takes: the job reads the first and refuses what is not the
second, before anything is trained on it."""

from __future__ import annotations

import csv
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from contracts.dataset import Contract, Target
from contracts.encoding import Encoding, FittedFeature, InputColumn, RowRefused
from contracts.failures import DataRejected
from functions.data_preparation.validate_schema.validation import validate
from tests.corpus.broken_files import InMemory
from tests.corpus.odd_contract import csv_of, feature_contract_of
from tests.corpus.servable_values import ALLOWED, BEYOND, IN_RANGE, IN_TEXT
from tests.corpus.test_odd_parquet import NO_UTF8, parquet_of
from tests.corpus.test_odd_text import QUOTES

MOMENT = datetime(2013, 4, 1, tzinfo=UTC)
REFUSED = {
    "distance": [np.inf, -np.inf, 1e39, -3.5e38],
    "time_hour": [datetime(1582, 10, 10, tzinfo=UTC), datetime(9999, 12, 31, tzinfo=UTC)],
}
TYPES = {"distance": pa.float64(), "time_hour": pa.timestamp("us", "UTC")}


def batch_of(contract: Contract, **values: list[Any]) -> pa.RecordBatch:
    """One row a value: its column as given, the other inputs null."""
    from features.landed import ARROW_TYPES

    rows = len(next(iter(values.values())))
    return pa.RecordBatch.from_pydict(
        {
            one.name: pa.array(values.get(one.name, [None] * rows), ARROW_TYPES[one.type])
            for one in contract.input_columns
        }
    )


@pytest.fixture
def flights(contract_file: Any) -> Contract:
    return Contract.from_json(contract_file.read_text())


@pytest.mark.parametrize(("column", "value"), [(name, one) for name, some in REFUSED.items() for one in some])
def test_what_the_endpoint_would_refuse_is_refused_before_training(
    flights: Contract, column: str, value: Any
) -> None:
    from features.servable import refuse_unservable

    typed = InputColumn(name=column, type=flights.column(column).type)
    with pytest.raises(RowRefused):
        typed.parse(value)
    with pytest.raises(DataRejected, match=rf"x\.parquet, column {column} is .*endpoint"):
        refuse_unservable("x.parquet", batch_of(flights, **{column: [None, value]}), flights)


def test_what_the_endpoint_takes_is_let_pass_at_the_bounds(flights: Contract) -> None:
    from features.servable import refuse_unservable

    years = [datetime(1900, 1, 1, tzinfo=UTC), datetime(2200, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC)]
    refuse_unservable("x", batch_of(flights, time_hour=[*years, None]), flights)
    refuse_unservable("x", batch_of(flights, distance=[3.4e38, -3.4e38, np.nan, None]), flights)


def test_a_sentinel_date_ends_the_job_as_rejected_data(job: Any, landed: Any, contract_file: Any) -> None:
    from features.engine import OneMachine
    from features.paths import Paths
    from features.prepare import prepare

    job.put(contract_file, "processing/input/contract/contract.json")
    path = job.put(landed / "2013-04.parquet", "processing/input/landed/2013-04.parquet")
    table = pq.read_table(path)
    moments = pa.array([*table["time_hour"].to_pylist()[1:], datetime(9999, 12, 31, tzinfo=UTC)])
    place = table.schema.get_field_index("time_hour")
    pq.write_table(table.set_column(place, "time_hour", moments), path)
    with pytest.raises(DataRejected, match=r"time_hour is .9999-12-31.*1900 to 2200"):
        prepare(Paths(job.root), OneMachine())


@pytest.mark.parametrize("level", ["JFK\n", "\r", "J\r\nFK"])
def test_a_level_of_several_lines_is_refused(flights: Contract, level: str) -> None:
    from features.servable import refuse_unservable

    batch = batch_of(flights, origin=["JFK", None, level])
    with pytest.raises(DataRejected, match=r"x, column origin is .*a level of one line: batch transform"):
        refuse_unservable("x", batch, flights)


def read(content: bytes, name: str, contract: Contract, folder: Path) -> None:
    """As the features job reads and judges a landed file."""
    from features.landed import batches
    from features.servable import refuse_unservable

    (folder / name).write_bytes(content)
    for batch in batches(name, folder / name, contract, ["v", "t", "id"]):
        refuse_unservable(name, batch, contract)


@pytest.mark.parametrize("name", [*IN_RANGE, *IN_TEXT])
def test_the_job_takes_what_the_gate_takes(tmp_path: Path, name: str) -> None:
    if name in IN_RANGE:
        kind, values, _ = IN_RANGE[name]
        read(parquet_of(values), "x.parquet", feature_contract_of(kind), tmp_path)
    elif not IN_TEXT[name][2]:
        kind, texts, _ = IN_TEXT[name]
        read(csv_of(*texts), "x.csv", feature_contract_of(kind), tmp_path)


@pytest.mark.parametrize("name", BEYOND)
@pytest.mark.parametrize("use_dictionary", [True, False])
def test_the_job_refuses_with_the_words_of_the_gate_what_that_refuses(
    tmp_path: Path, name: str, use_dictionary: bool
) -> None:
    kind, values, seen = BEYOND[name]
    content = parquet_of(values, use_dictionary=use_dictionary)
    with pytest.raises(DataRejected) as refused:
        read(content, "x.parquet", feature_contract_of(kind), tmp_path)
    expected = f"x.parquet, column v is {seen[0]}: it must be a {ALLOWED[kind]}. Mend it, or land it as null"
    assert refused.value.message == expected


def test_quotes_out_of_place_are_read_as_the_gate_reads_them(tmp_path: Path) -> None:
    from features.landed import batches

    (tmp_path / "x.csv").write_bytes(csv_of(*QUOTES, "plain"))
    (batch,) = batches("x.csv", tmp_path / "x.csv", feature_contract_of("text"), ["v"])
    assert batch["v"].to_pylist() == [*QUOTES.values(), "plain"]


def test_moments_of_96_bits_are_those_that_were_written(tmp_path: Path) -> None:
    """In nanoseconds of 64 bits the year 2600 would be 2015."""
    content = parquet_of(pa.array([datetime(2600, 1, 1, tzinfo=UTC)]), use_deprecated_int96_timestamps=True)
    with pytest.raises(DataRejected, match=r'column v is "2600-01-01T00:00:00Z"'):
        read(content, "x.parquet", feature_contract_of("timestamp"), tmp_path)


@pytest.mark.parametrize("kind", ["text", "categorical"])
@pytest.mark.parametrize("use_dictionary", [True, False])
def test_text_that_is_no_utf_8_and_that_no_footer_shows_is_refused_by_name(
    tmp_path: Path, kind: str, use_dictionary: bool
) -> None:
    content, contract = parquet_of(NO_UTF8, use_dictionary=use_dictionary), feature_contract_of(kind)
    assert validate("x.parquet", InMemory(content), contract).is_valid
    with pytest.raises(DataRejected, match=r"x\.parquet, column v is .*no UTF-8"):
        read(content, "x.parquet", contract, tmp_path)


def test_a_text_of_several_lines_is_one_line_of_the_hold_out(tmp_path: Any, contract_file: Any) -> None:
    from features.hold_out import HoldOut, join

    document = json.loads(contract_file.read_text())
    for column in document["columns"]:
        column["is_known_before_prediction"] |= column["name"] == "tailnum"
    document["features"].append({"name": "words", "column": "tailnum", "transform": "word_count"})
    contract = Contract.from_dict(document)
    batch = batch_of(contract, tailnum=["two\nlines", 'and "\r\nmore"', None], time_hour=[MOMENT] * 3)
    held_out = HoldOut(tmp_path / "data/test", 0, contract)
    held_out.add(batch, np.zeros(3, np.int8), {"feature": "words", "probabilities": np.zeros(3)})
    held_out.close()
    join([held_out], tmp_path)
    lines = (tmp_path / "inputs/inputs.csv").read_bytes().decode().split("\n")
    place = [column.name for column in contract.input_columns].index("tailnum")
    texts = [next(csv.reader([line]))[place] for line in lines[:-1]]
    assert texts == ["two lines", 'and "  more"', ""] and lines[-1] == ""


def test_a_single_input_that_is_missing_still_is_a_row_of_the_hold_out(
    tmp_path: Any, contract_file: Any
) -> None:
    from features.hold_out import HoldOut, join

    document = json.loads(contract_file.read_text()) | {"segments": []}
    document["features"] = [{"name": "moment", "column": "time_hour", "transform": "month"}]
    contract = Contract.from_dict(document)
    held_out = HoldOut(tmp_path / "data/test", 0, contract)
    batch = pa.RecordBatch.from_pydict({"time_hour": pa.array([MOMENT, None], pa.timestamp("us", "UTC"))})
    held_out.add(batch, np.zeros(2, np.int8), {"feature": "moment", "probabilities": np.zeros(2)})
    held_out.close()
    join([held_out], tmp_path)
    rows = list(csv.reader((tmp_path / "inputs/inputs.csv").read_text().splitlines(), strict=True))
    column = InputColumn(name="time_hour", type="timestamp")
    assert [column.parse(value) for (value,) in rows] == [MOMENT, None]


WHOLE = [2**53 + 1, -(2**60) - 1, 2**62, None]


def test_whole_numbers_beyond_doubles_are_those_of_a_request() -> None:
    from features.encode import encode_batch
    from features.measures import Measures

    feature = FittedFeature(name="f", column="c", transform="number", center=1.0, spread=7.0)
    columns = (InputColumn(name="c", type="integer"),)
    coded = Encoding(dataset="d", contract_version=1, target="t", input_columns=columns, features=(feature,))
    batch = pa.RecordBatch.from_pydict({"c": pa.array(WHOLE, pa.int64())})
    rows = np.array([coded.encode_row({"c": value}) for value in WHOLE], dtype=np.float32)
    assert np.array_equal(encode_batch(coded, Measures(batch)), rows.T, equal_nan=True)


def test_labels_of_whole_numbers_beyond_doubles_are_compared_too() -> None:
    from features.label import labelled

    batch = pa.RecordBatch.from_pydict({"y": pa.array([2**60, None, 3])})
    target = Target(name="t", column="y", rule="greater_than", value=3.5)
    assert labelled(batch, target)[1].tolist() == [1, 0]


def test_moments_of_nanoseconds_are_those_of_their_microsecond(tmp_path: Any, contract_file: Any) -> None:
    from features.landed import batches

    path, before_1970 = tmp_path / "x.parquet", pa.array([-1, 1_999], pa.timestamp("ns", "UTC"))
    pq.write_table(pa.table({"time_hour": before_1970}), path, version="2.6")
    contract = Contract.from_dict(json.loads(contract_file.read_text()))
    (batch,) = batches("x", path, contract, ["time_hour"])
    assert batch["time_hour"].cast(pa.int64()).to_pylist() == [-1, 1]
