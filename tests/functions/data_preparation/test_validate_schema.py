from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from contracts.failures import DataReplaced, DatasetTooLarge
from functions.data_preparation.validate_schema import handler
from functions.data_preparation.validate_schema.ranged import TAIL_BYTES, RangedObject
from functions.data_preparation.validate_schema.validation import validate

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture
def report_on(fake_s3: Any, contract: Any) -> Any:
    def run(content: bytes, extension: str = "parquet", is_strict: bool = False) -> Any:
        key = f"incoming/flights/2013-01.{extension}"
        fake_s3.put_object("landing", key, content)
        return validate(
            key, RangedObject(fake_s3, "landing", key, fake_s3.etag("landing", key)), contract, is_strict
        )

    return run


def broken(report: Any) -> list[tuple[str, str]]:
    return [(one.column, one.rule) for one in report.violations]


def changed(table: pa.Table, name: str, values: pa.Array) -> pa.Table:
    return table.set_column(table.schema.names.index(name), name, values)


@pytest.mark.parametrize("compression", ["none", "snappy", "gzip", "zstd", "lz4"])
@pytest.mark.parametrize(
    "options",
    [{}, {"write_statistics": False}, {"use_dictionary": False}, {"row_group_size": 50}],
    ids=["usual", "no statistics", "no dictionary", "small row groups"],
)
def test_parquet_that_keeps_the_contract_passes_however_it_was_written(
    report_on: Any, as_parquet: Any, flights: Any, compression: str, options: Any
) -> None:
    content = as_parquet(flights, compression=compression, data_page_version="2.0", **options)
    for is_strict in (False, True):
        report = report_on(content, is_strict=is_strict)
        assert (broken(report), report.rows) == ([], flights.num_rows)
    assert report.proven_from == "data"


def test_csv_that_keeps_the_contract_passes_and_is_proven_from_data(
    report_on: Any, as_csv: Any, flights: Any
) -> None:
    report = report_on(as_csv(flights), "csv")
    assert (broken(report), report.rows, report.proven_from) == ([], flights.num_rows, "data")


@pytest.mark.parametrize("extension", ["parquet", "csv"])
def test_a_missing_column_is_named(
    report_on: Any, as_parquet: Any, as_csv: Any, flights: Any, extension: str
) -> None:
    table = flights.drop_columns(["carrier"])
    content = as_csv(table) if extension == "csv" else as_parquet(table)
    assert broken(report_on(content, extension)) == [("carrier", "present")]


def test_all_violations_of_a_file_are_reported_not_the_first(
    report_on: Any, as_parquet: Any, flights: Any
) -> None:
    rows = flights.num_rows
    table = changed(flights, "dep_delay", pa.array(["late"] * rows))
    table = changed(table, "origin", pa.array(["XXX"] * rows))
    table = changed(table, "month", pa.array([None, *[13] * (rows - 1)], pa.int64()))
    assert set(broken(report_on(as_parquet(table)))) == {
        ("dep_delay", "type"),
        ("origin", "categories"),
        ("month", "max_null_ratio"),
        ("month", "max"),
    }


def test_a_category_that_explodes_is_stopped_at_its_bound(
    report_on: Any, as_parquet: Any, as_csv: Any, flights: Any
) -> None:
    table = changed(flights, "carrier", pa.array([f"c{row}" for row in range(flights.num_rows)]))
    for content, extension in ((as_parquet(table), "parquet"), (as_csv(table), "csv")):
        report = report_on(content, extension)
        assert broken(report) == [("carrier", "max_cardinality")]
        assert report.violations[0].allowed == "at most 50"


def test_text_in_a_numeric_csv_column_is_quoted_in_the_report(
    report_on: Any, as_csv: Any, flights: Any
) -> None:
    content = as_csv(flights).replace(b",-199,", b",late,")
    report = report_on(content, "csv")
    assert {("dep_delay", "type"), ("arr_delay", "type")} >= set(broken(report)) != set()
    assert '"late"' in report.violations[0].seen


def test_not_a_number_counts_as_missing_where_values_are_read(
    report_on: Any, as_parquet: Any, flights: Any
) -> None:
    table = changed(flights, "dep_delay", pa.array([float("nan")] * flights.num_rows))
    assert broken(report_on(as_parquet(table))) == [("dep_delay", "max_null_ratio")]


@pytest.mark.parametrize("kind", [pa.list_(pa.field("element", pa.string())), pa.int64(), pa.date32()])
def test_a_column_stored_as_another_type_is_named_with_that_type(
    report_on: Any, as_parquet: Any, flights: Any, kind: pa.DataType
) -> None:
    table = changed(flights, "carrier", pa.array([None] * flights.num_rows, kind))
    report = report_on(as_parquet(table))
    assert broken(report) == [("carrier", "type")]
    assert report.violations[0].seen == str(kind)


