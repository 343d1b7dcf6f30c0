"""What a contract makes of a feature group, and which contracts make none."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import botocore.session
import pytest

from contracts.dataset import Contract
from contracts.failures import ContractInvalid
from contracts.feature_group import definitions, group_name

ROOT = Path(__file__).resolve().parents[2]


def contract(**changes: Any) -> Contract:
    document = json.loads((ROOT / "datasets/flights/contract.json").read_text())
    return Contract.from_dict({**document, **changes})


def feature(name: str, **more: Any) -> dict[str, Any]:
    return {"name": name, "column": "distance", "transform": "number", **more}


def test_flights_have_a_key_a_moment_and_features_as_they_are_before_a_fit() -> None:
    types = {one.name: one.type for one in definitions(contract())}
    assert list(types)[:3] == ["record_id", "event_time", "run_id"]
    assert types["carrier"] == types["destination_rate"] == "String"
    assert (types["departure_hour"], types["day_of_week"]) == ("Fractional", "Integral")


def test_whole_columns_are_whole_numbers_and_measured_ones_are_not() -> None:
    features = [feature("leg", column="flight"), feature("far"), feature("log", transform="signed_log")]
    assert [one.type for one in definitions(contract(features=features))][3:] == [
        "Integral", "Fractional", "Fractional",
    ]  # fmt: skip


def test_a_contract_without_a_key_is_refused_by_path_with_both_remedies() -> None:
    with pytest.raises(ContractInvalid, match=r"contract\.primary_key is \[\].*featureStore\.isUsed"):
        definitions(contract(primary_key=[]))


@pytest.mark.parametrize("name", ["month", "hour", "is_deleted", "record_id", "ends_in_"])
def test_a_feature_that_the_store_cannot_name_is_refused_by_path(name: str) -> None:
    with pytest.raises(ContractInvalid, match=r"contract\.features\[1\]\.name is .*rename"):
        definitions(contract(features=[feature("far"), feature(name)]))


def test_more_features_than_a_group_takes_are_refused_with_the_limit() -> None:
    many = [feature(f"f{index}") for index in range(2498)]
    assert len(definitions(contract(features=many[:-1]))) == 2500
    with pytest.raises(ContractInvalid, match=r"2498 entries.*2497"):
        definitions(contract(features=many))


def test_a_version_of_a_contract_has_a_group_of_its_own() -> None:
    assert group_name("trainyard-dev", contract(version=3)) == "trainyard-dev-flights-v3"
    with pytest.raises(ContractInvalid, match="shorten"):
        group_name("trainyard-dev", contract(name="a" * 60))


def test_the_limits_are_those_of_the_model_that_boto3_ships() -> None:
    model = botocore.session.get_session().get_service_model("sagemaker")
    members = model.operation_model("CreateFeatureGroup").input_shape.members
    assert members["FeatureDefinitions"].metadata["max"] == 2500
    assert members["FeatureGroupName"].metadata["max"] == 64
    assert set(members["FeatureDefinitions"].member.members["FeatureType"].enum) == {
        "Integral", "Fractional", "String",
    }  # fmt: skip
