"""Facts about a CSV file in one streaming pass: blocks of whole rows, converted to the contract's types on
all cores; a block that does not convert is read as text, so that the report names the offending values."""

from __future__ import annotations

import math
import os
from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pa_csv

from contracts.dataset import DELIMITERS, Contract
from contracts.document import shown
from contracts.file_report import Violation
from functions.data_preparation.validate_schema.dialect import converting, parsing, reading
from functions.data_preparation.validate_schema.facts import ColumnFacts, FileFacts, Unreadable
from functions.data_preparation.validate_schema.float_extremes import float_extremes
from functions.data_preparation.validate_schema.judged import Judged, judged
from functions.data_preparation.validate_schema.levels import least_of_several_lines
from functions.data_preparation.validate_schema.moments import moment_extremes
from functions.data_preparation.validate_schema.row_ends import row_ends
from functions.data_preparation.validate_schema.text_blocks import (
    Block,
    TextBlocks,
    TextFindings,
    delimiter_of,
    names_in,
    of_file,
    watch,
)
from functions.data_preparation.validate_schema.text_values import add_text, may_hold_hexadecimal

# What the features container's reader takes for each type. A point in time needs its offset: the reader
# refuses to guess one.
TYPES: dict[str, pa.DataType] = {
    "integer": pa.int64(),
    "number": pa.float64(),
    "boolean": pa.bool_(),
    "timestamp": pa.timestamp("us", tz="UTC"),
    "text": pa.string(),
    "categorical": pa.dictionary(pa.int32(), pa.string()),
}
MAX_COLUMNS = 100_000


@dataclass(frozen=True, slots=True)
class _Layout:
    """The columns of the file by position, those of the contract that occur once, how nulls are written."""

    delimiter: str
    nulls: list[str]
    names: list[str]
    wanted: dict[str, Judged]

    @property
    def positions(self) -> list[str]:
        """Names for Arrow, by position: the file's own may occur twice."""
        return [f"f{index}" for index in range(len(self.names))]

    def position(self, name: str) -> str:
        """Arrow's name for a column of the contract."""
        return f"f{self.names.index(name)}"


@dataclass(kw_only=True)
class _Ragged:
    """Rows with another number of fields than the header: counted, the first one kept."""

    count: int = 0
    first: str = ""

    def take(self, row: Any) -> str:
        """Arrow's handler of such rows."""
        if not self.count:
            self.first = f"{row.actual_columns} fields in {row.text[:80]!r}, {row.expected_columns} expected"
        self.count += 1
        return "skip"

    def add(self, other: _Ragged) -> None:
        """Takes what a later block held."""
        self.first = self.first or other.first
        self.count += other.count

    def violations(self) -> list[Violation]:
        """At most one, for all of them."""
        if not self.count:
            return []
        seen = f"{self.count} row(s), the first has {self.first}"
        return [of_file("fields", seen, "as many fields as the header")]


@dataclass(kw_only=True)
class _Part:
    """What one block, or all blocks so far, have shown."""

    rows: int = 0
    columns: dict[str, ColumnFacts] = field(default_factory=dict)
    text: TextFindings = field(default_factory=TextFindings)
    ragged: _Ragged = field(default_factory=_Ragged)
    damage: str = ""

    def add(self, other: _Part, layout: _Layout) -> None:
        """Takes a later block."""
        self.rows += other.rows
        self.text.add(other.text)
        self.ragged.add(other.ragged)
        self.damage = self.damage or other.damage
        for name, facts in other.columns.items():
            self.columns[name].add(facts, layout.wanted[name].bound)


def delimited_facts(chunks: Iterator[bytes], contract: Contract) -> FileFacts:
    """Reads the whole file once, in bounded memory; Unreadable when not even its rows can be told apart."""
    own = contract.formats["csv"]["delimiter"]
    blocks = TextBlocks(chunks, own)
    layout = _read_layout(blocks.header(), contract)
    blocks.read_with(layout.delimiter)
    columns = {name: _no_facts(name) for name in layout.wanted}
    total = _Part(columns=columns, text=blocks.head)
    try:
        for part in _in_order(blocks, layout):
            total.add(part, layout)
    except Unreadable as damage:
        found = [*damage.violations, *total.ragged.violations(), *total.text.violations()]
        raise Unreadable(found) from damage
    whole = [*blocks.violations(), *total.text.violations(), *total.ragged.violations()]
    if layout.delimiter != own:
        whole.insert(0, of_file("delimiter", f"{shown(layout.delimiter)} between the names", shown(own)))
    if total.damage:
        raise Unreadable([of_file("readable", total.damage, "rows that can be told apart"), *whole])
    return FileFacts(rows=total.rows, names=layout.names, columns=total.columns, violations=whole)


