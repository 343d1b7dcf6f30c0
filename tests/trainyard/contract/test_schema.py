"""The published JSON Schema and the reader know the same fields and the same choices."""

from __future__ import annotations

import copy
import json
import re
from pathlib import Path
from typing import Any

import pytest

from contracts.dataset import Contract
from contracts.failures import ContractInvalid
from trainyard.contract.schema import schema, text

ROOT = Path(__file__).resolve().parents[3]
PLACES = [(), ("formats",), ("formats", "csv"), ("columns", 0), ("target",), ("features", 0), ("split",)]


def at(document: Any, place: tuple[Any, ...]) -> Any:
    for step in place:
        document = document[step]
    return document


def part_of_schema(place: tuple[Any, ...]) -> dict[str, Any]:
    part = schema()
    for step in place:
        part = part["items"] if isinstance(step, int) else part["properties"][step]
    return part


@pytest.fixture
def document() -> Any:
    return json.loads((ROOT / "datasets/flights/contract.json").read_text())


def test_the_published_schema_is_the_one_made_from_the_code() -> None:
    published = (ROOT / "docs/contract.schema.json").read_text()
    assert published == text(), "python -m trainyard contract schema > docs/contract.schema.json"


@pytest.mark.parametrize("place", PLACES, ids=lambda place: ".".join(map(str, place)) or "contract")
def test_schema_and_reader_know_the_same_fields(document: Any, place: tuple[Any, ...]) -> None:
    at(document, place)["zzz"] = 1
    with pytest.raises(ContractInvalid, match="the field is unknown") as refusal:
        Contract.from_dict(document)
    known = re.search(r"known here: (.*)$", str(refusal.value))
    assert known and set(known[1].split(", ")) == set(part_of_schema(place)["properties"])


@pytest.mark.parametrize("place", PLACES, ids=lambda place: ".".join(map(str, place)) or "contract")
def test_what_the_schema_demands_the_reader_demands_too(document: Any, place: tuple[Any, ...]) -> None:
    for name in part_of_schema(place)["required"]:
        changed = copy.deepcopy(document)
        del at(changed, place)[name]
        with pytest.raises(ContractInvalid, match=rf"{name} is missing"):
            Contract.from_dict(changed)


@pytest.mark.parametrize("place", [("columns", 0, "type"), ("target", "rule"), ("features", 0, "transform")])
def test_schema_and_reader_offer_the_same_choices(document: Any, place: tuple[Any, ...]) -> None:
    at(document, place[:-1])[place[-1]] = "zzz"
    with pytest.raises(ContractInvalid) as refusal:
        Contract.from_dict(document)
    choices = re.search(r"must be one of (.*)$", str(refusal.value))
    assert choices and choices[1].split(", ") == part_of_schema(place)["enum"]
