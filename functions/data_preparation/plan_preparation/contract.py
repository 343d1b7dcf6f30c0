"""Fixes the contract that a run works by: a copy of its own, a digest, what changed since the run before."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from contracts.dataset import Contract
from contracts.document import shown

# A run carries these along, and a state of it holds 256 KiB: lists of categories may be longer.
CHANGES_SHOWN = 20
PATH_CHARACTERS = 120
ABSENT = "absent"


@dataclass(frozen=True, kw_only=True)
class Seen:
    """The contract as one run saw it; `document` is its JSON form, in which layout does not matter."""

    run_id: str
    document: Mapping[str, Any]

    @classmethod
    def read(cls, run_id: str, body: bytes) -> Seen:
        """Reads the contract's file; raises ContractInvalid naming the field."""
        return cls(run_id=run_id, document=Contract.from_json(body).to_dict())

    @classmethod
    def kept(cls, run_id: str, body: bytes) -> Seen:
        """The copy of an earlier run, which rules of today need not hold for."""
        return cls(run_id=run_id, document=json.loads(body))

    @property
    def body(self) -> bytes:
        """The same bytes for the same contract."""
        return json.dumps(self.document, sort_keys=True, separators=(",", ":")).encode()

    @property
    def sha256(self) -> str:
        """The digest of what the contract says."""
        return hashlib.sha256(self.body).hexdigest()


def described(seen: Seen, before: Seen | None) -> dict[str, Any]:
    """Version, digest and, where the contract is another than the run before had, what changed."""
    known = {"version": seen.document["version"], "sha256": seen.sha256}
    if before is None or before.sha256 == seen.sha256:
        return {**known, "changed": None}
    found = list(changes(before.document, seen.document))
    fields = [
        *found[:CHANGES_SHOWN],
        *([f"and {len(found) - CHANGES_SHOWN} more"] if found[CHANGES_SHOWN:] else []),
    ]
    return {**known, "changed": {"since": before.run_id, "fields": fields}}


def changes(before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[str]:
    """Every field that differs, as `columns[carrier].max_cardinality: 50 → 60`; long values are cut."""
    old, new = dict(_leaves(before, "")), dict(_leaves(after, ""))
    for path in dict.fromkeys([*old, *new]):
        was, now = old.get(path, ABSENT), new.get(path, ABSENT)
        if was != now:
            yield f"{path[:PATH_CHARACTERS]}: {_told(was, now)}"


def _leaves(value: Any, path: str) -> Iterator[tuple[str, Any]]:
    """Path and value of what has no parts; named items of lists go by their name, not by their place."""
    if isinstance(value, Mapping):
        for name, part in value.items():
            yield from _leaves(part, f"{path}.{name}" if path else name)
    elif (
        isinstance(value, list) and value and all(isinstance(one, Mapping) and "name" in one for one in value)
    ):
        for one in value:
            yield from _leaves(one, f"{path}[{one['name']}]")
    else:
        yield path, value


def _told(was: Any, now: Any) -> str:
    """From what to what; of lists, which may begin the same and be long, what came and what went."""
    if not (isinstance(was, list) and isinstance(now, list)):
        return f"{_shown(was)} → {_shown(now)}"
    came, gone = _without(now, was), _without(was, now)
    parts = [f"now with {shown(came)}"] * bool(came) + [f"now without {shown(gone)}"] * bool(gone)
    return ", ".join(parts) or "the same in another order"


def _without(items: Sequence[Any], others: Sequence[Any]) -> list[Any]:
    known = {json.dumps(one) for one in others}
    return [one for one in items if json.dumps(one) not in known]


def _shown(value: Any) -> str:
    return value if value is ABSENT else shown(value)
