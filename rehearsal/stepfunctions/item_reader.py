"""Items of a Distributed Map from S3: JSON, JSON Lines, CSV, Parquet, inventories and listings."""

from __future__ import annotations

import gzip
import io
import json
import zlib
from collections.abc import Callable
from datetime import datetime
from typing import Any

from rehearsal.asl.items import entries
from rehearsal.asl.ports import StatesError
from rehearsal.stepfunctions.delimited import parse_rows

FAILED = "States.ItemReaderFailed"
GZIP, ZSTD = b"\x1f\x8b", b"\x28\xb5\x2f\xfd"  # how compressed files start
Fetch = Callable[[Any], bytes]  # GetObject: its arguments to the object's body


def read_objects(call: Callable[[str, Any], Any], arguments: Any) -> list[Any]:
    """List the objects below a prefix; `call(action, arguments)` calls S3."""
    items: list[Any] = []
    token: dict[str, str] = {}
    while True:
        page = call("listObjectsV2", {**arguments, **token})
        items += [_listed(entry) for entry in page.get("Contents", [])]
        if not page.get("IsTruncated"):
            return items
        token = {"ContinuationToken": page["NextContinuationToken"]}


def _listed(entry: dict[str, Any]) -> dict[str, Any]:
    """One object of a listing with the names and the time, in epoch seconds, that its item has on AWS."""
    modified = datetime.fromisoformat(entry["LastModified"])
    return {
        "Etag": entry["ETag"],
        "Key": entry["Key"],
        "LastModified": modified.timestamp(),
        "Size": entry["Size"],
        "StorageClass": entry.get("StorageClass", "STANDARD"),
    }


def read_object(fetch: Fetch, arguments: Any, config: dict[str, Any]) -> list[Any]:
    """Return the items of one object, or of the files that an inventory's manifest names."""
    body = fetch(arguments)
    if config.get("InputType") != "MANIFEST":
        return parse_items(body, config)
    manifest = _manifest(body)
    bucket = manifest["destinationBucket"].rpartition(":")[2]
    headers = [header.strip() for header in manifest["fileSchema"].split(",")]
    given = {"CSVHeaderLocation": "GIVEN", "CSVHeaders": headers}
    return [
        item
        for file in manifest["files"]
        for item in _csv(_unzipped(fetch({"Bucket": bucket, "Key": file["key"]})), given)
    ]


def load_objects(fetch: Fetch, bucket: str, listed: list[Any], config: dict[str, Any]) -> list[Any]:
    """Return the items of all listed objects in one list: the reader's LOAD_AND_FLATTEN."""
    keys = [entry["Key"] for entry in listed if not entry["Key"].endswith("/")]
    return [item for key in keys for item in parse_items(fetch({"Bucket": bucket, "Key": key}), config)]


def _manifest(body: bytes) -> dict[str, Any]:
    manifest = json.loads(body)
    missing = {"destinationBucket", "fileFormat", "fileSchema", "files"} - set(manifest)
    if missing or manifest["fileFormat"] != "CSV":
        raise StatesError(FAILED, "The manifest isn't that of an S3 inventory in CSV")
    return dict(manifest)


def _unzipped(body: bytes) -> bytes:
    """The body without the compression AWS reads through: GZIP or ZSTD, told by how it starts."""
    if body.startswith(GZIP):
        return gzip.decompress(body)
    if body.startswith(ZSTD):
        import pyarrow  # only here: most emulators never read ZSTD

        return bytes(pyarrow.input_stream(pyarrow.py_buffer(body), compression="zstd").read())
    return body


def parse_items(body: bytes, config: dict[str, Any]) -> list[Any]:
    """Return the items of one object by its ReaderConfig; raises StatesError States.ItemReaderFailed."""
    kind = config.get("InputType")
    parsers = {"CSV": _csv, "JSON": _json, "JSONL": _json_lines, "PARQUET": _parquet}
    if kind not in parsers:
        raise StatesError(
            FAILED, f"ReaderConfig.InputType: {kind!r} isn't supported here; use one of {', '.join(parsers)}"
        )
    try:
        return parsers[kind](_unzipped(body), config)
    except (ValueError, OSError, EOFError, zlib.error) as broken:
        raise StatesError(FAILED, f"The object isn't valid {kind}: {broken}") from broken


def limited(items: list[Any], config: dict[str, Any]) -> list[Any]:
    """Return the first MaxItems items, which was checked before; all without it or where it is 0."""
    most = config.get("MaxItems")
    return items[: int(most)] if most else items


def _json(body: bytes, config: dict[str, Any]) -> list[Any]:
    document = json.loads(body)
    for key in filter(None, config.get("ItemsPointer", "").split("/")):
        if not isinstance(document, dict) or key not in document:
            raise StatesError(FAILED, f"ItemsPointer {config['ItemsPointer']}: no {key!r} in the object")
        document = document[key]
    if isinstance(document, dict):
        return entries(document)
    if not isinstance(document, list):
        raise StatesError(FAILED, "Attempting to map over non-iterable node.")
    return document


def _json_lines(body: bytes, config: dict[str, Any]) -> list[Any]:  # noqa: ARG001 - one signature for all
    return [json.loads(line) for line in body.decode("utf-8-sig").splitlines() if line.strip()]


def _csv(body: bytes, config: dict[str, Any]) -> list[Any]:
    delimiters = {"COMMA": ",", "PIPE": "|", "SEMICOLON": ";", "SPACE": " ", "TAB": "\t"}
    rows = parse_rows(body.decode("utf-8-sig"), delimiters[config.get("CSVDelimiter", "COMMA")])
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
