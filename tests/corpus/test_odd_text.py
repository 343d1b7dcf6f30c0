"""CSV as people and programs write it: which spellings of a value count, whatever stands beside it."""

from __future__ import annotations

import json

import pytest

from contracts.encoding import InputColumn, RowRefused
from functions.data_preparation.validate_schema.text_blocks import BLOCK_BYTES
from functions.data_preparation.validate_schema.validation import validate
from tests.corpus.broken_files import InMemory
from tests.corpus.odd_contract import HEADER, contract_of, csv_of, row

TAKEN = {
    "integer": ["5", "-5", " 5\t", "007", '"5"', "-0", str(2**63 - 1), str(-(2**63)), "0" * 5000 + "5"],
    "number": ["5", "5.", ".5", "+5.5", "1e308", "1E+5", "1e-400", "-0.0", " 5 ", "9" * 40],
    "boolean": ["true", "True", "TRUE", "false", "0", "1"],
    "timestamp": [
        "2013-01-01T05:00:00Z",
        "2013-01-01 05:00:00.123456+0130",
        "2013-01-01T05:00-05",
        "2012-02-29T00:00:00Z",
        "2000-02-29T23:59:59+23:59",
        "0001-01-01T00:00:00Z",
        "9999-12-31T23:59:59Z",
    ],
}
REFUSED = {
    "integer": [
        *("+5", "5.0", "1e3", "0x1F", "0xFFFFFFFFFFFFFFFF", '"1,234"', "1_000", str(2**63), "-"),
        *("٣", "１２", "5\u00a0", '"5\n"'),  # noqa: RUF001
    ],
    "number": [
        *(
            "1e400",
            "-1e400",
            "inf",
            "Infinity",
            "NaN",
            "nan(1)",
            "0x1p3",
            "5%",
            ".",
            "1e",
            '"1,5"',
            '""',
            "NA",
        ),
        *("1_000", "１.５", "5\u00a0", '"5\n"'),  # noqa: RUF001
    ],
    "boolean": ["yes", "t", "tRuE", " true", "2", "1.0"],
    "timestamp": [
        "2013-01-01",
        "2013-01-01T05:00:00",
        "2013-02-29T00:00:00Z",
        "1900-02-29T00:00:00Z",
        "2013-04-31T00:00:00Z",
        "2013-13-01T00:00:00Z",
        "0000-00-00 00:00:00Z",
        "2013-01-01T24:00:00Z",
        "2016-12-31T23:59:60Z",
        "2013-01-01T05:00:00+24:00",
        "2013-01-01T05:00:00+01:60",
        "2013-01-01T05:00:00.1234567Z",
        " 2013-01-01T05:00:00Z",
        "20130101T050000Z",
        "2013-W01-2T05:00:00Z",
        "2013-01-01_05:00:00Z",
        '"2013-01-01T05:00:00,5Z"',
        "1356998400",
    ],
}
# Refused before training, too, and by the endpoint: see docs/features.md.
BEYOND_FEATURES = {
    **dict.fromkeys(("1e308", "9" * 40), "32 bits"),
    **dict.fromkeys(("0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z"), "its year"),
}
FILES = {
    "line ends inside of quotes may be of another kind": (
        b'id,t,v\r\n0,2013-01-01T05:00:00Z,"a\nb"\r\n1,2013-01-01T05:00:00Z,"c\rd"\r\n',
        [],
    ),
    "the header ends otherwise": (csv_of("a").replace(b"v\n", b"v\r\n"), ["line_ends"]),
    "lines end in CR alone": (csv_of("a", "b").replace(b"\n", b"\r"), ["line_ends"]),
    "a row ends in CR alone": (csv_of("a", "b").replace(b"a\n", b"a\r"), ["line_ends"]),
    "latin-1 in the header": (csv_of("a,1").replace(b"v\n", b"v,caf\xe9\n"), ["encoding"]),
    "NUL in the header": (csv_of("a,1").replace(b"v\n", b"v,w\0\n"), ["encoding"]),
    "a quote opens in the last row": (csv_of("a", '"b'), ["complete"]),
    "a quote swallows the other rows": (csv_of('"a', "b", "c"), ["complete"]),
    "every row has a field too many": (csv_of("a,b", "a,b"), ["fields"]),
    "bare quotes and other languages": (csv_of('5" pipe', "🚂", "a\u2028b", "a\u0085b", 'a ""b"" c'), []),
}
# Quotes that RFC 4180 forbids (and one that it allows), and the values that are read.
QUOTES = {
    '"abc"def': "abcdef",
    '""x': "x",
    '"a" "b"': 'a "b"',
    '"a"b""c': 'ab""c',
    '5" pipe': '5" pipe',
    '5"': '5"',
    ' "a"': ' "a"',
    '"a"",b"': 'a",b',
}
LINES = {"few": "l\n" * 120, "many": "line,,\n" * 400_000, "quotes": '""\n' * 400_000}
BARE = ("x", '5" pipe', '5"', 'a"b"c"', '"a"b"c')


def broken(content: bytes, kind: str, **limits: object) -> list[tuple[str, str]]:
    report = validate("odd.csv", InMemory(content), contract_of(kind, **limits))
    return [(one.column, one.rule) for one in report.violations]


@pytest.mark.parametrize(("kind", "text"), [(kind, text) for kind in TAKEN for text in TAKEN[kind]])
def test_a_value_counts_alone_and_beside_one_that_does_not(kind: str, text: str) -> None:
    assert broken(csv_of(text, TAKEN[kind][0]), kind) == []
    report = validate("odd.csv", InMemory(csv_of(text, "wrong", TAKEN[kind][0])), contract_of(kind))
    assert [one.seen for one in report.violations] == ['1 value(s) such as "wrong"']


