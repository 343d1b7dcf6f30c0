"""A footer that contradicts itself or its file is noticed: what it says of one column is changed."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import Any

import pytest

from functions.data_preparation.validate_schema.footer import Chunk, Footer
from functions.data_preparation.validate_schema.leaf import Leaf
from functions.data_preparation.validate_schema.ranged import RangedObject
from functions.data_preparation.validate_schema.validation import validate

KEY = "incoming/flights/2013-01.parquet"


@pytest.fixture
def said_of(
    fake_s3: Any, contract: Any, as_parquet: Any, flights: Any, monkeypatch: pytest.MonkeyPatch
) -> Any:
    """What the report says of a column when the footer says something else of its chunks."""
    groups = Footer.groups

    def said(name: str, **change: Any) -> list[str]:
        def changed(footer: Footer, wanted: dict[int, Leaf]) -> Iterator[tuple[int, dict[int, Chunk]]]:
            for rows, chunks in groups(footer, wanted):
                (index,) = (number for number, leaf in wanted.items() if leaf.name == name)
                seen = {key: value(chunks[index]) for key, value in change.items()}
                yield rows, {**chunks, index: chunks[index]._replace(**seen)}

        monkeypatch.setattr(Footer, "groups", changed)
        fake_s3.put_object("landing", KEY, as_parquet(flights))
        source = RangedObject(fake_s3, "landing", KEY, fake_s3.etag("landing", KEY))
        violations = validate(KEY, source, contract).violations
        return [one.seen for one in violations if (one.column, one.rule) == (name, "readable")]

    return said


@pytest.mark.parametrize(
    ("name", "change", "words"),
    [
        ("distance", {"physical": lambda _: 1}, "is stored as another type than the schema says"),
        ("distance", {"values": lambda chunk: chunk.rows - 1}, "values in"),
        ("distance", {"nulls": lambda chunk: chunk.rows + 1}, "nulls in"),
        ("distance", {"data_at": lambda _: 3, "dictionary_at": lambda _: 0}, "lies outside of the file"),
        ("distance", {"compressed_bytes": lambda _: 2**40}, "lies outside of the file"),
        ("distance", {"low": lambda _: b"\1"}, "least and greatest value are no"),
        (
            "distance",
            {"low": lambda chunk: chunk.high, "high": lambda chunk: chunk.low},
            "claims values from",
        ),
        (
            "origin",
            {"dictionary_at": lambda chunk: chunk.dictionary_at + 1},
            "a page's header names no sizes",
        ),
        ("origin", {"data_at": lambda chunk: chunk.data_at + 1}, "dictionary page where none lies"),
        ("origin", {"codec": lambda _: 2}, "a compressed page is damaged"),
        ("origin", {"codec": lambda _: 6}, "a compressed page is damaged"),
        ("origin", {"codec": lambda _: 0}, "a page announces"),
    ],
)
def test_what_a_footer_says_is_held_against_itself_and_the_file(
    said_of: Any, name: str, change: dict[str, Any], words: str
) -> None:
    (seen,) = said_of(name, **change)
    assert words in seen


def test_extremes_that_are_no_numbers_are_not_relied_upon(said_of: Any) -> None:
    nan = struct.pack("<d", float("nan"))
    assert said_of("dep_delay", low=lambda _: nan) == []