def _read_layout(header: bytes, contract: Contract) -> _Layout:
    """By the contract's delimiter, or, where that makes none of its names and another does, by that one: a
    file that keeps all other rules then breaks this one alone."""
    own, known = contract.formats["csv"]["delimiter"], {column.name for column in contract.columns}
    has_own = not known.isdisjoint(names_in(header, own))
    delimiter = own if has_own else delimiter_of(header, [own, *DELIMITERS], known)
    names = names_in(header, delimiter)
    if len(names) > MAX_COLUMNS:
        raise Unreadable([of_file("readable", f"{len(names)} columns", f"at most {MAX_COLUMNS}")])
    wanted = {one.name: one for one in judged(contract) if names.count(one.name) == 1}
    return _Layout(delimiter, contract.csv_nulls, names, wanted)


def _in_order(blocks: TextBlocks, layout: _Layout) -> Iterator[_Part]:
    """One part a block, in the file's order; one block more is in memory than there are cores."""
    workers = os.cpu_count() or 1
    pending: deque[Future[_Part]] = deque()
    with ThreadPoolExecutor(workers) as threads:
        for block in blocks:
            pending.append(threads.submit(_judge, block, layout))
            if len(pending) > workers:
                yield pending.popleft().result()
        while pending:
            yield pending.popleft().result()


def _judge(block: Block, layout: _Layout) -> _Part:
    data, text = watch(block, row_ends(layout.delimiter))
    part = _Part(text=text)
    if may_hold_hexadecimal(data):
        _judge_as_text(data, layout, part)
        return part
    try:
        table = _read(data, layout, part.ragged, TYPES)
        part.rows = len(table)
        part.columns = {
            name: _from_values(table.column(layout.position(name)).chunks, column)
            for name, column in layout.wanted.items()
        }
    except (pa.ArrowInvalid, _NotFiniteError):
        part.ragged = _Ragged()
        _judge_as_text(data, layout, part)
    return part


def _judge_as_text(data: bytes, layout: _Layout, part: _Part) -> None:
    try:
        table = _read(data, layout, part.ragged, {})
    except pa.ArrowInvalid as error:
        part.damage = str(error)[:300]
        return
    part.rows = len(table)
    for name, column in layout.wanted.items():
        facts = part.columns[name] = _no_facts(name)
        for array in table.column(layout.position(name)).chunks:
            add_text(array, column, facts)


def _read(data: bytes, layout: _Layout, ragged: _Ragged, types: dict[str, pa.DataType]) -> pa.Table:
    """The wanted columns of a block; every column is text where `types` does not name its type."""
    return pa_csv.read_csv(
        pa.BufferReader(data),
        read_options=reading(data, layout.positions),
        parse_options=parsing(layout.delimiter, invalid_row_handler=ragged.take),
        convert_options=converting(
            {
                layout.position(name): types.get(column.type, pa.string())
                for name, column in layout.wanted.items()
            },
            layout.nulls,
            check_utf8=False,
            include_columns=[layout.position(name) for name in layout.wanted],
        ),
    )


class _NotFiniteError(ValueError):
    """A number that Arrow reads and the contract does not allow: NaN, or infinity."""


def _from_values(arrays: list[pa.Array], column: Judged) -> ColumnFacts:
    facts = _no_facts(column.name)
    for array in arrays:
        facts.nulls += array.null_count
        if column.type == "number":
            facts.widen(*_finite_extremes(array, column))
        elif column.column.has_range:
            extremes = pc.min_max(array).as_py()
            facts.widen(extremes["min"], extremes["max"])
        elif column.has_moments:
            facts.widen(*moment_extremes(array))
        elif column.has_lines:
            facts.add_several_lines(least_of_several_lines(array))
        if column.bound is not None:
            facts.add_categories(set(array.dictionary.to_pylist()) - {None}, column.bound)
    return facts


def _finite_extremes(array: pa.Array, column: Judged) -> tuple[float, float] | tuple[None, None]:
    extremes = float_extremes(array)
    if not all(one is None or math.isfinite(one) for one in extremes):
        raise _NotFiniteError(column.name)
    return extremes


def _no_facts(name: str) -> ColumnFacts:
    return ColumnFacts(name=name, stored_as="text", has_fitting_type=True, evidence="data")
