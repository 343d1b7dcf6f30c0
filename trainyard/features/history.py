"""Values as of a time from the offline store's lines: the newest at or before a moment, and nothing later."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from contracts.failures import ArtifactCorrupt, DataMissing
from contracts.feature_group import EVENT_TIME, RECORD_ID

INVOKED, WRITTEN, DELETED = "api_invocation_time", "write_time", "is_deleted"
SERVICE = (INVOKED, WRITTEN, DELETED)
MOMENT = "as_of"
INSTANT = pa.timestamp("us", tz="UTC")
Integers = npt.NDArray[np.int64]


def read_history(folder: Path, until: datetime) -> pa.Table:
    """The lines below a copy of the store, without hours that begin after `until`.

    Raises DataMissing without any, ArtifactCorrupt naming the file and the column that no store has so.
    """
    found = sorted(folder.rglob("*.parquet"))
    paths = [path for path in found if not _is_later(path, until)]
    if not paths:
        begins = f" (its first is {found[0].relative_to(folder).parent})" if found else ""
        raise DataMissing(
            f"{folder} holds no Parquet file up to {until:%Y-%m-%dT%HZ}{begins}: name a copy of the group's "
            "ResolvedOutputS3Uri, or a later moment"
        )
    try:
        return pa.concat_tables([_lines(path) for path in paths], promote_options="default")
    except (pa.ArrowInvalid, pa.ArrowTypeError) as error:
        rule = f"its files are not of one feature group: {error}"
        raise ArtifactCorrupt.about(str(folder), f"{len(paths)} files", rule) from error


def values_as_of(history: pa.Table, at: datetime, known_by: datetime | None = None) -> pa.Table:
    """The values of every record that held at a moment; records deleted or not written by then are absent."""
    record_ids = pc.unique(history[RECORD_ID])
    events = pa.table({RECORD_ID: record_ids, MOMENT: pa.array([at] * len(record_ids), INSTANT)})
    answer = values_for(history, events, known_by)
    return answer.filter(pc.is_valid(answer[EVENT_TIME])).drop_columns([MOMENT])


def values_for(history: pa.Table, events: pa.Table, known_by: datetime | None = None) -> pa.Table:
    """For each event (`record_id`, `as_of`) the values that held then, in the events' order; nulls where the
    record was deleted or not yet written.

    Of lines of one record and event time the one invoked last counts, then the one written last.
    """
    if known_by is not None:
        history = history.filter(pc.less_equal(history[INVOKED].cast(INSTANT), pa.scalar(known_by, INSTANT)))
    history = _newest_of_each_moment(history)
    found = _positions(history, events)
    is_deleted = np.asarray(history[DELETED].to_numpy(zero_copy_only=False), dtype=bool)
    if len(is_deleted):
        found = np.where((found >= 0) & ~is_deleted[np.maximum(found, 0)], found, -1)
    taken = history.drop_columns([RECORD_ID, *SERVICE]).take(pa.array(found, mask=found < 0))
    columns = {name: events[name] for name in (RECORD_ID, MOMENT)}
    return pa.table(columns | dict(zip(taken.column_names, taken.columns, strict=True)))


def _newest_of_each_moment(history: pa.Table) -> pa.Table:
    """Ordered by record, event time, invocation and writing; of one record and event time only the last."""
    moments = instants(history[EVENT_TIME])
    codes, _ = _codes(history[RECORD_ID], history[RECORD_ID])
    keys = [_as_integers(history[name].cast(INSTANT)) for name in (WRITTEN, INVOKED)]
    order = np.lexsort([*keys, moments, codes])
    codes, moments = codes[order], moments[order]
    is_last = np.ones(len(order), dtype=bool)
    is_last[:-1] = (codes[1:] != codes[:-1]) | (moments[1:] != moments[:-1])
    return history.take(pa.array(order[is_last]))


def _positions(history: pa.Table, events: pa.Table) -> Integers:
    """The line of the history that each event finds, -1 where there is none."""
    codes, wanted = _codes(history[RECORD_ID], events[RECORD_ID])
    moments = instants(history[EVENT_TIME])
    steps = np.unique(moments)
    width = len(steps) + 1
    keys = codes * width + np.searchsorted(steps, moments) + 1
    order = np.argsort(keys)
    asked = wanted * width + np.searchsorted(steps, instants(events[MOMENT]), side="right")
    places = np.searchsorted(keys[order], asked, side="right") - 1
    is_own = (places >= 0) & (wanted >= 0)
    is_own[is_own] = codes[order][places[is_own]] == wanted[is_own]
    return np.where(is_own, order[np.maximum(places, 0)] if len(order) else -1, -1)


def _codes(known: pa.ChunkedArray, asked: pa.ChunkedArray) -> tuple[Integers, Integers]:
    """The records of both by number; -1 for one that the first does not have."""
    names = pc.unique(known)
    return _codes_in(names, known), _codes_in(names, asked)


def _codes_in(names: pa.Array, column: pa.ChunkedArray) -> Integers:
    return np.asarray(pc.fill_null(pc.index_in(column, value_set=names), -1).to_numpy(), dtype=np.int64)


def instants(column: pa.ChunkedArray) -> Integers:
    """Event times as microseconds since 1970: ISO 8601 texts, seconds as numbers, or timestamps."""
    if pa.types.is_floating(column.type):
        return np.round(np.asarray(column.to_numpy()) * 1e6).astype(np.int64)
    return _as_integers(column.cast(INSTANT))


def _as_integers(column: pa.ChunkedArray) -> Integers:
    return np.asarray(column.cast(pa.int64()).to_numpy(), dtype=np.int64)


def _lines(path: Path) -> pa.Table:
    table = read_table(path)
    require_columns(path, table, (RECORD_ID, EVENT_TIME, *SERVICE))
    for name in (EVENT_TIME, INVOKED, WRITTEN):
        try:
            instants(table[name])
        except (pa.ArrowInvalid, pa.ArrowNotImplementedError) as error:
            raise ArtifactCorrupt.about(f"{path}, column {name}", str(error), "no moments") from error
    kind = table.schema.field(DELETED).type
    if not pa.types.is_boolean(kind):
        raise ArtifactCorrupt.about(f"{path}, column {DELETED}", str(kind), "it must be true or false")
    return table


def read_table(path: Path) -> pa.Table:
    """A Parquet file; raises ArtifactCorrupt naming it."""
    try:
        with path.open("rb") as file:
            return pq.read_table(file)
    except pa.ArrowInvalid as error:
        raise ArtifactCorrupt(f"{path} is no whole Parquet file: {error}") from error


def require_columns(path: Path, table: pa.Table, wanted: Sequence[str]) -> None:
    """Raises ArtifactCorrupt for a file without a column, or with a hole in it."""
    absent = [name for name in wanted if name not in table.column_names]
    if absent:
        raise ArtifactCorrupt.about(
            str(path), table.column_names, f"columns are missing: {', '.join(absent)}"
        )
    for name in wanted:
        if table[name].null_count:
            holes = f"{table[name].null_count} nulls"
            raise ArtifactCorrupt.about(f"{path}, column {name}", holes, "every row must have a value")


def _is_later(path: Path, until: datetime) -> bool:
    """Whether the hour that the file lies under begins after a moment; a file under no hour may hold any."""
    parts = dict(part.split("=", 1) for part in path.parts if "=" in part)
    try:
        year, month, day, at = (int(parts[name]) for name in ("year", "month", "day", "hour"))
        hour = datetime(year, month, day, at, tzinfo=UTC)
    except (KeyError, ValueError):
        return False
    return hour > until
