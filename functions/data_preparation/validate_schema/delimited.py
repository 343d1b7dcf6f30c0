"""Facts about a CSV file in one streaming pass: everything is read as text, then held against the types."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pa_csv

from contracts.columns import Column
from contracts.dataset import Contract
from contracts.file_report import Violation
from functions.data_preparation.validate_schema.facts import ColumnFacts, FileFacts, Unreadable
from functions.data_preparation.validate_schema.rules import bound_on_categories
from functions.data_preparation.validate_schema.text_stream import WatchedText

BLOCK_BYTES = 8 * 1024 * 1024
HEADER_BYTES = 1024 * 1024
# What the features container's reader takes for each type (Arrow's conversions), as patterns over the text.
PATTERNS = {
    "integer": r"^[-+]?[0-9]{1,18}$",
    "number": r"^[-+]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][-+]?[0-9]{1,3})?$",
    "boolean": r"^(?i:true|false|0|1)$",
    "timestamp": r"^\d{4}-\d{2}-\d{2}([T ]\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?(Z|[-+]\d{2}(:?\d{2})?)?)?$",
}


def delimited_facts(chunks: Iterator[bytes], contract: Contract) -> FileFacts:
    """Reads the whole file once, in bounded memory; Unreadable when not even its rows can be told apart."""
    delimiter = contract.formats["csv"]["delimiter"]
    stream = WatchedText(chunks)
    names = _header(stream, delimiter)
    facts = FileFacts(rows=0, names=names, columns={}, proven_from="data")
    wanted = {column.name: column for column in contract.columns if names.count(column.name) == 1}
    for name in wanted:
        facts.columns[name] = ColumnFacts(name=name, stored_as="text", has_fitting_type=True)
    ragged = _Ragged()
    try:
        _read_rows(stream, delimiter, names, ragged, wanted, facts)
    except pa.ArrowInvalid as error:
        stream.drain()
        damage = Violation(
            column="", rule="readable", seen=str(error)[:300], allowed="rows that can be told apart"
        )
        raise Unreadable([damage, *ragged.violations(), *stream.violations()]) from error
    facts.violations += [*stream.violations(), *ragged.violations()]
    return facts


def _header(stream: WatchedText, delimiter: str) -> list[str]:
    head = stream.peek(HEADER_BYTES).decode("utf-8", "replace")
    if not head.strip("\r\n\0"):
        violation = Violation(column="", rule="readable", seen="an empty file", allowed="a header and rows")
        raise Unreadable([violation])
    return next(csv.reader(head.splitlines(), delimiter=delimiter))


def _read_rows(
    stream: WatchedText,
    delimiter: str,
    names: list[str],
    ragged: _Ragged,
    wanted: dict[str, Column],
    facts: FileFacts,
) -> None:
    # By position, because a name may occur twice; every column as text, so that no conversion stops the pass.
    positions = [f"f{index}" for index in range(len(names))]
    reader = pa_csv.open_csv(
        pa.PythonFile(stream, mode="r"),
        read_options=pa_csv.ReadOptions(
            block_size=BLOCK_BYTES, column_names=positions, skip_rows=1, use_threads=False
        ),
        parse_options=pa_csv.ParseOptions(
            delimiter=delimiter, newlines_in_values=True, invalid_row_handler=ragged.take
        ),
        convert_options=pa_csv.ConvertOptions(
            column_types=dict.fromkeys(positions, pa.string()),
            null_values=[""],
            strings_can_be_null=True,
            quoted_strings_can_be_null=False,
            include_columns=[positions[names.index(name)] for name in wanted],
        ),
    )
    for batch in reader:
        facts.rows += batch.num_rows
        for name, column in wanted.items():
            _add(batch.column(positions[names.index(name)]), column, facts.columns[name])


class _Ragged:
    """Rows with another number of fields than the header: counted, the first one kept."""

    def __init__(self) -> None:
        self.count = 0
        self.first = ""

    def take(self, row: Any) -> str:
        if not self.count:
            self.first = f"{row.actual_columns} fields in {row.text[:80]!r}, {row.expected_columns} expected"
        self.count += 1
        return "skip"

    def violations(self) -> list[Violation]:
        if not self.count:
            return []
        seen = f"{self.count} row(s), the first has {self.first}"
        return [Violation(column="", rule="fields", seen=seen, allowed="as many fields as the header")]


def _add(array: pa.Array, column: Column, facts: ColumnFacts) -> None:
    facts.nulls += array.null_count
    values = array.drop_null()
    if column.type in PATTERNS:
        fits = pc.match_substring_regex(values, PATTERNS[column.type])
        misfits = values.filter(pc.invert(fits))
        facts.add_misfits(len(misfits), misfits[0].as_py() if len(misfits) else "")
        values = values.filter(fits)
    if column.type in ("integer", "number") and len(values):
        extremes = pc.min_max(values.cast(pa.int64() if column.type == "integer" else pa.float64())).as_py()
        facts.widen(extremes["min"], extremes["max"])
    bound = bound_on_categories(column)
    if bound is not None:
        facts.add_categories(set(pc.unique(values).to_pylist()), bound)
