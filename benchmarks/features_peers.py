"""The same training set made by every competitor: features of the flights contract fitted on the earliest
rows, training and validation parts, the hold-out as CSV and labels. Imports, and what the limit writes, are
made before the clock starts."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.csv as pa_csv
import pyarrow.parquet as pq

from benchmarks.features_data import CONTRACT, ROOT, landed_files
from contracts.artifacts import EVENT_MINUTE, LABEL
from contracts.dataset import Contract
from contracts.transforms import PRIOR_ROWS

sys.path[:0] = [str(ROOT / "containers/data_preparation")]
Work = Callable[[], None]
FLIGHTS = Contract.from_json(CONTRACT.read_bytes())
INPUTS = [column.name for column in FLIGHTS.input_columns]
COLUMNS = [*INPUTS, FLIGHTS.target.column]
NAMES = [feature.name for feature in FLIGHTS.features]
MOMENT = FLIGHTS.event_time
STANDARD_TIME_HOURS = -5


def trainyard(root: Path) -> Work:
    """The features job: beside the set it makes the statistics of every feature, the one-feature rule and the
    hashes of the manifest."""
    import pandas  # noqa: F401  (Arrow imports it where there is one; the image has none)
    from features.engine import OneMachine
    from features.paths import Paths
    from features.prepare import prepare

    return lambda: print(prepare(Paths(root), OneMachine()), file=sys.stderr)


def limit(root: Path) -> Work:
    """The limit: Arrow decodes the columns once on all cores, and writes the set that the job left behind."""
    done = root / "processing/trainyard/data"
    parts = {path: pq.read_table(path) for path in sorted(done.rglob("*.parquet"))}
    held_out = held_out_table(done)

    def work() -> None:
        for path in landed_files(root):
            decoded(path)
        for path, table in parts.items():
            pq.write_table(table, folder_of(root, path.parent.name) / path.name, compression="zstd")
        pa_csv.write_csv(held_out, folder_of(root, "test") / "inputs.csv")

    return work


def decoded(path: Path) -> pa.Table:
    """The columns of a file, by Arrow on all cores."""
    if path.suffix == ".csv":
        return pa_csv.read_csv(path, convert_options=pa_csv.ConvertOptions(include_columns=COLUMNS))
    return pq.read_table(path, columns=COLUMNS)


def held_out_table(done: Path) -> pa.Table:
    """The inputs of the hold-out, as they were."""
    kinds = {column.name: column.type for column in FLIGHTS.input_columns}
    texts = {name: pa.string() for name, kind in kinds.items() if kind == "categorical"}
    reading = pa_csv.ReadOptions(column_names=INPUTS)
    converting = pa_csv.ConvertOptions(column_types=texts)
    return pa_csv.read_csv(done / "test/inputs/inputs.csv", reading, convert_options=converting)


def scikit_learn(root: Path) -> Work:
    """pandas and scikit-learn's ColumnTransformer, whole columns in memory."""
    import pandas as pd
    import sklearn.compose  # noqa: F401

    def read(path: Path) -> Any:
        if path.suffix == ".csv":
            return pd.read_csv(path, usecols=COLUMNS, engine="pyarrow", parse_dates=[MOMENT])
        return pd.read_parquet(path, columns=COLUMNS)

    def work() -> None:
        rows = pd.concat([read(path) for path in landed_files(root)], ignore_index=True)
        rows = rows[rows[FLIGHTS.target.column].notna()]
        labels = (rows[FLIGHTS.target.column] > FLIGHTS.target.value).to_numpy().astype(np.int8)
        minutes = rows[MOMENT].dt.as_unit("s").astype("int64").to_numpy() // 60
        splits = split_of(minutes)
        training = splits == 0
        transformer = column_transformer(rows[training]).fit(rows[training], labels[training])
        for split, name in enumerate(("train", "validation")):
            is_here = splits == split
            features = transformer.transform(rows[is_here]).astype(np.float32)
            write_part(root, name, features, labels[is_here], minutes[is_here])
        held_out = pa.Table.from_pandas(rows[splits == 2], preserve_index=False)
        write_held_out(root, held_out, labels[splits == 2])

    return work


def column_transformer(training: Any) -> Any:
    """The features of the contract in scikit-learn's words; codes follow the frequency of levels."""
    import pandas as pd
    from sklearn.compose import ColumnTransformer
    from sklearn.preprocessing import FunctionTransformer, OrdinalEncoder, TargetEncoder

    def clock_hours(times: Any) -> Any:
        return times // 100 + times % 100 / 60

    def weekdays(moments: Any) -> Any:
        return moments.apply(lambda one: (one + pd.Timedelta(hours=STANDARD_TIME_HOURS)).dt.dayofweek)

    levels = [training[name].value_counts().index.to_numpy(dtype=object) for name in ("carrier", "origin")]
    return ColumnTransformer(
        [
            ("hours", FunctionTransformer(clock_hours), ["sched_dep_time", "sched_arr_time"]),
            ("weekday", FunctionTransformer(weekdays), [MOMENT]),
            ("codes", OrdinalEncoder(categories=levels), ["carrier", "origin"]),
            ("rate", TargetEncoder(target_type="binary", smooth=PRIOR_ROWS), ["dest"]),
            ("number", "passthrough", ["distance"]),
        ]
    )


