"""Files that are something else than their name says: one violation names what they are."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import zipfile
from collections.abc import Callable
from typing import Any

import pyarrow as pa
import pytest

from contracts.file_report import FileReport
from functions.data_preparation.validate_schema.validation import validate
from tests.corpus.broken_files import InMemory


@pytest.fixture
def report_on(contract: Any) -> Callable[[bytes, str], FileReport]:
    return lambda content, extension: validate(f"2013-01.{extension}", InMemory(content), contract)


def zipped(content: bytes) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("2013-01.csv", content)
    return buffer.getvalue()


OTHERS = {
    "gzip": (gzip.compress, "file: format: saw gzip, allowed text: unpack the file"),
    "zip": (zipped, "file: format: saw ZIP (an archive, or Excel's .xlsx)"),
    "bzip2": (bz2.compress, "file: format: saw bzip2"),
    "xz": (lzma.compress, "file: format: saw xz"),
    "zstd": (lambda content: bytes(pa.Codec("zstd").compress(content)), "file: format: saw Zstandard"),
    "utf-16": (lambda content: content.decode().encode("utf-16"), "file: encoding: saw UTF-16,"),
}


@pytest.mark.parametrize("name", OTHERS)
def test_what_is_no_text_is_named_by_what_it_is_and_by_nothing_else(
    report_on: Any, as_csv: Any, flights: pa.Table, name: str
) -> None:
    made, words = OTHERS[name]
    lines = [one.line for one in report_on(made(as_csv(flights)), "csv").violations]
    assert len(lines) == 1 and lines[0].startswith(words)


def test_a_parquet_file_by_the_name_of_text_is_told_so(report_on: Any, as_parquet: Any, flights: Any) -> None:
    (only,) = report_on(as_parquet(flights), "csv").violations
    assert only.line == "file: format: saw Parquet, allowed text, or a name that ends in .parquet"


@pytest.mark.parametrize(("made", "kind"), [(gzip.compress, "gzip"), (zipped, "ZIP")])
def test_a_packed_file_by_the_name_of_parquet_is_told_so(
    report_on: Any, as_parquet: Any, flights: pa.Table, made: Any, kind: str
) -> None:
    (only,) = report_on(made(as_parquet(flights)), "parquet").violations
    assert f"does not end as Parquet does: it is {kind}" in only.seen


@pytest.mark.parametrize("start", [b"PAR1,b\n", b"BZh9,b\n", b"PK,b\n", b"Obj,b\n"])
def test_text_that_begins_like_a_signature_is_text(report_on: Any, start: bytes) -> None:
    assert "format" not in {one.rule for one in report_on(start + b"1,2\n", "csv").violations}


@pytest.mark.parametrize("delimiter", [b";", b"|", b"\t"])
def test_another_delimiter_is_all_that_is_wrong_with_a_file_that_keeps_the_rest(
    report_on: Any, as_csv: Any, flights: pa.Table, delimiter: bytes
) -> None:
    report = report_on(as_csv(flights).replace(b",", delimiter), "csv")
    assert [one.rule for one in report.violations] == ["delimiter"]
    assert report.violations[0].allowed == '","' and report.rows == flights.num_rows


def test_behind_another_delimiter_decimal_commas_are_found_too(
    report_on: Any, as_csv: Any, flights: pa.Table
) -> None:
    text = as_csv(flights).replace(b",", b";").replace(b";-199;", b";-19,9;")
    report = report_on(text, "csv")
    assert ("dep_delay", "type") in {(one.column, one.rule) for one in report.violations}


OTHER_HEADERS = {
    "no header": lambda text: text.split(b"\n", 1)[1],
    "a comment above the header": lambda text: b"# exported 2013-02-01\n" + text,
    "a page of a proxy": lambda _: b"<html><body><h1>403 Forbidden</h1></body></html>\n",
    "json": lambda _: b'[{"year":2013,"month":1},{"year":2013,"month":2}]\n',
}


@pytest.mark.parametrize("name", OTHER_HEADERS)
def test_a_first_line_without_any_name_of_the_contract_is_told_once(
    report_on: Any, as_csv: Any, flights: pa.Table, name: str
) -> None:
    report = report_on(OTHER_HEADERS[name](as_csv(flights)), "csv")
    about_names = [one.line for one in report.violations if one.rule == "present"]
    assert len(about_names) == 1 and "present: saw none of the contract's 19 columns: " in about_names[0]
    assert len(about_names[0]) < 250


def test_a_parquet_file_of_another_dataset_is_told_once(report_on: Any, as_parquet: Any) -> None:
    (only,) = report_on(as_parquet(pa.table({"fare": [1.5], "tips": [0.5]})), "parquet").violations
    assert (only.column, only.rule) == ("", "present") and '"fare, tips"' in only.seen
