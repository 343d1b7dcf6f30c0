"""Items of a Distributed Map from the contents of an object."""

from __future__ import annotations

import gzip
import io
import json
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from rehearsal.asl.ports import StatesError
from rehearsal.stepfunctions.item_reader import (
    limited,
    load_objects,
    parse_items,
    read_object,
    read_objects,
)


@pytest.mark.parametrize(
    ("body", "config", "items"),
    [
        (b'[1, {"a": 2}]', {"InputType": "JSON"}, [1, {"a": 2}]),
        (b'{"a": 1}', {"InputType": "JSON"}, [{"Key": "a", "Value": 1}]),
        (b'{"runs": [1, 2]}', {"InputType": "JSON", "ItemsPointer": "/runs"}, [1, 2]),
        (b'{"a": 1}\n\n{"a": 2}\n', {"InputType": "JSONL"}, [{"a": 1}, {"a": 2}]),
        (b"a,b\n1,2\n3\n", {"InputType": "CSV"}, [{"a": "1", "b": "2"}, {"a": "3", "b": ""}]),
        (
            b"1|2\n",
            {
                "InputType": "CSV",
                "CSVDelimiter": "PIPE",
                "CSVHeaderLocation": "GIVEN",
                "CSVHeaders": ["x", "y"],
            },
            [{"x": "1", "y": "2"}],
        ),
        (gzip.compress(b'{"a": 1}\n', mtime=0), {"InputType": "JSONL"}, [{"a": 1}]),
        (pa.compress(b"a\n1\n", "zstd", asbytes=True), {"InputType": "CSV"}, [{"a": "1"}]),
    ],
)
def test_an_object_gives_the_items_its_input_type_says(
    body: bytes, config: dict[str, Any], items: list[Any]
) -> None:
    assert parse_items(body, config) == items


@pytest.mark.parametrize(
    ("body", "config", "reason"),
    [
        (b'"text"', {"InputType": "JSON"}, "non-iterable"),
        (b"{", {"InputType": "JSON"}, "isn't valid JSON"),
        (b"\x1f\x8bnot", {"InputType": "JSON"}, "isn't valid JSON"),
        (b"a,a\n1,2\n", {"InputType": "CSV"}, "duplicates"),
        (b"", {"InputType": "XML"}, "'XML' isn't supported"),
        (b"{}", {"InputType": "JSON", "ItemsPointer": "/runs"}, "no 'runs'"),
    ],
)
def test_an_object_that_gives_no_items_fails_the_reader(
    body: bytes, config: dict[str, Any], reason: str
) -> None:
    with pytest.raises(StatesError, match=reason) as failed:
        parse_items(body, config)
    assert failed.value.error == "States.ItemReaderFailed"


def test_max_items_cuts_the_list_and_zero_takes_it_whole() -> None:
    assert limited([1, 2, 3], {"MaxItems": 2}) == [1, 2]
    assert limited([1, 2, 3], {"MaxItems": 0}) == limited([1, 2, 3], {}) == [1, 2, 3]


def test_a_listing_follows_its_pages_and_spells_its_items_as_aws_does() -> None:
    def listed(key: str) -> dict[str, Any]:
        return {"Key": key, "ETag": '"e"', "LastModified": "1970-01-01T00:01:40.000Z", "Size": 3, "Owner": {}}

    pages = {
        None: {"Contents": [listed("a")], "IsTruncated": True, "NextContinuationToken": "t"},
        "t": {"Contents": [listed("b")], "IsTruncated": False},
    }
    items = read_objects(lambda _, asked: pages[asked.get("ContinuationToken")], {"Bucket": "b"})
    common = {"Etag": '"e"', "LastModified": 100.0, "Size": 3, "StorageClass": "STANDARD"}
    assert items == [{"Key": "a", **common}, {"Key": "b", **common}]


def test_the_rows_of_a_parquet_file_are_the_items() -> None:
    written = io.BytesIO()
    pq.write_table(pa.table({"carrier": ["AA", "UA"], "delay": [1, None]}), written)
    rows = parse_items(written.getvalue(), {"InputType": "PARQUET"})
    assert rows == [{"carrier": "AA", "delay": 1}, {"carrier": "UA", "delay": None}]


def test_an_inventory_is_read_from_its_packed_files() -> None:
    manifest = {
        "destinationBucket": "arn:aws:s3:::inventory",
        "fileFormat": "CSV",
        "fileSchema": "Bucket, Key",
        "files": [{"key": "data/1.csv.gz"}],
    }
    objects = {
        ("b", "manifest.json"): json.dumps(manifest).encode(),
        ("inventory", "data/1.csv.gz"): gzip.compress(b'"b","k1"\n"b","k2"\n'),
    }
    asked = {"Bucket": "b", "Key": "manifest.json"}
    items = read_object(lambda at: objects[at["Bucket"], at["Key"]], asked, {"InputType": "MANIFEST"})
    assert items == [{"Bucket": "b", "Key": "k1"}, {"Bucket": "b", "Key": "k2"}]


def test_a_manifest_of_another_kind_fails_the_reader() -> None:
    with pytest.raises(StatesError, match="isn't that of an S3"):
        read_object(lambda _: b'{"files": []}', {}, {"InputType": "MANIFEST"})


def test_listed_objects_are_loaded_and_flattened_without_their_folders() -> None:
    bodies = {"a/1.json": b"[1]", "a/2.json": b"[2, 3]"}
    listed = [{"Key": "a/"}, {"Key": "a/1.json"}, {"Key": "a/2.json"}]
    assert load_objects(lambda at: bodies[at["Key"]], "b", listed, {"InputType": "JSON"}) == [1, 2, 3]