def polars(root: Path) -> Work:
    """polars, whole columns in memory and all cores."""
    import polars as pl

    def read(path: Path) -> Any:
        if path.suffix == ".csv":
            return pl.read_csv(path, columns=COLUMNS, try_parse_dates=True)
        return pl.read_parquet(path, columns=COLUMNS)

    def work() -> None:
        rows = pl.concat([read(path) for path in landed_files(root)])
        rows = rows.filter(pl.col(FLIGHTS.target.column).is_not_null()).with_columns(
            (pl.col(FLIGHTS.target.column) > FLIGHTS.target.value).cast(pl.Int8).alias(LABEL),
            (pl.col(MOMENT).dt.epoch("s") // 60).alias(EVENT_MINUTE),
        )
        rows = rows.with_columns(pl.Series("split", split_of(rows[EVENT_MINUTE].to_numpy())))
        features = polars_features(rows.filter(pl.col("split") == 0))
        for split, name in enumerate(("train", "validation")):
            part = rows.filter(pl.col("split") == split).select(*features, LABEL, EVENT_MINUTE)
            part.write_parquet(folder_of(root, name) / "part.parquet", compression_level=1)
        held_out = rows.filter(pl.col("split") == 2)
        held_out.select(INPUTS).write_csv(folder_of(root, "test") / "inputs.csv", include_header=False)
        answers = held_out.select(LABEL, MOMENT, *FLIGHTS.segments)
        answers.write_parquet(folder_of(root, "test") / "labels.parquet", compression_level=1)

    return work


def polars_features(training: Any) -> list[Any]:
    """The features of the contract in polars' words."""
    import polars as pl

    def clock_hours(name: str) -> Any:
        return pl.col(name) // 100 + pl.col(name) % 100 / 60

    def code(name: str) -> Any:
        levels = training.group_by(name).len().sort("len", descending=True)[name]
        return pl.col(name).replace_strict(levels, np.arange(len(levels)), default=len(levels))

    overall = training[LABEL].mean()
    rate = (pl.col(LABEL).sum() + PRIOR_ROWS * overall) / (pl.len() + PRIOR_ROWS)
    rates = training.group_by("dest").agg(rate.alias("rate"))
    columns = [
        clock_hours("sched_dep_time"),
        clock_hours("sched_arr_time"),
        (pl.col(MOMENT) + pl.duration(hours=STANDARD_TIME_HOURS)).dt.weekday() - 1,
        code("carrier"),
        code("origin"),
        pl.col("dest").replace_strict(rates["dest"], rates["rate"], default=overall),
        pl.col("distance"),
    ]
    return [one.cast(pl.Float32).alias(name) for one, name in zip(columns, NAMES, strict=True)]


def split_of(minutes: Any) -> Any:
    """0, 1 or 2 for each row by its moment, cut where the contract's shares lie."""
    from features.split import PlaceCounts

    places = PlaceCounts()
    places.add(minutes)
    return places.cut(FLIGHTS.split).assign(minutes)


def folder_of(root: Path, split: str) -> Path:
    """Where a split of the set is written."""
    folder = root / "processing/output/data" / split
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def write_part(root: Path, split: str, features: Any, labels: Any, minutes: Any) -> None:
    """A split in the job's form."""
    columns = dict(zip(NAMES, map(np.ascontiguousarray, features.T), strict=True))
    table = pa.table({**columns, LABEL: labels, EVENT_MINUTE: minutes})
    pq.write_table(table, folder_of(root, split) / "part.parquet", compression="zstd")


def write_held_out(root: Path, rows: pa.Table, labels: Any) -> None:
    """The test rows as inputs and labels."""
    header = pa_csv.WriteOptions(include_header=False)
    pa_csv.write_csv(rows.select(INPUTS), folder_of(root, "test") / "inputs.csv", header)
    answers = rows.select([MOMENT, *FLIGHTS.segments]).append_column(LABEL, pa.array(labels))
    pq.write_table(answers, folder_of(root, "test") / "labels.parquet", compression="zstd")


COMPETITORS: Mapping[str, Callable[[Path], Work]] = {
    "trainyard": trainyard,
    "limit": limit,
    "polars": polars,
    "scikit-learn": scikit_learn,
}
