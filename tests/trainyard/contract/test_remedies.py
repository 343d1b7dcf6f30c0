"""What `contract check` advises where a spelling, or the type of a column, tells why a value is refused."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

TYPES = ["integer", "number", "boolean", "timestamp"]
DOCUMENT = {
    "name": "x",
    "version": 1,
    "formats": {"parquet": {}, "csv": {"encoding": "utf-8", "delimiter": ";"}},
    "columns": [
        {"name": name, "type": kind, "is_known_before_prediction": name != "y"}
        for name, kind in [("t", "timestamp"), ("y", "number"), *((one, one) for one in TYPES)]
    ],
    "target": {"name": "late", "column": "y", "rule": "greater_than", "value": 0.5},
    "features": [{"name": "weekday", "column": "t", "transform": "day_of_week"}],
    "segments": [],
    "event_time": "t",
    "primary_key": ["t"],
    "split": {"by": "event_time", "validation_share": 0.15, "test_share": 0.15},
}
GOOD = {"t": "2013-01-01T00:00:00Z", "y": "1", "integer": "", "number": "", "boolean": "", "timestamp": ""}
INT64 = "write them as Int64, or call them number"


@pytest.fixture
def advice(trainyard: Any, tmp_path: Path) -> Any:
    """The lines of advice on a file."""

    def run(path: Path) -> list[str]:
        (tmp_path / "contract.json").write_text(json.dumps(DOCUMENT))
        answer = trainyard("contract", "check", "--contract", tmp_path / "contract.json", path)
        assert answer.code == 1 and answer.err == ""
        return [line.strip() for line in answer.out.splitlines() if "→" in line]

    return run


@pytest.mark.parametrize(
    ("column", "value", "words"),
    [
        ("number", "NA", 'where "NA" means no value, list it in formats.csv.null_values of the contract'),
        ("integer", "?", 'where "?" means no value, list it in formats.csv.null_values of the contract'),
        ("integer", "19.0", f"pandas writes whole numbers so where others are missing: {INT64}"),
        ("number", "1.234,5", "write a point for the decimal comma"),
        ("timestamp", "2013-01-01 05:00:00", "write the offset of its time, Z for UTC"),
        ("timestamp", "2013-01-01", "write the offset of its time, Z for UTC"),
        ("boolean", "Yes", "call the column categorical: a target may equal one of its texts"),
    ],
)
def test_text_that_is_spelled_in_a_known_way_is_followed_by_what_to_do(
    advice: Any, tmp_path: Path, column: str, value: str, words: str
) -> None:
    row = GOOD | {column: value}
    (tmp_path / "x.csv").write_text(f"{';'.join(row)}\n{';'.join(row.values())}\n")
    assert advice(tmp_path / "x.csv") == [f"→ {column}: {words}"]


@pytest.mark.parametrize(
    ("column", "values", "words"),
    [
        ("number", pa.nulls(2), "give the column its type"),
        ("integer", pa.array([1.0, None]), INT64),
        ("timestamp", pa.array(["2013-01-01", None]), "to_datetime with utc=True)"),
        ("timestamp", pa.array([1400269500, None]), "to_datetime with unit and utc=True)"),
        ("number", pa.array(["1", "2"]), "or call the column categorical or text"),
    ],
)
def test_a_column_of_parquet_of_a_known_other_type_is_followed_by_what_to_do(
    advice: Any, tmp_path: Path, column: str, values: pa.Array, words: str
) -> None:
    moments = pa.array([0, 1], pa.timestamp("us", "UTC"))
    types = {"integer": pa.int64(), "number": pa.float64(), "boolean": pa.bool_(), "timestamp": moments.type}
    columns = {one: pa.nulls(2, kind) for one, kind in types.items()} | {column: values}
    pq.write_table(pa.table({"t": moments, "y": [0.0, 1.0], **columns}), tmp_path / "x.parquet")
    (line,) = advice(tmp_path / "x.parquet")
    assert line.startswith(f"→ {column}: ") and line.endswith(words)


def test_columns_of_the_same_advice_share_a_line(advice: Any, tmp_path: Path) -> None:
    row = GOOD | dict.fromkeys(("y", *TYPES), "NA")
    (tmp_path / "x.csv").write_text(f"{';'.join(row)}\n{';'.join(row.values())}\n")
    (line,) = advice(tmp_path / "x.csv")
    assert line.startswith("→ y, integer, number and 2 more: where")


@pytest.mark.parametrize("value", ["late", "1,234,567", "x" * 200])
def test_what_tells_no_reason_is_left_without_advice(advice: Any, tmp_path: Path, value: str) -> None:
    row = GOOD | {"number": value}
    (tmp_path / "x.csv").write_text(f"{';'.join(row)}\n{';'.join(row.values())}\n")
    assert advice(tmp_path / "x.csv") == []
