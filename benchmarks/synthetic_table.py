"""A table of plain numbers to train on, for benchmarks that measure the trainer and not the data."""

from __future__ import annotations

from typing import Any

import numpy as np

from contracts.encoding import Encoding


def sample(rows: int, features: int) -> tuple[Any, Any]:
    """The table and its labels, which depend on products of columns: a linear model can't see them."""
    rng = np.random.default_rng(rows)
    table = rng.standard_normal((rows, features), dtype=np.float32)
    odds = table[:, 0] * table[:, 1] + table[:, 2] - 0.5 * table[:, 3] ** 2
    return table, (rng.random(rows) < 1 / (1 + np.exp(-odds))).astype(np.float32)


def encoding(features: int) -> Encoding:
    """Every column as it is."""
    names = [f"f{number}" for number in range(features)]
    return Encoding.from_dict(
        {
            "dataset": "synthetic",
            "contract_version": 1,
            "target": "label",
            "input_columns": [{"name": name, "type": "number"} for name in names],
            "features": [{"name": name, "column": name, "transform": "number"} for name in names],
        }
    )
