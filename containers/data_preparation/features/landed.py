"""Streams landed Parquet and CSV files as record batches of the contract's types, a bounded number of rows
at a time."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv
import pyarrow.parquet

from contracts.batch import ROWS_AT_ONCE
from contracts.dataset import Column, Contract
from contracts.failures import DataRejected
from functions.data_preparation.validate_schema.dialect import converting, parsing, reading
from functions.data_preparation.validate_schema.facts import Unreadable
from functions.data_preparation.validate_schema.source import LocalFile
from functions.data_preparation.validate_schema.text_blocks import TextBlocks, names_in

PAGE_BLOCK_BYTES = 64 * 1024  # read of a column chunk at once
ARROW_TYPES: dict[str, pa.DataType] = {
    "integer": pa.int64(),
    "number": pa.float64(),
    "categorical": pa.dictionary(pa.int32(), pa.string()),
    "text": pa.string(),
    "timestamp": pa.timestamp("us", tz="UTC"),
    "boolean": pa.bool_(),
}


class Span(NamedTuple):
    """Rows of a Parquet file, counted from 0: from `start` up to `stop`, which is not among them."""

    start: int
    stop: int


def batches(
    name: str, path: Path, contract: Contract, columns: Sequence[str], span: Span | None = None
) -> Iterator[pa.RecordBatch]:
    """The named columns of one file or of a span of it, typed as the contract says, in file order.

    Raises DataRejected with the file and, where it is known, the column that breaks the contract, and for a
    file without rows.
    """
    wanted = [contract.column(column) for column in columns]
    is_text, rows = path.suffix == ".csv", 0
    read = _text_batches(path, contract, wanted) if is_text else _parquet_batches(path, wanted, span)
    try:
        for batch in read:
            yield _typed(name, batch, wanted)
            rows += batch.num_rows
    except (pa.ArrowInvalid, pa.ArrowKeyError, OSError, Unreadable) as error:
        raise DataRejected.about(name, str(error), "the file can't be read", "Land it again") from error
    if not rows:
        raise DataRejected.about(name, "0 rows", "a file must hold at least one row", "Land it again")


def _parquet_batches(path: Path, wanted: Sequence[Column], span: Span | None) -> Iterator[pa.RecordBatch]:
    # Not buffered ahead, which is Arrow's way for object stores: it would hold the whole file.
    names = [column.name for column in wanted]
    metadata = pa.parquet.read_metadata(path)
    span = span or Span(0, metadata.num_rows)
    groups, skipped = _groups(metadata, span)
    levels = _in_dictionaries(metadata, {column.name for column in wanted if column.type == "categorical"})
    # Levels stay the numbers that the file has for them, a tenth of the work of making them text.
    with pa.parquet.ParquetFile(
        path,
        metadata=metadata,
        pre_buffer=False,
        buffer_size=PAGE_BLOCK_BYTES,
        read_dictionary=levels,
        coerce_int96_timestamp_unit="us",  # nanoseconds of 64 bits end in 2262 and begin again
    ) as file:
        _refuse_absent(path, names, file.schema_arrow.names)
        pieces = file.iter_batches(ROWS_AT_ONCE, row_groups=groups, columns=names, use_threads=False)
        for batch in _whole(_within(pieces, skipped, span.stop - span.start)):
            _refuse_other_encodings(path, batch, wanted)
            yield batch


def _groups(metadata: pa.parquet.FileMetaData, span: Span) -> tuple[list[int], int]:
    """The row groups that hold a span, and how many of their rows come before it."""
    found, before, skipped = list[int](), 0, 0
    for index in range(metadata.num_row_groups):
        after = before + metadata.row_group(index).num_rows
        if before < span.stop and span.start < after:
            skipped = skipped if found else span.start - before
            found.append(index)
        before = after
    return found, skipped


def _within(pieces: Iterable[pa.RecordBatch], skipped: int, rows: int) -> Iterator[pa.RecordBatch]:
    """So many rows of the pieces, without those before them."""
    for piece in pieces:
        here = piece.slice(skipped, rows)
        skipped = max(0, skipped - piece.num_rows)
        rows -= here.num_rows
        if here.num_rows:
            yield here
        if not rows:
            return


def _refuse_other_encodings(path: Path, batch: pa.RecordBatch, wanted: Sequence[Column]) -> None:
    """Arrow looks at the bytes of text in CSV only; the gate looks at Parquet's where it reads values."""
    for column in wanted:
        if column.type in ("text", "categorical"):
            try:
                batch.column(column.name).validate(full=True)
            except pa.ArrowInvalid as error:
                where = f"{path.name}, column {column.name}"
                raise DataRejected.about(
                    where, str(error), "it holds text that is no UTF-8", "Mend it"
                ) from error


