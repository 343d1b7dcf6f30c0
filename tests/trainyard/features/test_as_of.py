"""Values as of a time, equal to a search by hand over every history; nothing later is ever seen."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contracts.failures import ArtifactCorrupt, DataMissing
from trainyard.features.history import read_history, values_as_of, values_for

START = datetime(2024, 1, 1, tzinfo=UTC)
Line = tuple[str, int, int, int, bool, float | None]
LINES = st.lists(
    st.tuples(
        st.sampled_from("abc"),
        st.integers(0, 6),
        st.integers(0, 4),
        st.integers(0, 4),
        st.booleans(),
        st.none() | st.floats(-9, 9),
    ),
    min_size=1,
    max_size=30,
)


def at(step: int) -> datetime:
    return START + timedelta(minutes=30 * step)


def table(lines: list[Line]) -> pa.Table:
    """Lines as the store keeps them: record, event time, invocation, writing, deletion and one value."""
    stamp = pa.timestamp("ms", tz="UTC")
    return pa.table(
        {
            "record_id": [line[0] for line in lines],
            "event_time": [f"{at(line[1]):%Y-%m-%dT%H:%M:%S.000Z}" for line in lines],
            "value": pa.array([None if line[4] else line[5] for line in lines], pa.float64()),
            "write_time": pa.array([at(line[3]) for line in lines], stamp),
            "api_invocation_time": pa.array([at(line[2]) for line in lines], stamp),
            "is_deleted": [line[4] for line in lines],
        }
    )


def by_hand(lines: list[Line], record: str, moment: int, known_by: int | None = None) -> Any:
    """The value that held, None where none did, by looking at every line; a later line wins a full tie."""
    seen = [
        (line[1], line[2], line[3], place)
        for place, line in enumerate(lines)
        if line[0] == record and line[1] <= moment and (known_by is None or line[2] <= known_by)
    ]
    if not seen:
        return None
    line = lines[max(seen)[-1]]
    return None if line[4] else (line[5],)


def answers(answer: pa.Table) -> list[Any]:
    return [None if row["event_time"] is None else (row["value"],) for row in answer.to_pylist()]


@settings(max_examples=300, deadline=None)
@given(
    LINES,
    st.lists(st.tuples(st.sampled_from("abcz"), st.integers(-1, 8)), min_size=1, max_size=12),
    st.none() | st.integers(0, 5),
)
def test_each_event_finds_what_a_search_by_hand_finds(
    lines: list[Line], asked: list[tuple[str, int]], known_by: int | None
) -> None:
    moments = pa.array([at(moment) for _, moment in asked], pa.timestamp("us", tz="UTC"))
    events = pa.table({"record_id": [record for record, _ in asked], "as_of": moments})
    expected = [by_hand(lines, record, moment, known_by) for record, moment in asked]
    known = None if known_by is None else at(known_by)
    assert answers(values_for(table(lines), events, known)) == expected


@settings(max_examples=100, deadline=None)
@given(LINES, st.integers(0, 7), st.integers(0, 5))
def test_all_records_at_one_moment_are_those_that_were_there_and_known(
    lines: list[Line], moment: int, known_by: int
) -> None:
    rows = values_as_of(table(lines), at(moment), at(known_by)).to_pylist()
    found = {row["record_id"]: (row["value"],) for row in rows}
    expected = {record: by_hand(lines, record, moment, known_by) for record in "abc"}
    assert found == {record: value for record, value in expected.items() if value is not None}


@settings(max_examples=100, deadline=None)
@given(LINES, st.integers(0, 6))
def test_lines_of_later_moments_change_nothing(lines: list[Line], moment: int) -> None:
    earlier = [line for line in lines if line[1] <= moment]
    if earlier:
        seen = values_as_of(table(lines), at(moment)).sort_by("record_id")
        assert seen.equals(values_as_of(table(earlier), at(moment)).sort_by("record_id"))


@pytest.fixture
def store(tmp_path: Path) -> Path:
    lines: list[Line] = [("a", 0, 0, 0, False, 1.0), ("a", 2, 1, 1, False, 2.0), ("b", 4, 1, 1, False, 3.0)]
    for number, line in enumerate(lines):
        hour = tmp_path / f"store/{at(line[1]):year=%Y/month=%m/day=%d/hour=%H}"
        hour.mkdir(parents=True)
        pq.write_table(table([line]), hour / f"{number}.parquet")
    return tmp_path / "store"


def test_hours_after_the_moment_are_not_even_read(store: Path) -> None:
    next(store.rglob("hour=02/*.parquet")).write_bytes(b"no parquet")
    assert read_history(store, at(3)).num_rows == 2
    with pytest.raises(ArtifactCorrupt, match="no whole Parquet file"):
        read_history(store, at(4))


@pytest.mark.parametrize(
    ("name", "values", "words"),
    [
        ("event_time", pa.array([None], pa.string()), r"column event_time is .1 nulls"),
        ("event_time", ["soon"], r"column event_time is .*soon.*: no moments"),
        ("write_time", [True], "column write_time is .*: no moments"),
        ("is_deleted", ["false"], "column is_deleted is .string.: it must be true or false"),
        ("value", ["2.0"], "its files are not of one feature group"),
    ],
)
def test_a_file_that_no_store_writes_is_refused_by_its_column(
    store: Path, name: str, values: Any, words: str
) -> None:
    path = next(store.rglob("hour=01/*.parquet"))
    whole = pq.ParquetFile(path).read()
    pq.write_table(whole.set_column(whole.column_names.index(name), name, pa.array(values)), path)
    with pytest.raises(ArtifactCorrupt, match=words):
        read_history(store, at(4))


def test_event_times_in_seconds_are_moments_too() -> None:
    lines = table([("a", 1, 0, 0, False, 5.0)])
    seconds = pa.array([at(1).timestamp()])
    history = lines.set_column(1, "event_time", seconds)
    assert answers(values_as_of(history, at(1))) == [(5.0,)]
    assert answers(values_as_of(history, at(0))) == []


def test_a_moment_before_the_first_hour_is_refused_with_that_hour(store: Path) -> None:
    with pytest.raises(DataMissing, match=r"its first is year=2024/month=01/day=01/hour=00.: name a copy"):
        read_history(store, START - timedelta(days=1))


def test_the_command_shows_what_held(trainyard: Any, store: Path) -> None:
    answer = trainyard("features", "as-of", store, "--at", "2024-01-01T01:30:00+00:00")
    assert answer.code == 0
    assert answer.out.splitlines() == [
        "record_id=a event_time=2024-01-01T01:00:00.000Z value=2.0",
        "1 records",
    ]


def test_the_command_gives_programs_json(trainyard: Any, store: Path) -> None:
    answer = trainyard("features", "as-of", store, "--at", "2024-01-01T01:30:00+00:00", "--json")
    [row] = json.loads(answer.out)
    assert (answer.code, row["record_id"], row["value"]) == (0, "a", 2.0)


def test_the_command_answers_events_in_their_order(trainyard: Any, store: Path, tmp_path: Path) -> None:
    moments = pa.array([at(5), at(1), at(0)], pa.timestamp("ms", tz="UTC"))
    pq.write_table(pa.table({"record_id": ["b", "a", "b"], "as_of": moments}), tmp_path / "events.parquet")
    out = tmp_path / "out.parquet"
    answer = trainyard("features", "as-of", store, "--events", tmp_path / "events.parquet", "--out", out)
    assert answer.code == 0 and pq.read_table(out)["value"].to_pylist() == [3.0, 1.0, None]


@pytest.mark.parametrize(
    ("events", "message"),
    [
        ({"record_id": ["a"]}, "columns are missing: as_of"),
        ({"record_id": ["a"], "as_of": ["2024-01-01"]}, "with a time zone"),
        ({"record_id": ["a"], "as_of": pa.array([0], pa.timestamp("ms"))}, "with a time zone"),
        ({"record_id": ["a"], "as_of": pa.array([None], pa.timestamp("ms", "UTC"))}, "1 nulls"),
    ],
    ids=["no moments", "moments as text", "moments without a zone", "a hole"],
)
def test_events_that_are_none_are_refused_by_column(
    trainyard: Any, store: Path, tmp_path: Path, events: dict[str, Any], message: str
) -> None:
    pq.write_table(pa.table(events), tmp_path / "events.parquet")
    answer = trainyard("features", "as-of", store, "--events", tmp_path / "events.parquet")
    assert answer.code == 2 and message in answer.err


def test_a_folder_without_lines_and_a_moment_without_offset_are_refused(
    trainyard: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert "no Parquet file" in trainyard("features", "as-of", tmp_path, "--at", "2024-01-01T00:00:00Z").err
    with pytest.raises(SystemExit):
        trainyard("features", "as-of", tmp_path, "--at", "2024-01-01T00:00:00")
    assert "no moment with its offset" in capsys.readouterr().err
