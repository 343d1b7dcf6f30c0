"""A run has one contract, and its record says what changed in it since the run before."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from contracts.artifacts import RunKeys, contract_key
from contracts.failures import ContractInvalid, DataMissing
from functions.data_preparation.plan_preparation import contract, handler

ROOT = Path(__file__).resolve().parents[3]
FLIGHTS = json.loads((ROOT / "datasets/flights/contract.json").read_text())
DATA = {"dataset": "flights"}


def edited(**changes: Any) -> dict[str, Any]:
    return {**json.loads(json.dumps(FLIGHTS)), **changes}


def with_cardinality(most: int) -> dict[str, Any]:
    columns = [
        {**one, "max_cardinality": most} if one["name"] == "carrier" else one for one in FLIGHTS["columns"]
    ]
    return edited(columns=columns, version=2)


@pytest.fixture
def fixed(fake_s3: Any, environment: pytest.MonkeyPatch) -> Any:
    environment.setattr(handler, "client", lambda _: fake_s3)

    def run(run_id: str, document: Any = FLIGHTS, **layout: Any) -> Any:
        fake_s3.put_object("artifacts", contract_key("flights"), json.dumps(document, **layout).encode())
        return handler.fixed_contract(DATA, run_id)[1]

    return run


def test_a_run_gets_a_copy_that_later_deployments_do_not_touch(fixed: Any, fake_s3: Any) -> None:
    uri = fixed("run-1")["uri"]
    fixed("run-2", with_cardinality(9))
    assert uri == f"s3://artifacts/{RunKeys('run-1').contract}"
    assert json.loads(fake_s3.objects["artifacts", RunKeys("run-1").contract])["version"] == 1


def test_the_first_run_has_nothing_to_compare_with(fixed: Any) -> None:
    assert fixed("run-1")["changed"] is None


def test_layout_and_order_of_fields_are_no_change(fixed: Any) -> None:
    first = fixed("run-1")
    second = fixed("run-2", dict(reversed(FLIGHTS.items())), indent=4)
    assert (second["sha256"], second["changed"]) == (first["sha256"], None)


def test_what_changed_since_the_run_before_is_named_by_column(fixed: Any) -> None:
    fixed("run-1")
    changed = fixed("run-2", with_cardinality(60))["changed"]
    assert changed["since"] == "run-1"
    assert changed["fields"] == ["columns[carrier].max_cardinality: 50 → 60", "version: 1 → 2"]
    assert fixed("run-3", with_cardinality(60))["changed"] is None


def test_a_plan_that_is_made_again_compares_with_the_same_run(fixed: Any) -> None:
    fixed("run-1")
    first = fixed("run-2", with_cardinality(60))
    assert fixed("run-2", with_cardinality(60)) == first


def test_columns_that_come_and_go_are_named_and_the_list_is_bounded(fixed: Any) -> None:
    fixed("run-1", edited(features=FLIGHTS["features"][:1]))
    fields = fixed("run-2", edited(features=FLIGHTS["features"][1:]))["changed"]["fields"]
    assert 'features[departure_hour].column: "sched_dep_time" → absent' in fields
    assert len(fields) <= contract.CHANGES_SHOWN + 1


def test_a_list_of_changes_says_how_many_it_leaves_out() -> None:
    before, after = (
        contract.Seen(run_id=name, document={"version": 1, **{f"f{n:02}": name for n in range(23)}})
        for name in ("run-1", "run-2")
    )
    fields = contract.described(after, before)["changed"]["fields"]
    assert fields[19:] == ['f19: "run-1" → "run-2"', "and 3 more"]


def test_long_lists_of_categories_and_long_names_are_cut(fixed: Any) -> None:
    column = {"name": "n" * 50_000, "type": "categorical", "is_known_before_prediction": True}
    for version, count in ((1, 20_000), (2, 20_001)):
        listed = {**column, "categories": [f"level {number}" for number in range(count)]}
        document = edited(columns=[*FLIGHTS["columns"], listed], version=version)
        found = fixed(f"run-{version}", document)
    assert len(json.dumps(found)) < 2_000, "the run carries it from state to state, each of 256 KiB"
    assert found["changed"]["fields"][0].endswith(': now with ["level 20000"]')


def test_of_a_changed_list_what_came_and_what_went_is_named() -> None:
    before, after = {"segments": ["a", "b"]}, {"segments": ["b", "c"]}
    assert list(contract.changes(before, after)) == ['segments: now with ["c"], now without ["a"]']
    turned = {"segments": ["b", "a"]}
    assert list(contract.changes(before, turned)) == ["segments: the same in another order"]


def test_a_copy_that_todays_rules_refuse_can_still_be_compared(fixed: Any, fake_s3: Any) -> None:
    fixed("run-1")
    old = json.dumps({"version": 1, "name": "flights", "gone": True}).encode()
    fake_s3.put_object("artifacts", RunKeys("run-1").contract, old)
    assert "gone: true → absent" in fixed("run-2")["changed"]["fields"]


def test_a_contract_that_is_missing_or_malformed_ends_the_plan_by_name(fixed: Any, fake_s3: Any) -> None:
    with pytest.raises(ContractInvalid, match=r"contract\.version"):
        fixed("run-1", edited(version=0))
    fake_s3.objects.clear()
    with pytest.raises(DataMissing, match=r"datasets/flights/contract\.json is missing"):
        handler.fixed_contract(DATA, "run-1")