def test_a_file_cut_off_in_the_middle_is_never_taken_for_whole(
    report_on: Any, as_parquet: Any, as_csv: Any, flights: Any
) -> None:
    parquet, csv = as_parquet(flights), as_csv(flights)
    assert broken(report_on(parquet[: len(parquet) // 2])) == [("", "readable")]
    for end in (len(csv) // 2, len(csv) - 1, len(csv) - 5):
        assert ("", "complete") in broken(report_on(csv[:end], "csv"))


@pytest.mark.parametrize(
    ("content", "rule"),
    [(b"", "readable"), (b"PAR1" + bytes(64) + b"PAR1", "readable"), (b"not parquet", "readable")],
    ids=["empty", "wrong inside", "wrong magic"],
)
def test_a_file_that_is_no_parquet_is_reported_not_crashed_on(
    report_on: Any, content: bytes, rule: str
) -> None:
    report = report_on(content)
    assert (broken(report), report.rows) == ([("", rule)], -1)


def test_a_file_with_a_header_and_no_rows_is_refused(
    report_on: Any, as_parquet: Any, as_csv: Any, flights: Any
) -> None:
    assert broken(report_on(as_csv(flights).split(b"\n")[0] + b"\n", "csv")) == [("", "rows")]
    assert broken(report_on(as_parquet(flights.slice(0, 0)))) == [("", "rows")]


@pytest.mark.parametrize(
    ("before", "after", "rule"),
    [
        (b'"year"', b'\xef\xbb\xbf"year"', "encoding"),
        (b"N77", b"N\xe97", "encoding"),
        (b"N77", b"N\x007", "encoding"),
        (b'JFK"\n', b'JFK"\r\n', "line_ends"),
        (b'"N77",', b'"N77","one more",', "fields"),
        (b'"N77",', b"", "fields"),
        (b'"N77"', b'"N77', "fields"),
    ],
    ids=["mark", "latin-1", "nul", "mixed line ends", "field too many", "field too few", "open quote"],
)
def test_damage_to_csv_text_is_named_by_its_rule(
    report_on: Any, as_csv: Any, flights: Any, before: bytes, after: bytes, rule: str
) -> None:
    content = as_csv(flights) if rule != "line_ends" else as_csv(flights).replace(b"\n", b"\r\n", 3)
    report = report_on(content.replace(before, after, 1), "csv")
    assert ("", rule) in broken(report)


def test_a_column_that_occurs_twice_is_refused(report_on: Any, as_csv: Any, flights: Any) -> None:
    content = as_csv(flights).replace(b'"tailnum"', b'"origin"', 1)
    assert set(broken(report_on(content, "csv"))) == {("origin", "unique"), ("tailnum", "present")}


def test_a_character_split_over_two_chunks_is_still_utf_8(as_csv: Any, flights: Any, contract: Any) -> None:
    from functions.data_preparation.validate_schema.delimited import delimited_facts

    table = changed(flights, "tailnum", pa.array(["é€😀"] * flights.num_rows))
    content = as_csv(table)
    facts = delimited_facts((content[i : i + 7] for i in range(0, len(content), 7)), contract)
    assert (facts.violations, facts.rows) == ([], flights.num_rows)


def test_a_format_that_the_contract_does_not_name_is_refused(report_on: Any) -> None:
    assert broken(report_on(b"x", "xlsx")) == [("", "format")]


def test_a_csv_file_beyond_the_limit_is_refused_by_name(
    fake_s3: Any, environment: pytest.MonkeyPatch
) -> None:
    environment.setenv("MAX_FILE_MB", "1")
    fake_s3.put_object("landing", "k.csv", bytes(1024**2))
    handler.refuse_too_large(RangedObject(fake_s3, "landing", "k.csv", fake_s3.etag("landing", "k.csv")))
    fake_s3.put_object("landing", "k.csv", bytes(1024**2 + 1))
    with pytest.raises(DatasetTooLarge, match=r"dataPreparation.maxFileMb.*land it as Parquet"):
        handler.refuse_too_large(RangedObject(fake_s3, "landing", "k.csv", fake_s3.etag("landing", "k.csv")))


def test_a_file_replaced_since_it_was_listed_is_refused_before_and_while_it_is_read(fake_s3: Any) -> None:
    fake_s3.put_object("landing", "k", b"first")
    etag = fake_s3.etag("landing", "k")
    source = RangedObject(fake_s3, "landing", "k", etag)
    fake_s3.put_object("landing", "k", b"second")
    for read in (lambda: source.range(0, 3), lambda: RangedObject(fake_s3, "landing", "k", etag)):
        with pytest.raises(DataReplaced, match=r"was replaced after.*start a new run"):
            read()
    fake_s3.delete_object("landing", "k")
    with pytest.raises(DataReplaced, match="has gone since the run listed it"):
        list(source.chunks())


def test_an_object_is_read_up_to_its_end_and_not_beyond(fake_s3: Any) -> None:
    fake_s3.put_object("landing", "k", bytes(200_000))
    source = RangedObject(fake_s3, "landing", "k", fake_s3.etag("landing", "k"))
    assert len(source.range(100, 999_999)) == 199_900
    assert [len(chunk) for chunk in source.chunks(150_000)] == [150_000, 50_000]


@pytest.mark.parametrize(("start", "end"), [(8, 8), (8, 4), (199_999, 199_998), (200_000, 200_008)])
def test_a_range_without_bytes_is_not_asked_for(fake_s3: Any, start: int, end: int) -> None:
    fake_s3.put_object("landing", "k", bytes(200_000))
    source = RangedObject(fake_s3, "landing", "k", fake_s3.etag("landing", "k"))
    assert (source.range(start, end), fake_s3.reads) == (b"", []), "S3 would answer with the whole object"


def test_the_end_of_an_object_is_read_once_whoever_asks_for_a_part_of_it(fake_s3: Any) -> None:
    content = bytes(range(250)) * 800
    fake_s3.put_object("landing", "k", content)
    source = RangedObject(fake_s3, "landing", "k", fake_s3.etag("landing", "k"))
    tail = len(content) - TAIL_BYTES
    for start, end in ((tail, tail + 9), (tail + 1, tail + 2), (199_992, 200_000)):
        assert source.range(start, end) == content[start:end]
    assert fake_s3.reads == [f"bytes={tail}-199999"]
    assert source.range(tail - 1, tail + 1) == content[tail - 1 : tail + 1]
    assert fake_s3.reads[1:] == [f"bytes={tail - 1}-{tail}"]
    assert source.bytes_read == TAIL_BYTES + 2


def test_a_wide_parquet_file_is_judged_from_a_small_part_of_it(
    fake_s3: Any, as_parquet: Any, flights: Any, contract: Any
) -> None:
    table = flights.append_column(
        "ballast", pa.array([f"{row:05d}" * 400 for row in range(flights.num_rows)])
    )
    content = as_parquet(table, compression="none", use_dictionary=["carrier", "origin", "dest"])
    fake_s3.put_object("landing", "k.parquet", content)
    source = RangedObject(fake_s3, "landing", "k.parquet", fake_s3.etag("landing", "k.parquet"))
    assert validate("k.parquet", source, contract).is_valid
    assert source.bytes_read < 0.2 * len(content)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    damage=st.lists(
        st.tuples(st.floats(0, 1, exclude_max=True), st.integers(0, 255)), min_size=1, max_size=20
    )
)
@pytest.mark.parametrize("extension", ["parquet", "csv"])
def test_damaged_bytes_anywhere_end_in_a_report_never_in_a_crash(
    report_on: Any, as_parquet: Any, as_csv: Any, flights: Any, extension: str, damage: Any
) -> None:
    content = bytearray(as_parquet(flights) if extension == "parquet" else as_csv(flights))
    for where, byte in damage:
        content[int(where * len(content))] = byte
    assert report_on(bytes(content), extension).file.endswith(extension)


@given(content=st.binary(max_size=300))
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_bytes_of_any_kind_are_never_accepted(report_on: Any, content: bytes) -> None:
    assert not report_on(content, "csv").is_valid
    assert not report_on(content, "parquet").is_valid


def test_the_handler_writes_the_report_and_answers_where(
    fake_s3: Any, environment: pytest.MonkeyPatch, as_parquet: Any, flights: Any
) -> None:
    environment.setattr(handler, "client", lambda _: fake_s3)
    environment.setenv("MAX_FILE_MB", "100")
    contract_at = "datasets/flights/contract.json"
    fake_s3.put_object("artifacts", contract_at, (ROOT / contract_at).read_bytes())
    fake_s3.put_object(
        "landing", "incoming/flights/2013-01.parquet", as_parquet(flights.drop_columns(["dest"]))
    )
    key = "incoming/flights/2013-01.parquet"
    file = {"bucket": "landing", "key": key, "etag": fake_s3.etag("landing", key)}
    event = {"run": {"id": "r"}, "contract_uri": f"s3://artifacts/{contract_at}", "file": file}
    answer = handler.handle(event, None)
    report_key = "pipeline/r/data/reports/2013-01.parquet.report.json"
    assert (answer["is_valid"], answer["violations"]) == (False, 1)
    assert answer["report_uri"] == f"s3://artifacts/{report_key}"
    assert json.loads(fake_s3.objects["artifacts", report_key])["violations"][0]["column"] == "dest"
