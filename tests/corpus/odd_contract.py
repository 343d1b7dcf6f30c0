"""A contract with one column under examination, `v`, and rows that leave everything else in order."""

from __future__ import annotations

from typing import Any

from contracts.dataset import Contract

HEADER = b"id,t,v\n"
TRANSFORMS = {
    "number": "number",
    "integer": "number",
    "timestamp": "month",
    "categorical": "category",
    "text": "word_count",
}


def contract_of(kind: str, **limits: Any) -> Contract:
    """No feature is made of `v`."""
    return Contract.from_dict(_document(kind, limits))


def feature_contract_of(kind: str, **limits: Any) -> Contract:
    """A feature is made of `v`."""
    document = _document(kind, limits)
    document["features"].append({"name": "v", "column": "v", "transform": TRANSFORMS[kind]})
    return Contract.from_dict(document)


def _document(kind: str, limits: dict[str, Any]) -> dict[str, Any]:
    known = {"is_known_before_prediction": True}
    return {
        "name": "odd",
        "version": 1,
        "formats": {"parquet": {}, "csv": {"encoding": "utf-8", "delimiter": ","}},
        "columns": [
            {"name": "id", "type": "integer", "max_null_ratio": 0, "is_known_before_prediction": False},
            {"name": "t", "type": "timestamp", "max_null_ratio": 0, **known},
            {"name": "v", "type": kind, **limits, **known},
        ],
        "target": {"name": "is_late", "column": "id", "rule": "greater_than", "value": 3},
        "features": [{"name": "hour", "column": "t", "transform": "hour_of_day"}],
        "segments": [],
        "event_time": "t",
        "primary_key": ["id"],
        "split": {"by": "event_time", "validation_share": 0.2, "test_share": 0.2},
    }


def row(number: int, text: str) -> bytes:
    return f"{number},2013-01-01T05:00:00Z,{text}\n".encode()


def csv_of(*texts: str) -> bytes:
    return HEADER + b"".join(row(number, text) for number, text in enumerate(texts))
