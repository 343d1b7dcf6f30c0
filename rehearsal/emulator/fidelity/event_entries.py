"""EventBridge refuses entries without a source, type or readable detail, one by one, as AWS does."""

from __future__ import annotations

import json
from typing import Any

from rehearsal.emulator import hooks

_REQUIRED = ("Source", "DetailType", "Detail")


def install() -> None:
    """Check what callers put; services' own events pass."""
    put = hooks.use("services.eventbridge:_put_events")

    def put_if_sound(
        data: dict[str, Any], allow_aws_source: bool = False
    ) -> tuple[int, dict[str, str], bytes]:
        entries = data.get("Entries", [])
        refusals = {} if allow_aws_source else _refusals(entries)
        sound = [entry for index, entry in enumerate(entries) if index not in refusals]
        answer: tuple[int, dict[str, str], bytes] = put({**data, "Entries": sound}, allow_aws_source)
        status, headers, body = answer
        if status != 200 or not refusals:
            return answer
        made = json.loads(body)
        rest = iter(made["Entries"])
        made["FailedEntryCount"] += len(refusals)
        made["Entries"] = [refusals.get(index) or next(rest) for index in range(len(entries))]
        return status, headers, json.dumps(made).encode()

    hooks.replace("services.eventbridge:_put_events", put_if_sound)


def _refusals(entries: list[dict[str, Any]]) -> dict[int, dict[str, str]]:
    found = {index: _refusal(entry) for index, entry in enumerate(entries)}
    return {index: refusal for index, refusal in found.items() if refusal}


def _refusal(entry: dict[str, Any]) -> dict[str, str] | None:
    """The refusal's code and words, as recorded on AWS."""
    for name in _REQUIRED:
        if not entry.get(name):
            reason = f"Parameter {name} is not valid. Reason: {name} is a required argument."
            return {"ErrorCode": "InvalidArgument", "ErrorMessage": reason}
    try:
        is_object = isinstance(json.loads(entry["Detail"]), dict)
    except ValueError:
        is_object = False
    return None if is_object else {"ErrorCode": "MalformedDetail", "ErrorMessage": "Detail is malformed."}