@pytest.mark.parametrize(("kind", "text"), [(kind, text) for kind in REFUSED for text in REFUSED[kind]])
def test_a_spelling_that_is_no_value_is_refused_alone_and_beside_others(kind: str, text: str) -> None:
    assert broken(csv_of(text, TAKEN[kind][0]), kind) == [("v", "type")]
    report = validate("odd.csv", InMemory(csv_of("wrong", text)), contract_of(kind))
    assert [one.seen for one in report.violations] == ['2 value(s) such as "wrong"']


def parsed(kind: str, text: str) -> object:
    """What a request's field of that text is; the quotes of CSV are not part of it."""
    return InputColumn(name="v", type=kind).parse(text.strip('"'))


@pytest.mark.parametrize(("kind", "text"), [(kind, text) for kind in TAKEN for text in TAKEN[kind]])
def test_a_request_may_hold_what_landed_text_may_hold_as_far_as_features_can(kind: str, text: str) -> None:
    if text not in BEYOND_FEATURES:
        assert parsed(kind, text) is not None
        return
    with pytest.raises(RowRefused, match=BEYOND_FEATURES[text]):
        parsed(kind, text)


@pytest.mark.parametrize(
    ("kind", "text"), [(kind, text) for kind in REFUSED for text in REFUSED[kind] if text != '""']
)
def test_a_request_is_refused_what_landed_text_is_refused(kind: str, text: str) -> None:
    with pytest.raises(RowRefused, match=r"^v is .*: it must be"):
        parsed(kind, text)


def test_limits_are_kept_exactly_beside_values_of_the_wrong_type() -> None:
    texts = (str(2**53 + 1), "wrong", "-5")
    assert broken(csv_of(*texts), "integer", min=-4, max=2**53) == [("v", "type"), ("v", "min"), ("v", "max")]
    assert broken(csv_of("1e308", "wrong"), "number", max=1e300) == [("v", "type"), ("v", "max")]


@pytest.mark.parametrize("name", FILES)
def test_a_file_is_refused_by_the_rules_it_breaks_and_no_others(name: str) -> None:
    content, rules = FILES[name]
    assert broken(content, "text") == [("", rule) for rule in rules]


@pytest.mark.parametrize("written", QUOTES)
def test_quotes_out_of_place_are_read_as_the_docs_say(written: str) -> None:
    read = QUOTES[written]
    assert broken(csv_of(written), "categorical", categories=[read]) == []
    report = validate("odd.csv", InMemory(csv_of(written)), contract_of("categorical", categories=["other"]))
    assert [one.seen for one in report.violations] == [f"1 other value(s) such as {json.dumps([read])}"]


def test_a_number_in_part_in_quotes_is_the_number_that_all_of_it_spells() -> None:
    (violation,) = validate("odd.csv", InMemory(csv_of('"1"2')), contract_of("number", max=11)).violations
    assert (violation.rule, violation.seen) == ("max", "12.0")


@pytest.mark.parametrize("bare", BARE)
@pytest.mark.parametrize("name", LINES)
def test_quoted_line_ends_across_a_block_end_no_row_whatever_came_before(bare: str, name: str) -> None:
    filler = b"".join(row(number, "x" * 940) for number in range(1, BLOCK_BYTES // 970))
    content = HEADER + row(0, bare) + filler
    content += row(9_999, "x" * (BLOCK_BYTES - len(content) - 100)) + row(10_000, f'"{LINES[name]}"') + filler
    report = validate("odd.csv", InMemory(content), contract_of("text"))
    assert (report.violations, report.rows) == ((), 2 * (BLOCK_BYTES // 970 - 1) + 3)


def violations_of(content: bytes, kind: str = "text") -> list[tuple[str, str]]:
    """(rule, what was seen) of each violation."""
    report = validate("odd.csv", InMemory(content), contract_of(kind))
    return [(one.rule, one.seen) for one in report.violations]


BLOCK = b"".join(row(number, "x" * 940) for number in range(BLOCK_BYTES // 900))  # more than one block


def test_of_damage_in_several_blocks_the_first_is_named_by_its_place_in_the_file() -> None:
    bad = b"1,2013-01-01T05:00:00Z,\xff\n"
    content = HEADER + BLOCK + bad + BLOCK + bad
    place = len(HEADER + BLOCK) + bad.index(b"\xff")
    assert violations_of(content) == [("encoding", f"bytes that are no UTF-8, first at {place}")]


def test_a_quote_that_is_not_closed_is_named_by_its_place_in_the_file() -> None:
    content = HEADER + BLOCK + row(1, '"open')
    place = len(HEADER + BLOCK) + row(1, '"open').index(b'"')
    assert ("complete", f"a quote that opens at byte {place} and is not closed") in violations_of(content)


def test_of_ragged_rows_in_several_blocks_all_are_counted_and_the_first_is_shown() -> None:
    content = HEADER + BLOCK + row(1, "first,more") + BLOCK + row(2, "second,more")
    ((rule, seen),) = violations_of(content)
    assert rule == "fields"
    assert seen.startswith("2 row(s), the first has 4 fields in '1,2013-01-01T05:00:00Z,first,more'")


def test_a_ragged_row_beside_a_value_of_the_wrong_type_is_counted_once() -> None:
    found = dict(violations_of(csv_of("5", "5,more", "wrong"), "integer"))
    assert found["fields"].startswith("1 row(s)") and found["type"] == '1 value(s) such as "wrong"'
