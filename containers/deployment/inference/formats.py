"""The two forms of a request and of its answer: CSV for batch transform, JSON for callers."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Sequence
from typing import Any

from contracts.document import shown
from inference.model import Model, Prediction, Row, RowsRefused

CSV = "text/csv"
JSON = "application/json"


def read_rows(content_type: str, body: bytes, model: Model) -> list[Row]:
    """The raw rows of a request; raises RowsRefused where the body does not follow its content type."""
    return _csv_rows(_text(body), model) if content_type == CSV else _json_rows(_text(body))


def write_predictions(content_type: str, predictions: Sequence[Prediction], target: str) -> str:
    """CSV: one probability a line. JSON: `{"predictions": [{"probability": p, "<target>": true}]}`."""
    if content_type == CSV:
        return "".join(f"{prediction.probability:.7f}\n" for prediction in predictions)
    answers = [{"probability": round(one.probability, 7), target: one.is_positive} for one in predictions]
    return json.dumps({"predictions": answers})


def _text(body: bytes) -> str:
    try:
        return body.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise RowsRefused(f"the body is not UTF-8: byte {error.start} is {body[error.start]:#x}") from error


def _csv_rows(text: str, model: Model) -> list[Row]:
    names = [column.name for column in model.encoding.input_columns]
    rows: list[Row] = []
    try:
        for number, fields in enumerate(csv.reader(io.StringIO(text), strict=True)):
            if len(fields) != len(names):
                expected = f"it must have {len(names)}: {', '.join(names)}"
                raise RowsRefused(f"row {number} has {len(fields)} fields: {expected}")
            rows.append(dict(zip(names, fields, strict=True)))
    except csv.Error as error:
        raise RowsRefused(f"row {len(rows)} is no CSV: {error}") from error
    return rows


def _json_rows(text: str) -> list[Row]:
    try:
        document: Any = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise RowsRefused(f"the body is not JSON: {error}") from error
    instances = document.get("instances") if isinstance(document, dict) else None
    if not isinstance(instances, list):
        raise RowsRefused(f'the body is {shown(document)}: it must be {{"instances": [{{...}}, ...]}}')
    for number, instance in enumerate(instances):
        if not isinstance(instance, dict):
            raise RowsRefused(f"instances[{number}] is {shown(instance)}: it must be an object")
    return instances
