"""Facts about a Parquet file from its footer; only columns whose values have to be seen are decoded."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from contracts.columns import Column
from contracts.dataset import Contract
from contracts.file_report import Violation
from functions.data_preparation.validate_schema.facts import ColumnFacts, FileFacts, Unreadable
from functions.data_preparation.validate_schema.rules import bound_on_categories

# A single column chunk that unpacks to more than this is refused before it is unpacked.
MAX_CHUNK_BYTES = 256 * 1024 * 1024


def _is_text(kind: pa.DataType) -> bool:
    stored = kind.value_type if pa.types.is_dictionary(kind) else kind
    tests = (pa.types.is_string, pa.types.is_large_string, pa.types.is_string_view)
    return any(test(stored) for test in tests)


def _is_number(kind: pa.DataType) -> bool:
    tests = (pa.types.is_integer, pa.types.is_floating, pa.types.is_decimal)
    return any(test(kind) for test in tests)


_FITTING: dict[str, Callable[[pa.DataType], bool]] = {
    "integer": pa.types.is_integer,
    "number": _is_number,
    "categorical": _is_text,
    "text": _is_text,
    "timestamp": pa.types.is_timestamp,
    "boolean": pa.types.is_boolean,
}


def parquet_facts(source: io.RawIOBase, contract: Contract) -> FileFacts:
    """Footer first, then the columns whose values have to be seen; Unreadable for a damaged file."""
    try:
        with pq.ParquetFile(pa.PythonFile(source, mode="r")) as file:
            return _facts(file, contract)
    except (pa.ArrowException, OSError, EOFError, ValueError, OverflowError) as error:
        violation = Violation(
            column="", rule="readable", seen=str(error)[:300], allowed="a complete Parquet file"
        )
        raise Unreadable([violation]) from error


def _facts(file: pq.ParquetFile, contract: Contract) -> FileFacts:
    schema = file.schema_arrow
    wanted = {column.name: column for column in contract.columns}
    facts = FileFacts(rows=file.metadata.num_rows, names=schema.names, columns={}, proven_from="metadata")
    for field in schema:
        if field.name in wanted and schema.names.count(field.name) == 1:
            column = wanted[field.name]
            facts.columns[field.name] = _column_facts(file, column, field.type, facts.violations)
    return facts


def _column_facts(
    file: pq.ParquetFile, column: Column, kind: pa.DataType, violations: list[Violation]
) -> ColumnFacts:
    fits = bool(_FITTING[column.type](kind))
    facts = ColumnFacts(name=column.name, stored_as=str(kind), has_fitting_type=fits)
    if not fits:
        return facts
    chunks = _chunks(file, column.name)
    largest = max((chunk.total_uncompressed_size for chunk in chunks), default=0)
    if largest > MAX_CHUNK_BYTES:
        violations.append(
            Violation(
                column=column.name,
                rule="chunk_size",
                seen=f"{largest} bytes in one row group",
                allowed=f"at most {MAX_CHUNK_BYTES}; write smaller row groups",
            )
        )
        return facts
    if bound_on_categories(column) is not None or not _read_statistics(chunks, column, facts):
        _decode(file, column, facts)
    return facts


def _chunks(file: pq.ParquetFile, name: str) -> list[Any]:
    metadata = file.metadata
    index = next(i for i in range(metadata.num_columns) if metadata.schema.column(i).path == name)
    return [metadata.row_group(group).column(index) for group in range(metadata.num_row_groups)]


def _read_statistics(chunks: list[Any], column: Column, facts: ColumnFacts) -> bool:
    """Takes nulls and range out of the footer; False when some row group does not tell."""
    has_range = column.minimum is not None or column.maximum is not None
    nulls, ranges = 0, []
    for chunk in chunks:
        statistics = chunk.statistics
        if statistics is None or not statistics.has_null_count:
            return False
        nulls += statistics.null_count
        if has_range and statistics.null_count < chunk.num_values:
            if not statistics.has_min_max:
                return False
            ranges.append((statistics.min, statistics.max))
    facts.nulls = nulls
    for low, high in ranges:
        facts.widen(low, high)
    return True


def _decode(file: pq.ParquetFile, column: Column, facts: ColumnFacts) -> None:
    bound = bound_on_categories(column)
    facts.nulls = 0
    for group in range(file.metadata.num_row_groups):
        for array in file.read_row_group(group, columns=[column.name], use_threads=False).column(0).chunks:
            facts.nulls += array.null_count
            if bound is not None:
                facts.add_categories(
                    {str(value) for value in pc.unique(array.drop_null()).to_pylist()}, bound
                )
            elif column.minimum is not None or column.maximum is not None:
                _widen(array, facts)


def _widen(array: pa.Array, facts: ColumnFacts) -> None:
    if pa.types.is_floating(array.type):
        is_number = pc.invert(pc.is_nan(array))
        facts.nulls += pc.sum(pc.invert(is_number)).as_py() or 0
        array = array.filter(is_number)
    extremes = pc.min_max(array).as_py()
    facts.widen(extremes["min"], extremes["max"])