def _in_dictionaries(metadata: pa.parquet.FileMetaData, names: set[str]) -> list[str]:
    """The columns of these names that Arrow can read as dictionaries: of delta encodings it makes none."""
    groups = [metadata.row_group(index) for index in range(metadata.num_row_groups)]
    found = []
    for index in range(metadata.num_columns):
        name = metadata.schema.column(index).path
        encodings = (encoding for group in groups for encoding in group.column(index).encodings)
        if name in names and not any(encoding.startswith("DELTA") for encoding in encodings):
            found.append(name)
    return found


def _whole(pieces: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """Batches of ROWS_AT_ONCE and a last one, however Arrow cut them: it does where a row group ends, or has
    other levels."""
    batch, room = list[pa.RecordBatch](), ROWS_AT_ONCE
    for piece in pieces:
        rest = piece
        while rest.num_rows >= room:
            yield pa.concat_batches([*batch, rest.slice(0, room)])
            rest, batch, room = rest.slice(room), [], ROWS_AT_ONCE
        if rest.num_rows:
            batch.append(rest)
            room -= rest.num_rows
    if batch:
        yield pa.concat_batches(batch)


def _text_batches(path: Path, contract: Contract, wanted: Sequence[Column]) -> Iterator[pa.RecordBatch]:
    """Blocks of whole rows, cut as the gate cuts them: Arrow's own reader holds 24 blocks at a time, and
    takes no row that is longer than one."""
    options = contract.formats.get("csv")
    if options is None:
        raise DataRejected.about(path.name, "csv", "the contract's formats do not list csv", "Land Parquet")
    types = {column.name: ARROW_TYPES[column.type] for column in wanted}
    parse = parsing(options["delimiter"])
    convert = converting(types, contract.csv_nulls, include_columns=list(types))
    with LocalFile(path) as source:
        blocks = TextBlocks(source.chunks(), options["delimiter"])
        names = names_in(blocks.header(), options["delimiter"])
        _refuse_absent(path, list(types), names)
        for block in blocks:
            read = reading(block.data, names)
            rows = pa.csv.read_csv(pa.BufferReader(block.data), read, parse, convert)
            yield from rows.to_batches()


def _refuse_absent(path: Path, names: Sequence[str], present: Sequence[str]) -> None:
    absent = [name for name in names if name not in present]
    if absent:
        raise DataRejected.about(path.name, absent, "these columns are missing", "Land the file again")


def _typed(name: str, batch: pa.RecordBatch, wanted: Sequence[Column]) -> pa.RecordBatch:
    arrays = []
    for column in wanted:
        array, target = batch.column(column.name), ARROW_TYPES[column.type]
        try:
            arrays.append(_as(array, target))
        except (pa.ArrowInvalid, pa.ArrowNotImplementedError) as error:
            rule = f"values of type {array.type} are no {column.type}: {error}"
            raise DataRejected.about(f"{name}, column {column.name}", str(array.type), rule) from error
    return pa.RecordBatch.from_arrays(arrays, names=[column.name for column in wanted])


def _as(array: pa.Array, target: pa.DataType) -> pa.Array:
    """Timestamps without a zone are UTC by the contract, as they are to Arrow. An integer may be rounded to a
    double, as the reader of CSV does."""
    if array.type == target:
        return array
    if pa.types.is_dictionary(array.type):
        array = array.dictionary_decode()
    if pa.types.is_dictionary(target):
        return array.cast(target.value_type).dictionary_encode()
    is_rounded = pa.types.is_floating(target)
    return _in_microseconds(array).cast(options=pc.CastOptions(target, allow_float_truncate=is_rounded))


def _in_microseconds(array: pa.Array) -> pa.Array:
    """Finer moments, as pandas writes them, are those of the microsecond they lie in."""
    is_finer = pa.types.is_timestamp(array.type) and array.type.unit == "ns"
    return pc.floor_temporal(array, unit="microsecond") if is_finer else array
