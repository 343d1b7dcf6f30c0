"""Broken files of every kind that has reached a landing zone, made on the spot: name → bytes. Each ends in a
report that names what is wrong, in bounded memory."""

from __future__ import annotations

import gzip
import io
import struct
from collections.abc import Callable, Iterator

import pyarrow as pa
import pyarrow.csv as pa_csv
import pyarrow.parquet as pq

from functions.data_preparation.validate_schema.footer import read_footer
from functions.data_preparation.validate_schema.pages import read_header

Bytes = Callable[[pa.Table], bytes]


MILLION = 1_000_000


class InMemory:
    """Bytes as a source; `largest` is the most that was asked for at once."""

    def __init__(self, data: bytes) -> None:
        self.data, self.size, self.largest = data, len(data), 0

    def range(self, start: int, end: int) -> bytes:
        self.largest = max(self.largest, end - start)
        return self.data[start:end]

    def chunks(self) -> Iterator[bytes]:
        return (self.data[start : start + 65_536] for start in range(0, self.size, 65_536))


def as_parquet(table: pa.Table, **options: object) -> bytes:
    buffer = io.BytesIO()
    pq.write_table(table, buffer, **options)
    return buffer.getvalue()


def as_csv(table: pa.Table) -> bytes:
    buffer = io.BytesIO()
    pa_csv.write_csv(table, buffer)
    return buffer.getvalue()


def changed(table: pa.Table, name: str, values: object) -> pa.Table:
    array = pa.array(values) if isinstance(values, list) else values
    return table.set_column(table.schema.names.index(name), name, array)


def replaced(before: bytes, after: bytes, count: int = 1) -> Bytes:
    return lambda table: as_csv(table).replace(before, after, count)


def with_footer_size(size: int) -> Bytes:
    return lambda table: as_parquet(table)[:-8] + struct.pack("<I", size) + b"PAR1"


def bomb(table: pa.Table) -> bytes:
    """A million equal texts of a kilobyte: a few kilobytes that unpack to a gigabyte."""
    text = "x" * 1000
    column = pa.DictionaryArray.from_arrays(pa.array([0] * 300_000, pa.int32()), [text]).cast(pa.string())
    wide = pa.table({**{n: pa.nulls(300_000, table.schema.field(n).type) for n in table.schema.names}})
    return as_parquet(changed(wide, "carrier", column), use_dictionary=False, compression="zstd")


def swapped_dictionary(table: pa.Table) -> bytes:
    """Another file's dictionary under this one's footer: same length, other values."""
    return as_parquet(table, compression="none").replace(b"EWR", b"XXX").replace(b"JFK", b"YYY")


def lying_page(table: pa.Table) -> bytes:
    """One page of `dep_delay` claims other values than the footer; no statistics, so it has to be read."""
    content = bytearray(as_parquet(table, write_statistics=False, compression="none"))
    source = InMemory(bytes(content))
    footer = read_footer(source)
    leaf = next(leaf for leaf in footer.leaves if leaf.name == "dep_delay")
    _, chunks = next(footer.groups({leaf.index: leaf}))
    chunk = chunks[leaf.index]
    page = read_header(bytes(content), chunk.data_at)
    content[chunk.data_at + 1 : page.start] = bytes(page.start - chunk.data_at - 1)
    return bytes(content)


def late_row(table: pa.Table) -> bytes:
    """The last row again, with letters in its numbers."""
    return as_csv(table.slice(len(table) - 1)).split(b"\n")[1].replace(b"-196", b"-l96") + b"\n"


def after_a_million(last: Callable[[bytes], bytes]) -> Bytes:
    """A million rows that keep the contract, then what `last` makes of such a row."""

    def content(table: pa.Table) -> bytes:
        head, row = as_csv(table.slice(0, 1)).split(b"\n")[:2]
        return head + b"\n" + (row + b"\n") * MILLION + last(row + b"\n")

    return content


