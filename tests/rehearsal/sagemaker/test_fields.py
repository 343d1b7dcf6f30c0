"""No field of a request is passed over in silence: each is honoured, kept for Describe, or refused by name.

`fields.json` lists those that are honoured or kept, three levels deep. A field that AWS adds fails the first
test until someone decides about it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from rehearsal.emulator.platform import ServiceError
from rehearsal.sagemaker.model import ServiceModel
from rehearsal.sagemaker.support import UNSUPPORTED, VALUES, require_supported

TAKEN: dict[str, list[str]] = json.loads((Path(__file__).parent / "fields.json").read_text())
DEPTH = 3


def fields(shape: Any, refused: set[str], prefix: str = "", depth: int = DEPTH) -> Iterator[str]:
    """Yield the dotted paths of what a request may have; nothing below what is refused as a whole."""
    for name, member in shape.members.items():
        path, inner = f"{prefix}{name}", member
        if path in refused:
            continue
        while inner.type_name == "list":
            path, inner = f"{path}.*", inner.member
        if inner.type_name == "structure" and depth > 1:
            yield from fields(inner, refused, f"{path}.", depth - 1)
        else:
            yield path


@pytest.mark.parametrize("action", sorted(TAKEN))
def test_every_field_is_taken_or_refused_by_name(action: str) -> None:
    shape = ServiceModel().operation(action).input_shape
    found = set(fields(shape, set(UNSUPPORTED.get(action, ()))))
    assert found == set(TAKEN[action])


def test_every_operation_that_refuses_fields_is_in_the_table() -> None:
    assert (UNSUPPORTED.keys() | VALUES.keys()) <= TAKEN.keys()


def filled(path: list[str], value: Any) -> Any:
    """Put a value at a dotted path."""
    if not path:
        return value
    return [filled(path[1:], value)] if path[0] == "*" else {path[0]: filled(path[1:], value)}


@pytest.mark.parametrize(("action", "path"), [(a, p) for a, paths in UNSUPPORTED.items() for p in paths])
def test_what_is_not_supported_is_named_wherever_it_lies(action: str, path: str) -> None:
    with pytest.raises(ServiceError) as caught:
        require_supported(action, filled(path.split("."), "x"))
    assert f"does not support {path};" in caught.value.message


@pytest.mark.parametrize(("action", "path"), [(a, p) for a, paths in VALUES.items() for p in paths])
def test_a_value_that_is_not_supported_is_named_with_those_that_are(action: str, path: str) -> None:
    allowed = VALUES[action][path]
    require_supported(action, filled(path.split("."), allowed[0]))
    with pytest.raises(ServiceError) as caught:
        require_supported(action, filled(path.split("."), "Other"))
    assert f"does not support {path} = 'Other'; use {allowed[0]}" in caught.value.message
