"""A made-up dataset as a training job finds it: numbers, some missing, a category, and a label to learn."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from contracts.encoding import Encoding, InputColumn
from contracts.fitted import FittedFeature

ROWS = {"train": 2000, "validation": 500}
LEVELS = ("north", "south", "west")
FIRST_MINUTE = 22_600_000  # since 1970: in 2012
ENCODING = Encoding(
    dataset="sample",
    contract_version=1,
    target="label",
    input_columns=(
        InputColumn(name="length", type="number"),
        InputColumn(name="weight", type="number"),
        InputColumn(name="side", type="categorical"),
    ),
    features=(
        FittedFeature(name="length", column="length", transform="number"),
        FittedFeature(name="weight", column="weight", transform="number"),
        FittedFeature(name="side", column="side", transform="category", levels=LEVELS),
    ),
)


def write_sample(data: Path) -> None:
    """Write the channels `train`, `validation` and `encoding` below a folder; the same ones every time."""
    source = np.random.default_rng(1)
    for channel, rows in ROWS.items():
        folder = data / channel
        folder.mkdir(parents=True)
        pq.write_table(_rows(source, rows), folder / "part-0.parquet")
    folder = data / "encoding"
    folder.mkdir()
    (folder / "encoding.json").write_text(json.dumps(ENCODING.to_dict()))


def _rows(source: np.random.Generator, rows: int) -> pa.Table:
    length, weight = source.normal(size=(2, rows)).astype(np.float32)
    side = source.integers(len(LEVELS), size=rows).astype(np.float32)
    odds = 1.5 * length - weight + side - 1.0
    label = (source.random(rows) < 1 / (1 + np.exp(-odds))).astype(np.int8)
    weight[source.random(rows) < 0.1] = np.nan
    minutes = FIRST_MINUTE + np.arange(rows, dtype=np.int64)
    return pa.table(
        {"length": length, "weight": weight, "side": side, "label": label, "event_minute": minutes}
    )
