"""The same question put to every competitor: which columns break their null ratio, range or number of levels?
Each answers with the set of (column, rule) it found; imports are done before the clock starts."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from benchmarks.validation_data import (
    CATEGORIES,
    INTEGERS,
    LIMIT,
    MAX_LEVELS,
    MAX_NULL_RATIO,
    NUMBERS,
    contract,
)

Found = set[tuple[str, str]]
Work = Callable[[], Found | None]
NAMES = [*NUMBERS, *INTEGERS, *CATEGORIES, "t"]


def trainyard(path: Path, is_strict: bool = False) -> Work:
    """Our gate on a local file."""
    from functions.data_preparation.validate_schema.source import LocalFile
    from functions.data_preparation.validate_schema.validation import validate

    held_to = contract()
    if path.suffix == ".csv" or is_strict:
        import functions.data_preparation.validate_schema.column_data
        import functions.data_preparation.validate_schema.delimited  # noqa: F401

    def work() -> Found:
        with LocalFile(path) as source:
            report = validate(path.name, source, held_to, is_strict)
        return {(one.column, one.rule) for one in report.violations}

    return work


def strict(path: Path) -> Work:
    """Our gate, reading every value."""
    return trainyard(path, is_strict=True)


def decode(path: Path) -> Work:
    """The limit: Arrow decodes every column on all cores and drops it."""
    import pyarrow.parquet as pq

    def work() -> None:
        with pq.ParquetFile(path) as file:
            for group in range(file.num_row_groups):
                file.read_row_group(group)

    return work


def read_csv(path: Path) -> Work:
    """The limit for text: Arrow reads the whole file on all cores."""
    import pyarrow.csv as pa_csv

    def work() -> None:
        pa_csv.read_csv(path)

    return work


def duckdb(path: Path) -> Work:
    """Exact counts in SQL."""
    import duckdb as engine

    def work() -> Found:
        parts = ["count(*)"] + [f'count("{name}")' for name in NAMES]
        parts += [f'count(DISTINCT "{name}")' for name in CATEGORIES]
        parts += [f'min("{name}")' for name in [*NUMBERS, *INTEGERS]]
        parts += [f'max("{name}")' for name in [*NUMBERS, *INTEGERS]]
        connection = engine.connect()
        connection.execute(f"SET threads = {os.cpu_count()}")
        row = connection.execute(f"SELECT {', '.join(parts)} FROM '{path}'").fetchone()  # noqa: S608
        assert row is not None
        rows, counts = row[0], row[1 : 1 + len(NAMES)]
        levels = row[1 + len(NAMES) : 1 + len(NAMES) + len(CATEGORIES)]
        found = {
            (name, "max_null_ratio")
            for name, count in zip(NAMES, counts, strict=True)
            if 1 - count / rows > MAX_NULL_RATIO
        }
        return found | {
            (name, "max_cardinality")
            for name, count in zip(CATEGORIES, levels, strict=True)
            if count > MAX_LEVELS
        }

    return work


def pandera_pandas(path: Path) -> Work:
    """pandera over a pandas frame, all failures collected."""
    import pandas as pd
    import pandera.pandas as pandera

    def null_ratio(values: Any) -> bool:
        return bool(values.isna().mean() <= MAX_NULL_RATIO)

    def few_levels(values: Any) -> bool:
        return bool(values.nunique() <= MAX_LEVELS)

    read = pd.read_csv if path.suffix == ".csv" else pd.read_parquet
    return _pandera(pandera, (float, int, str), (null_ratio, few_levels), lambda: read(path))


def pandera_polars(path: Path) -> Work:
    """pandera over a polars frame."""
    import pandera.polars as pandera
    import polars as pl

    def null_ratio(data: Any) -> Any:
        return data.lazyframe.select(pl.col(data.key).is_null().mean() <= MAX_NULL_RATIO)

    def few_levels(data: Any) -> Any:
        return data.lazyframe.select(pl.col(data.key).n_unique() <= MAX_LEVELS)

    read = pl.read_csv if path.suffix == ".csv" else pl.read_parquet
    types = (pl.Float64, pl.Int64, pl.String)
    return _pandera(pandera, types, (null_ratio, few_levels), lambda: read(path))


def _pandera(
    pandera: Any, types: tuple[Any, Any, Any], checks: tuple[Any, Any], read: Callable[[], Any]
) -> Work:
    """The schema in pandera's words; both kinds of frame have the same."""
    number, integer, category = types
    null_ratio, few_levels = checks
    ratio = pandera.Check(null_ratio, name="max_null_ratio", ignore_na=False)
    within = pandera.Check.in_range(-LIMIT, LIMIT)
    few = pandera.Check(few_levels, name="max_cardinality")
    columns = {name: pandera.Column(number, [within, ratio], nullable=True) for name in NUMBERS}
    columns |= {name: pandera.Column(integer, [within, ratio]) for name in INTEGERS}
    columns |= {name: pandera.Column(category, [few, ratio]) for name in CATEGORIES}
    schema = pandera.DataFrameSchema(columns)

    def work() -> Found:
        try:
            schema.validate(read(), lazy=True)
        except pandera.errors.SchemaErrors as errors:
            cases = errors.failure_cases
            return set(zip(cases["column"], cases["check"], strict=True))
        return set()

    return work


def great_expectations(path: Path) -> Work:
    """Great Expectations over a pandas frame."""
    import great_expectations as gx
    import pandas as pd

    expectations = gx.expectations
    context = gx.get_context(mode="ephemeral")
    asset = context.data_sources.add_pandas("pandas").add_dataframe_asset("asset")
    definition = asset.add_batch_definition_whole_dataframe("all")
    suite = gx.ExpectationSuite(name="contract")
    for name in [*NUMBERS, *INTEGERS, *CATEGORIES]:
        suite.add_expectation(
            expectations.ExpectColumnValuesToNotBeNull(column=name, mostly=1 - MAX_NULL_RATIO)
        )
    for name in [*NUMBERS, *INTEGERS]:
        suite.add_expectation(
            expectations.ExpectColumnValuesToBeBetween(column=name, min_value=-LIMIT, max_value=LIMIT)
        )
    for name in CATEGORIES:
        suite.add_expectation(
            expectations.ExpectColumnUniqueValueCountToBeBetween(column=name, max_value=MAX_LEVELS)
        )
    read = pd.read_csv if path.suffix == ".csv" else pd.read_parquet
    rules = {
        "expect_column_values_to_not_be_null": "max_null_ratio",
        "expect_column_unique_value_count_to_be_between": "max_cardinality",
    }

    def work() -> Found:
        batch = definition.get_batch(batch_parameters={"dataframe": read(path)})
        results = [one for one in batch.validate(suite).results if not one.success]
        configurations = [one.expectation_config for one in results]
        return {(one.kwargs["column"], rules[one.type]) for one in configurations if one is not None}

    return work


COMPETITORS: dict[str, Callable[[Path], Work]] = {
    "trainyard": trainyard,
    "trainyard strict": strict,
    "decode": decode,
    "read_csv": read_csv,
    "duckdb": duckdb,
    "pandera polars": pandera_polars,
    "great expectations": great_expectations,
    "pandera pandas": pandera_pandas,
}
