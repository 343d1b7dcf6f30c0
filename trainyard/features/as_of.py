"""`trainyard features as-of FOLDER`: the values of a copy of the offline store as they held at a time."""

from __future__ import annotations

import argparse
import json
import sys
from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from contracts.failures import ConfigurationRejected
from contracts.feature_group import RECORD_ID
from trainyard.features.history import (
    INSTANT,
    MOMENT,
    read_history,
    read_table,
    require_columns,
    values_as_of,
    values_for,
)

ROWS_SHOWN = 20


def add_parser(verbs: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Declares the verb."""
    verb = verbs.add_parser("as-of", help="values as of a time, without what came later", description=__doc__)
    verb.add_argument("folder", type=Path, metavar="FOLDER", help="a copy of the group's ResolvedOutputS3Uri")
    when = verb.add_mutually_exclusive_group(required=True)
    when.add_argument(
        "--at", type=moment, metavar="TIME", help="one for all records, as 2013-06-01T00:00:00Z"
    )
    when.add_argument(
        "--events", type=Path, metavar="FILE", help=f"Parquet with {RECORD_ID} and {MOMENT}: a moment each"
    )
    verb.add_argument("--known-by", type=moment, metavar="TIME", help="leave out what was written later")
    shown = verb.add_mutually_exclusive_group()
    shown.add_argument("--out", type=Path, metavar="FILE", help="Parquet; else the first rows are shown")
    shown.add_argument("--json", action="store_true", help="print all rows as JSON")
    verb.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """0: done. Raises DataMissing, ArtifactCorrupt, ConfigurationRejected or OSError for unreadable files."""
    if arguments.events:
        events = read_events(arguments.events)
        latest = pc.max(events[MOMENT]).as_py() or datetime.now(UTC)
        answer = values_for(read_history(arguments.folder, latest), events, arguments.known_by)
    else:
        history = read_history(arguments.folder, arguments.at)
        answer = values_as_of(history, arguments.at, arguments.known_by)
    if arguments.json:
        sys.stdout.write(json.dumps(answer.to_pylist(), indent=2, default=str) + "\n")
        return 0
    if arguments.out:
        pq.write_table(answer, arguments.out)
    else:
        for row in answer.slice(0, ROWS_SHOWN).to_pylist():
            sys.stdout.write(" ".join(f"{name}={value}" for name, value in row.items()) + "\n")
    sys.stdout.write(f"{answer.num_rows} records\n")
    return 0


def read_events(path: Path) -> pa.Table:
    """The events of a Parquet file; a moment without an offset would be a guess, so it is refused."""
    table = read_table(path)
    require_columns(path, table, (RECORD_ID, MOMENT))
    kind = table.schema.field(MOMENT).type
    if not (pa.types.is_timestamp(kind) and kind.tz):
        rule = "moments must be timestamps with a time zone"
        remedy = "Write them in UTC (pandas: dt.tz_localize)"
        raise ConfigurationRejected.about(f"{path.name}, column {MOMENT}", str(kind), rule, remedy)
    return pa.table({RECORD_ID: table[RECORD_ID].cast(pa.string()), MOMENT: table[MOMENT].cast(INSTANT)})


def moment(text: str) -> datetime:
    """A moment in ISO 8601 with its offset."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        found = None
    if found is None or found.tzinfo is None:
        raise argparse.ArgumentTypeError(f"{text!r} is no moment with its offset: 2013-06-01T00:00:00Z")
    return found.astimezone(UTC)
