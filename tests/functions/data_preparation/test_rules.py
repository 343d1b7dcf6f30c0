"""What a report says of what it saw: exact numbers, honest counts, bounded lists."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from contracts.dataset import Contract
from contracts.file_report import Violation
from functions.data_preparation.validate_schema.facts import ColumnFacts, FileFacts
from functions.data_preparation.validate_schema.rules import judge

FLIGHTS = json.loads((Path(__file__).resolve().parents[3] / "datasets/flights/contract.json").read_text())


def violation(name: str, rule: str, limits: dict[str, Any], **seen: Any) -> Violation:
    """The one violation of a column with these limits in a file of whose column this was seen."""
    columns = [one | limits if one["name"] == name else one for one in FLIGHTS["columns"]]
    facts = ColumnFacts(name=name, stored_as="", has_fitting_type=True, **seen)
    names = [one["name"] for one in columns]
    contract = Contract.from_dict({**FLIGHTS, "columns": columns})
    report = judge("f", contract, FileFacts(rows=100, names=names, columns={name: facts}))
    (only,) = report.violations
    assert (only.column, only.rule) == (name, rule)
    return only


def test_numbers_beyond_a_bound_are_shown_to_the_last_digit() -> None:
    above = violation("distance", "max", {"max": 1_234_567}, maximum=1_234_568)
    assert (above.seen, above.allowed) == ("1234568", "at most 1234567")
    below = violation("distance", "min", {"min": 0.1}, minimum=0.09999999)
    assert (below.seen, below.allowed) == ("0.09999999", "at least 0.1")


def test_values_that_were_no_longer_counted_are_said_to_be_at_least_so_many() -> None:
    few = violation("origin", "categories", {}, categories={"EWR", "XXX"})
    assert (few.seen, few.allowed) == ('1 other value(s) such as ["XXX"]', "one of EWR, JFK, LGA")
    many = violation("origin", "categories", {}, categories={"EWR", "XXX"}, is_beyond_bound=True)
    assert many.seen == 'at least 1 other value(s) such as ["XXX"]'


def test_as_many_categories_as_the_bound_are_within_it() -> None:
    seen = {f"c{number}" for number in range(51)}
    assert (
        violation("carrier", "max_cardinality", {}, categories=seen).seen == "more than 50 different values"
    )
    with pytest.raises(ValueError, match="not enough values"):
        violation("carrier", "max_cardinality", {}, categories=seen - {"c0"})


def test_no_more_values_are_kept_than_show_that_there_are_too_many() -> None:
    facts = ColumnFacts(name="carrier", stored_as="", has_fitting_type=True)
    for letter in "abcdef":
        facts.add_categories({letter}, 2)
    assert (facts.categories, facts.is_beyond_bound) == ({"a", "b", "c"}, True)


def test_a_long_list_of_allowed_categories_is_cut_short() -> None:
    allowed = [f"level {number:03}" for number in range(500)]
    found = violation(
        "origin", "categories", {"categories": allowed, "max_cardinality": 999}, categories={"XXX"}
    )
    assert found.allowed.startswith("one of level 000, ") and found.allowed.endswith("level 049, …")
