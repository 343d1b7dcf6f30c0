"""Facts about a Parquet column from its values, one row group at a time: for what the footer does not say,
and for all of it in strict mode. What the values say is held against what the footer says."""

from __future__ import annotations

import io
import math
from collections.abc import Iterator
from threading import Lock
from typing import Any
from weakref import WeakKeyDictionary

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from functions.data_preparation.validate_schema.facts import ColumnFacts
from functions.data_preparation.validate_schema.float_extremes import float_extremes
from functions.data_preparation.validate_schema.footer import Chunk, Source
from functions.data_preparation.validate_schema.judged import Judged
from functions.data_preparation.validate_schema.levels import least_of_several_lines
from functions.data_preparation.validate_schema.moments import moment_extremes
from functions.data_preparation.validate_schema.pages import check_pages
from functions.data_preparation.validate_schema.thrift import DamagedError

# A column chunk that unpacks to more than this is refused before it is unpacked.
MAX_CHUNK_BYTES = 256 * 1024 * 1024
ROWS_PER_BATCH = 131_072


_FOOTERS: WeakKeyDictionary[Source, pq.FileMetaData] = WeakKeyDictionary()
_READING = Lock()


class _Window(io.RawIOBase):
    """The source as a file; one chunk is held in memory, so that it is read in one range."""

    def __init__(self, source: Source) -> None:
        super().__init__()
        self._source, self._position = source, 0
        self._start, self._held = 0, b""

    def hold(self, start: int, data: bytes) -> None:
        """Keeps these bytes instead of the ones before."""
        self._start, self._held = start, data

    def readable(self) -> bool:
        """True."""
        return True

    def seekable(self) -> bool:
        """True."""
        return True

    def tell(self) -> int:
        """The position of the next read."""
        return self._position

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Moves the position; nothing is read."""
        start = {io.SEEK_SET: 0, io.SEEK_CUR: self._position, io.SEEK_END: self._source.size}[whence]
        self._position = max(0, start + offset)
        return self._position

    def readinto(self, buffer: Any) -> int:
        """Fills the buffer from what is held, else from the source."""
        data = self.read_buffer(len(buffer))
        buffer[: len(data)] = data
        return len(data)

    def read_buffer(self, size: int) -> memoryview:
        """The next bytes without a copy of what is held: Arrow asks for them so."""
        start, end = self._position, min(self._position + size, self._source.size)
        if self._start <= start and end <= self._start + len(self._held):
            data = memoryview(self._held)[start - self._start : end - self._start]
        else:
            data = memoryview(self._source.range(start, end))
        self._position += len(data)
        return data


class ColumnData:
    """The values of one column of a file; every method raises DamagedError for pages that cannot be read."""

    def __init__(self, source: Source, column: Judged, has_extremes: bool) -> None:
        self._source, self._column, self._has_extremes = source, column, has_extremes
        self._window = _Window(source)
        self._files: dict[bool, pq.ParquetFile] = {}

    def facts(self, chunk: Chunk) -> ColumnFacts:
        """Nulls, range and categories of one row group; NaN counts as null."""
        facts = ColumnFacts(name=self._column.name, stored_as="", has_fitting_type=True, evidence="data")
        rows = nulls = 0
        for array in self._arrays(chunk):
            rows, nulls = rows + len(array), nulls + array.null_count
            self._take(array, facts)
        if rows != chunk.rows:
            raise DamagedError(
                f"the footer claims {chunk.rows} rows in row group {chunk.group}, there are {rows}"
            )
        if chunk.nulls is not None and chunk.nulls != nulls:
            raise DamagedError(
                f"the footer claims {chunk.nulls} nulls in row group {chunk.group}, its pages hold {nulls}"
            )
        facts.nulls += nulls
        return facts

    def add_levels(self, chunk: Chunk, facts: ColumnFacts, to_the_end: bool) -> None:
        """Adds the values that rows use, until the bound is passed or to the chunk's end."""
        for array in self._arrays(chunk):
            self._take_levels(array, facts)
            if facts.is_beyond_bound and not to_the_end:
                return

    def _take(self, array: pa.Array, facts: ColumnFacts) -> None:
        low, high = None, None
        if pa.types.is_floating(array.type):
            low, high = float_extremes(array)
            if low is not None and math.isnan(low):
                array = self._without_nan(array, facts)
                low, high = float_extremes(array)
        elif pa.types.is_timestamp(array.type):
            low, high = moment_extremes(array) if self._has_extremes else (None, None)
        elif self._has_extremes:
            if pa.types.is_decimal32(array.type) or pa.types.is_decimal64(array.type):
                array = array.cast(pa.decimal128(38, array.type.scale))  # Arrow has no extremes of these
            low, high = (None if one is None else _number(one) for one in pc.min_max(array).as_py().values())
        facts.widen(low, high)
        if self._column.type in ("text", "categorical"):
            _refuse_other_encodings(array)
        self._take_levels(array, facts)

    def _without_nan(self, array: pa.Array, facts: ColumnFacts) -> pa.Array:
        present = array.drop_null()
        numbers = present.filter(pc.invert(pc.is_nan(present)))
        facts.nulls += len(present) - len(numbers)
        return numbers

    def _take_levels(self, array: pa.Array, facts: ColumnFacts) -> None:
        if self._column.has_lines:
            facts.add_several_lines(least_of_several_lines(array))
        if self._column.bound is None or facts.is_beyond_bound:
            return
        used = pc.unique(array).drop_null()
        values = used.cast(pa.large_string() if pa.types.is_large_string(used.type) else pa.string())
        texts = [_text(value) for value in values.cast(pa.binary()).to_pylist()]
        facts.add_categories(set(texts), self._column.bound)

    def _arrays(self, chunk: Chunk) -> Iterator[pa.Array]:
        if max(chunk.unpacked_bytes, chunk.compressed_bytes) > MAX_CHUNK_BYTES:
            raise DamagedError(
                f"one row group unpacks to {chunk.unpacked_bytes} bytes, more than {MAX_CHUNK_BYTES}; "
                "write smaller row groups"
            )
        data = self._source.range(chunk.start, chunk.end)
        check_pages(data, chunk, MAX_CHUNK_BYTES)
        self._window.hold(chunk.start, data)
        try:
            for batch in self._opened(self._has_levels and chunk.is_all_dictionary).iter_batches(
                batch_size=ROWS_PER_BATCH,
                row_groups=[chunk.group],
                columns=[self._column.name],
                use_threads=False,
            ):
                # By name: the path of a nested field may be the same.
                yield batch.column(self._column.name)
        except (pa.ArrowException, OSError, OverflowError) as error:
            raise DamagedError(f"row group {chunk.group}: {str(error)[:300]}") from error

    @property
    def _has_levels(self) -> bool:
        return self._column.bound is not None or self._column.has_lines

    def _opened(self, as_dictionary: bool) -> pq.ParquetFile:
        """The file; as a dictionary only what is one: Arrow can't make one of every encoding."""
        if as_dictionary not in self._files:
            self._files[as_dictionary] = pq.ParquetFile(
                pa.PythonFile(self._window, mode="r"),
                metadata=_metadata(self._source),
                read_dictionary=[self._column.name] if as_dictionary else None,
                coerce_int96_timestamp_unit="us",  # nanoseconds of 64 bits end in 2262 and begin again
            )
        return self._files[as_dictionary]


def _metadata(source: Source) -> pq.FileMetaData:
    """What Arrow makes of the footer: once a file, for each of thousands of columns would read it anew."""
    with _READING:
        if source not in _FOOTERS:
            _FOOTERS[source] = pq.read_metadata(pa.PythonFile(_Window(source), mode="r"))
        return _FOOTERS[source]


def arrow_type(source: Source, name: str) -> str:
    """What Arrow calls the type of a column at the top of the schema."""
    try:
        return str(pq.read_schema(pa.PythonFile(_Window(source), mode="r")).field(name).type)
    except (pa.ArrowException, OSError, KeyError, ValueError):
        return "a type that cannot be read"


def _refuse_other_encodings(array: pa.Array) -> None:
    try:
        array.validate(full=True)
    except pa.ArrowInvalid as error:
        raise DamagedError(f"text that is no UTF-8: {error}") from error


def _number(value: Any) -> int | float:
    return value if isinstance(value, int | float) else float(value)


def _text(value: bytes) -> str:
    return value.decode("utf-8", "backslashreplace")
