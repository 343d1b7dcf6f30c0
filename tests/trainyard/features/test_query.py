"""The query of docs/feature-store.md, on SQLite's window functions: it answers as `features as-of` does."""

from __future__ import annotations

import re
import sqlite3
from pathlib import Path
from typing import Any

from hypothesis import given, settings

from tests.trainyard.features.test_as_of import LINES, Line, at, table
from trainyard.features.history import values_as_of

PAGE = Path(__file__).resolve().parents[3] / "docs/feature-store.md"
[QUERY] = re.findall(r"```sql\n(.*?)```", PAGE.read_text(), re.DOTALL)
MOMENT = "2013-09-01T00:00:00.000Z"
STEP = 3


def answered(lines: list[Line]) -> dict[str, Any]:
    """What the page's query answers, asked about a moment of these lines."""
    history = table(lines)
    connection = sqlite3.connect(":memory:")
    connection.execute(f"CREATE TABLE offline_store ({', '.join(history.column_names)})")
    stamps = {name: history[name].cast("string") for name in ("write_time", "api_invocation_time")}
    for name, texts in stamps.items():
        history = history.set_column(history.column_names.index(name), name, texts)
    rows = [tuple(row.values()) for row in history.to_pylist()]
    connection.executemany("INSERT INTO offline_store VALUES (?, ?, ?, ?, ?, ?)", rows)
    query = QUERY.replace(MOMENT, f"{at(STEP):%Y-%m-%dT%H:%M:%S.000Z}")
    found = {row[0]: row[2] for row in connection.execute(query)}
    connection.close()
    return found


def without_full_ties(lines: list[Line]) -> list[Line]:
    """Of lines equal in record and all three times any may count, so one is enough."""
    return list({line[:4]: line for line in lines}.values())


@settings(max_examples=200, deadline=None)
@given(LINES)
def test_the_query_of_the_page_answers_as_the_command_does(lines: list[Line]) -> None:
    told_apart = without_full_ties(lines)
    expected = values_as_of(table(told_apart), at(STEP)).to_pylist()
    assert answered(told_apart) == {row["record_id"]: row["value"] for row in expected}
