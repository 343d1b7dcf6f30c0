"""EventBridge takes what is sound of a batch and refuses the rest by entry."""

from __future__ import annotations

from typing import Any

import pytest

from tests.rehearsal.conftest import Account

SOUND = {"Source": "test.entries", "DetailType": "Test", "Detail": "{}"}


def required(name: str) -> str:
    return f"Parameter {name} is not valid. Reason: {name} is a required argument."


@pytest.mark.parametrize(
    ("change", "code", "message"),
    [
        ({"Source": ""}, "InvalidArgument", required("Source")),
        ({"DetailType": ""}, "InvalidArgument", required("DetailType")),
        ({"Detail": ""}, "InvalidArgument", required("Detail")),
        ({"Detail": "{"}, "MalformedDetail", "Detail is malformed."),
        ({"Detail": "[]"}, "MalformedDetail", "Detail is malformed."),
    ],
)
def test_an_entry_is_refused_where_it_stands(
    aws: Account, change: dict[str, Any], code: str, message: str
) -> None:
    made = aws.client("events").put_events(Entries=[SOUND, SOUND | change, SOUND])
    assert made["FailedEntryCount"] == 1
    assert made["Entries"][1] == {"ErrorCode": code, "ErrorMessage": message}
    assert all("EventId" in made["Entries"][index] for index in (0, 2))