def in_the_last_group(name: str, values: list[object]) -> Bytes:
    """Eight row groups of which the last breaks the contract in one column."""

    def content(table: pa.Table) -> bytes:
        buffer, repeated = io.BytesIO(), pa.concat_tables([table] * (len(values) // len(table) + 1))
        broken = changed(
            repeated.slice(0, len(values)), name, pa.array(values, table.schema.field(name).type)
        )
        with pq.ParquetWriter(buffer, table.schema) as writer:
            for part in [*[table] * 7, broken]:
                writer.write_table(part)
        return buffer.getvalue()

    return content


PARQUET: dict[str, Bytes] = {
    "empty": lambda _: b"",
    "magic only": lambda _: b"PAR1PAR1",
    "csv called parquet": as_csv,
    "gzip called parquet": lambda table: gzip.compress(as_parquet(table)),
    "cut off": lambda table: as_parquet(table)[:-200],
    "first half twice": lambda table: as_parquet(table)[: len(as_parquet(table)) // 2] * 2,
    "encrypted footer": lambda table: as_parquet(table)[:-4] + b"PARE",
    "footer larger than the file": with_footer_size(2**31),
    "footer of no bytes": with_footer_size(0),
    "footer one byte off": lambda table: as_parquet(table)[:-9] + as_parquet(table)[-8:],
    "zero rows": lambda table: as_parquet(table.slice(0, 0)),
    "unpacks to far more": bomb,
    "another file's dictionary": swapped_dictionary,
    "a page that lies": lying_page,
    "nested column": lambda table: as_parquet(changed(table, "carrier", [{"a": 1}] * len(table))),
    "renamed column": lambda table: as_parquet(
        table.rename_columns(["Carrier" if n == "carrier" else n for n in table.schema.names])
    ),
    "10,000 columns": lambda _: as_parquet(pa.table({f"c{number}": [1] for number in range(10_000)})),
    "duplicate column": lambda table: as_parquet(table.append_column("carrier", table["carrier"])),
    "category of 50,000 values": lambda table: as_parquet(
        changed(pa.concat_tables([table] * 84), "carrier", [str(i) for i in range(84 * len(table))])
    ),
    "all nulls": lambda table: as_parquet(changed(table, "month", pa.nulls(len(table), pa.int64()))),
    "text in a number": lambda table: as_parquet(changed(table, "dep_delay", ["late"] * len(table))),
    "infinite numbers": lambda table: as_parquet(changed(table, "dep_delay", [float("inf")] * len(table))),
}
CSV: dict[str, Bytes] = {
    "empty": lambda _: b"",
    "header only": lambda table: as_csv(table).split(b"\n")[0] + b"\n",
    "header without an end": lambda table: as_csv(table).split(b"\n")[0],
    "blank lines": lambda _: b"\n\n\n",
    "parquet called csv": as_parquet,
    "gzip called csv": lambda table: gzip.compress(as_csv(table)),
    "cut off in a row": lambda table: as_csv(table)[:-7],
    "byte order mark": lambda table: b"\xef\xbb\xbf" + as_csv(table),
    "utf-16": lambda table: as_csv(table).decode().encode("utf-16"),
    "latin-1 in one row": replaced(b"N77", b"N\xe97"),
    "nul bytes": replaced(b"N77", b"N\x007"),
    "quote never closed": replaced(b'"N77"', b'"N77'),
    "field too many": replaced(b'"N77",', b'"N77","x",'),
    "field too few": replaced(b'"N77",', b""),
    "other delimiter": lambda table: as_csv(table).replace(b",", b";"),
    "mixed line ends": replaced(b"\n", b"\r\n", 3),
    "duplicate column": replaced(b'"tailnum"', b'"origin"'),
    "10,000 columns": lambda _: b",".join(b"c%d" % i for i in range(10_000)) + b"\n" + b"," * 9_999 + b"\n",
    "wrong type at the end": lambda table: as_csv(table) + late_row(table),
    "nan": replaced(b",-199,", b",NaN,"),
    "infinity": replaced(b",-199,", b",inf,"),
    "hexadecimal": replaced(b",-199,", b",0x1F,"),
    "dates in other formats": replaced(b"2013-01-01 05", b"01/01/2013 05"),
    "dates in three formats": lambda table: replaced(b"2013-01-01 06", b"1 Jan 2013 06")(table).replace(
        b"2013-01-01 07", b"20130101 07", 1
    ),
    "renamed column": replaced(b'"carrier"', b'"Carrier"'),
    "category of 50,000 values": lambda table: as_csv(
        changed(pa.concat_tables([table] * 84), "carrier", [str(i) for i in range(84 * len(table))])
    ),
    "dates without an offset": lambda table: as_csv(table).replace(b"Z\n", b"\n"),
    "one endless row": lambda table: as_csv(table).split(b"\n")[0] + b"\n" + b'"' + b"x" * 40_000_000,
}
# What breaks the contract only where a sample would not look, and what the report must say of it.
LATE: dict[tuple[str, str], tuple[Bytes, str]] = {
    ("parquet", "50,000 values in the last row group"): (
        in_the_last_group("carrier", [str(number) for number in range(50_000)]),
        "carrier: max_cardinality",
    ),
    ("parquet", "infinity in the last row group"): (
        in_the_last_group("dep_delay", [0.0] * 99 + [float("inf")]),
        "dep_delay: type",
    ),
    ("parquet", "another category in the last row group"): (
        in_the_last_group("origin", ["JFK"] * 99 + ["XXX"]),
        "origin: categories",
    ),
    ("csv", "wrong type after a million rows"): (
        after_a_million(lambda row: row.replace(b",-200,", b",late,", 1)),
        "dep_delay: type",
    ),
    ("csv", "nan after a million rows"): (
        after_a_million(lambda row: row.replace(b",-200,", b",NaN,", 1)),
        "dep_delay: type",
    ),
    ("csv", "50,000 values after a million rows"): (
        after_a_million(
            lambda row: b"".join(row.replace(b'"EWR"', b'"c%d"' % number, 1) for number in range(50_000))
        ),
        "carrier: max_cardinality",
    ),
}
