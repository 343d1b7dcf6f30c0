"""What validation is timed on: 20 columns with nulls, numbers and categories, and two planted violations (a
null ratio, a category with too many levels)."""

from __future__ import annotations

from typing import Any

from contracts.dataset import Contract

NUMBERS = [f"n{i}" for i in range(10)]
INTEGERS = [f"i{i}" for i in range(4)]
CATEGORIES = {"c0": 5, "c1": 20, "c2": 45, "c3": 400, "c4": 3}
MAX_LEVELS = 50
MAX_NULL_RATIO = 0.02
# n9 breaks the ratio, c3 the number of levels.
NULL_SHARES = {"n9": 0.10}
LIMIT = 1e6
TARGET = "n0"
PLANTED = {("n9", "max_null_ratio"), ("c3", "max_cardinality")}


def contract() -> Contract:
    """The contract that the files break in two places; features are made of every other column."""
    known: dict[str, Any] = {"is_known_before_prediction": True, "max_null_ratio": MAX_NULL_RATIO}
    ranges = {"min": -LIMIT, "max": LIMIT}
    columns = [{"name": name, "type": "number", **ranges, **known} for name in NUMBERS]
    columns += [{"name": name, "type": "integer", **ranges, **known} for name in INTEGERS]
    columns += [
        {"name": name, "type": "categorical", "max_cardinality": MAX_LEVELS, **known} for name in CATEGORIES
    ]
    columns += [{"name": "t", "type": "timestamp", **known}]
    transforms = {"number": "number", "integer": "number", "categorical": "category", "timestamp": "month"}
    features = [
        {"name": one["name"], "column": one["name"], "transform": transforms[one["type"]]}
        for one in columns
        if one["name"] != TARGET
    ]
    return Contract.from_dict(
        {
            "name": "benchmark",
            "version": 1,
            "formats": {"parquet": {}, "csv": {"encoding": "utf-8", "delimiter": ","}},
            "columns": columns,
            "target": {"name": "label", "column": TARGET, "rule": "greater_than", "value": 100},
            "features": features,
            "segments": [],
            "event_time": "t",
            "primary_key": ["t"],
            "split": {"by": "event_time", "validation_share": 0.15, "test_share": 0.15},
        }
    )
