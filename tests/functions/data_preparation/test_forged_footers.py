"""Footers as other writers write them, or nobody does: one that Arrow wrote is changed field by field."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from typing import Any

import pyarrow as pa
import pytest

from functions.data_preparation.validate_schema import footer as footer_module
from functions.data_preparation.validate_schema.footer import Chunk, Footer, read_footer
from functions.data_preparation.validate_schema.thrift import CompactReader, DamagedError
from functions.data_preparation.validate_schema.validation import validate
from tests.corpus.broken_files import InMemory, as_parquet
from tests.corpus.odd_contract import contract_of

PLAIN, DICTIONARY, RLE, REPEATED = 0, 8, 3, 2
# Ids of the fields in parquet.thrift that the tests change.
SCHEMA, FILE_ROWS, GROUPS, REPETITION = 2, 3, 4, 3
COLUMNS, ROWS, ABOUT = 1, 3, 3
ENCODINGS, PACKED_BYTES, DATA_AT, DICTIONARY_AT, ENCODING_STATISTICS = 2, 7, 9, 11, 13
TABLE = pa.table({"v": ["a", "b", "a"], "n": [1, 2, 3]})


def number(value: int) -> bytes:
    """A variable-length number."""
    parts = bytearray()
    while value > 0x7F:
        parts.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*parts, value])


def compact(value: Any) -> tuple[int, bytes]:
    """(Thrift's type, the bytes) of what `CompactReader` reads back; whole numbers are all of one size."""
    if isinstance(value, bool):
        return (1 if value else 2), b""
    if isinstance(value, int):
        return 6, number(value << 1 if value >= 0 else (-value << 1) - 1)
    if isinstance(value, bytes):
        return 8, number(len(value)) + value
    if isinstance(value, list):
        parts = [compact(one) for one in value]
        head = 0xF0 | (parts[0][0] if parts else 0)
        return 9, bytes([head]) + number(len(parts)) + b"".join(part for _, part in parts)
    fields = [(identifier, *compact(part)) for identifier, part in value.items()]
    return 12, b"".join(bytes([kind]) + number(at << 1) + part for at, kind, part in fields) + b"\0"


def forged_file(change: Callable[[dict[int, Any]], None]) -> InMemory:
    """A file after a change of its footer's fields."""
    content = as_parquet(TABLE)
    size = int.from_bytes(content[-8:-4], "little")
    fields = CompactReader(content[-8 - size : -8]).struct()
    change(fields)
    footer = compact(fields)[1]
    return InMemory(content[: -8 - size] + footer + len(footer).to_bytes(4, "little") + b"PAR1")


def forged(change: Callable[[dict[int, Any]], None]) -> Footer:
    """The footer after such a change."""
    return read_footer(forged_file(change))


def chunks(footer: Footer) -> list[Chunk]:
    """The chunks of the first column."""
    return [found[0] for _, found in footer.groups({0: footer.leaves[0]})]


def test_a_footer_that_is_not_changed_says_what_it_said() -> None:
    footer, read = forged(lambda _: None), read_footer(InMemory(as_parquet(TABLE)))
    assert (footer.rows, footer.leaves) == (read.rows, read.leaves)
    assert [one._replace(data_at=0) for one in chunks(footer)] == [
        one._replace(data_at=0) for one in chunks(read)
    ]


@pytest.mark.parametrize(
    ("encodings", "is_all"),
    [
        ([DICTIONARY, RLE], True),
        ([DICTIONARY, RLE, PLAIN], False),
        ([PLAIN, RLE], False),
        ([RLE], False),
        ([], False),
    ],
    ids=str,
)
def test_without_counts_of_pages_the_encodings_say_whether_all_are_of_the_dictionary(
    encodings: list[int], is_all: bool
) -> None:
    def change(fields: dict[int, Any]) -> None:
        about = fields[GROUPS][0][COLUMNS][0][ABOUT]
        about.pop(ENCODING_STATISTICS)
        about[ENCODINGS] = encodings

    (chunk,) = chunks(forged(change))
    assert chunk.is_all_dictionary is is_all


def test_a_column_that_repeats_at_the_top_is_none_of_the_contracts_types() -> None:
    def change(fields: dict[int, Any]) -> None:
        fields[SCHEMA][2][REPETITION] = REPEATED

    footer = forged(change)
    assert [sorted(leaf.kinds) for leaf in footer.leaves] == [["categorical", "text"], []]


@pytest.mark.parametrize("rows", [0, 1])
def test_a_last_row_group_without_rows_may_point_anywhere(rows: int) -> None:
    def change(fields: dict[int, Any]) -> None:
        more = deepcopy(fields[GROUPS][0]) | {ROWS: rows}
        for column in more[COLUMNS]:
            column[ABOUT] |= {DATA_AT: 4, DICTIONARY_AT: 0, PACKED_BYTES: 0}
        fields[GROUPS].append(more)

    footer = forged(change)
    assert len(chunks(footer)) == 2
    assert footer.has_bytes_unaccounted_for is (rows > 0)


@pytest.mark.parametrize("claimed", [2, 4])
def test_row_groups_of_more_or_fewer_rows_than_the_file_claims_are_damage(claimed: int) -> None:
    def change(fields: dict[int, Any]) -> None:
        fields[FILE_ROWS] = claimed

    report = validate("x.parquet", forged_file(change), contract_of("text"))
    (damage,) = (one.seen for one in report.violations if one.rule == "readable")
    assert damage == f"the footer claims {claimed} rows, its row groups have 3"


@pytest.mark.parametrize("count", [1, 3])
def test_a_row_group_of_more_or_fewer_columns_than_the_schema_is_damage(count: int) -> None:
    def change(fields: dict[int, Any]) -> None:
        group = fields[GROUPS][0]
        group[COLUMNS] = [*group[COLUMNS], group[COLUMNS][0]][:count]

    with pytest.raises(DamagedError, match=f"row group 0 has {count} columns, not 2"):
        chunks(forged(change))


def test_a_footer_larger_than_a_function_holds_is_refused_with_the_remedy(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    content = as_parquet(TABLE)
    size = int.from_bytes(content[-8:-4], "little")
    for most in (size, size - 1):
        monkeypatch.setattr(footer_module, "MAX_FOOTER_BYTES", most)
        if most == size:
            assert read_footer(InMemory(content)).rows == 3
            continue
        with pytest.raises(DamagedError, match=f"has {size} bytes, more than {most}; write fewer row groups"):
            read_footer(InMemory(content))


@pytest.mark.parametrize("claimed", [0, 1, 2, 3, 4, 5])
def test_a_footer_that_would_overlap_the_start_of_the_file_is_refused_by_its_size(claimed: int) -> None:
    content = as_parquet(TABLE)
    size = len(content) - 8 - 4 + claimed
    with pytest.raises(DamagedError) as refused:
        read_footer(InMemory(content[:-8] + size.to_bytes(4, "little") + b"PAR1"))
    assert (f"claims {size} bytes" in str(refused.value)) is (claimed > 0)


def test_a_list_of_more_elements_than_there_are_bytes_is_damage() -> None:
    assert CompactReader(b"\x19\x26\x02\x04\0").struct() == {1: [1, 2]}
    for size in (b"\x36\x02\x04\0", b"\xf6\xff\xff\x03\x02\0"):
        with pytest.raises(DamagedError, match=r"a list claims \d+ elements"):
            CompactReader(b"\x19" + size[:-1]).struct()


def test_a_number_of_more_than_ten_bytes_is_damage() -> None:
    assert CompactReader(b"\x16" + b"\xfe" + b"\xff" * 8 + b"\x01\0").struct() == {1: 2**63 - 1}
    with pytest.raises(DamagedError, match="more than 64 bits"):
        CompactReader(b"\x16" + b"\xff" * 10 + b"\x01\0").struct()
