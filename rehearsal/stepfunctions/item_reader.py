"""Items of a Distributed Map from S3: JSON, JSON Lines, CSV, Parquet and listings of a prefix."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from typing import Any

from rehearsal.asl.ports import StatesError

FAILED = "States.ItemReaderFailed"


def read_objects(call: Callable[[str, Any], Any], arguments: Any) -> list[Any]:
    """List the objects below a prefix; `call(action, arguments)` calls S3."""
    items: list[Any] = []
    token: dict[str, str] = {}
    while True:
        page = call("listObjectsV2", {**arguments, **token})
        items += page.get("Contents", [])
        if not page.get("IsTruncated"):
            return items
        token = {"ContinuationToken": page["NextContinuationToken"]}


def parse_items(body: bytes, config: dict[str, Any]) -> list[Any]:
    """Return the items of one object by its ReaderConfig; raises StatesError States.ItemReaderFailed."""
    kind = config.get("InputType")
    parsers = {"CSV": _csv, "JSON": _json, "JSONL": _json_lines, "PARQUET": _parquet}
    if kind not in parsers:
        raise StatesError(
            FAILED, f"ReaderConfig.InputType: {kind!r} isn't supported here; use one of {', '.join(parsers)}"
        )
    try:
        return parsers[kind](body, config)
    except ValueError as broken:
        raise StatesError(FAILED, f"The object isn't valid {kind}: {broken}") from broken


def limited(items: list[Any], config: dict[str, Any]) -> list[Any]:
    """Return the first MaxItems items, all without it."""
    most = config.get("MaxItems")
    if most is None:
        return items
    if not isinstance(most, int) or most <= 0:
        raise StatesError(FAILED, f"ReaderConfig.MaxItems must be a positive integer but was {most}")
    return items[:most]


def _json(body: bytes, config: dict[str, Any]) -> list[Any]:
    document = json.loads(body)
    for key in filter(None, config.get("ItemsPointer", "").split("/")):
        if not isinstance(document, dict) or key not in document:
            raise StatesError(FAILED, f"ItemsPointer {config['ItemsPointer']}: no {key!r} in the object")
        document = document[key]
    if isinstance(document, dict):
        return [{"Key": key, "Value": value} for key, value in document.items()]
    if not isinstance(document, list):
        raise StatesError(FAILED, "Attempting to map over non-iterable node.")
    return document


def _json_lines(body: bytes, config: dict[str, Any]) -> list[Any]:  # noqa: ARG001 - one signature for all
    return [json.loads(line) for line in body.decode("utf-8-sig").splitlines() if line.strip()]


def _csv(body: bytes, config: dict[str, Any]) -> list[Any]:
    delimiters = {"COMMA": ",", "PIPE": "|", "SEMICOLON": ";", "SPACE": " ", "TAB": "\t"}
    delimiter = delimiters[config.get("CSVDelimiter", "COMMA")]
    rows = [row for row in csv.reader(io.StringIO(body.decode("utf-8-sig")), delimiter=delimiter) if row]
    if config.get("CSVHeaderLocation") == "GIVEN":
        headers = config["CSVHeaders"]
    elif rows:
        headers, rows = rows[0], rows[1:]
    else:
        return []
    if len(set(headers)) < len(headers):
        raise StatesError(FAILED, "CSV headers cannot contain duplicates.")
    return [_record(headers, row) for row in rows]


def _record(headers: list[str], row: list[str]) -> dict[str, str]:
    padded = [*row, *[""] * (len(headers) - len(row))]
    return dict(zip(headers, padded, strict=False))


def _parquet(body: bytes, config: dict[str, Any]) -> list[Any]:  # noqa: ARG001 - one signature for all
    import pyarrow.parquet  # only here: most emulators never read Parquet

    rows: list[Any] = pyarrow.parquet.read_table(io.BytesIO(body)).to_pylist()
    return rows
