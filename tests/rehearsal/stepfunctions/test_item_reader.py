"""Items of a Distributed Map from the contents of an object."""

from __future__ import annotations

from typing import Any

import pytest

from rehearsal.asl.ports import StatesError
from rehearsal.stepfunctions.item_reader import limited, parse_items, read_objects


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


def test_max_items_cuts_the_list_and_must_be_positive() -> None:
    assert limited([1, 2, 3], {"MaxItems": 2}) == [1, 2]
    with pytest.raises(StatesError, match="positive integer but was -1"):
        limited([1], {"MaxItems": -1})


def test_a_listing_follows_its_pages_to_the_end() -> None:
    pages = {
        None: {"Contents": [{"Key": "a"}], "IsTruncated": True, "NextContinuationToken": "t"},
        "t": {"Contents": [{"Key": "b"}], "IsTruncated": False},
    }
    listed = read_objects(lambda _, asked: pages[asked.get("ContinuationToken")], {"Bucket": "b"})
    assert [item["Key"] for item in listed] == ["a", "b"]
