"""The Feature Store as a stack declares it: only where it is used, encrypted, and written by nobody else."""

from __future__ import annotations

import json
from typing import Any

import pytest

from contracts.dataset import Contract
from contracts.feature_group import definitions
from rehearsal.program.deployment import Deployment
from tests.contracts.test_feature_group import ROOT

GROUP, ENDPOINT = "aws:sagemaker/featureGroup:FeatureGroup", "aws:ec2/vpcEndpoint:VpcEndpoint"
Policies = list[tuple[str, dict[str, Any]]]


@pytest.fixture
def is_used(declared: Deployment) -> bool:
    return declared.stack == "dev"


def test_group_and_endpoint_are_declared_where_the_store_is_used(declared: Deployment, is_used: bool) -> None:
    services = [endpoint.inputs["serviceName"] for endpoint in declared.of_type(ENDPOINT)]
    assert len(declared.of_type(GROUP)) == int(is_used)
    assert any(one.endswith(".sagemaker.featurestore-runtime") for one in services) == is_used
    planner = declared.named("aws:lambda/function:Function", "plan_preparation")
    assert bool(planner.inputs["environment"]["variables"]["FEATURE_GROUP"]) == is_used


def test_the_group_holds_what_the_contract_says_under_our_key(declared: Deployment) -> None:
    contract = Contract.from_json((ROOT / "datasets/flights/contract.json").read_text())
    key = declared.named("aws:kms/key:Key", "data").outputs["arn"]
    for group in declared.of_type(GROUP):
        given = [(one["featureName"], one["featureType"]) for one in group.inputs["featureDefinitions"]]
        assert given == [(one.name, one.type) for one in definitions(contract)]
        assert group.inputs["offlineStoreConfig"]["s3StorageConfig"]["kmsKeyId"] == key
        assert group.inputs["onlineStoreConfig"]["securityConfig"]["kmsKeyId"] == key


def test_the_offline_store_is_written_by_the_service_with_a_role_of_its_own(
    declared: Deployment, policies: Policies, is_used: bool
) -> None:
    name = f"trainyard-{declared.stack}-feature-store"
    granted = {action for role, statement in policies if role == name for action in statement["Action"]}
    writers = {
        role
        for role, statement in policies
        if any("/feature-store/" in str(one) for one in statement["Resource"])
    }
    needed = {"s3:PutObject", "s3:PutObjectAcl", "s3:GetBucketAcl", "kms:Decrypt", "kms:GenerateDataKey"}
    assert granted == (needed if is_used else set())
    assert writers == ({name} if is_used else set())


def test_only_the_ingestion_may_write_records_and_only_to_this_stacks_groups(
    declared: Deployment, policies: Policies
) -> None:
    writing = [(role, one) for role, one in policies if "sagemaker:PutRecord" in one["Action"]]
    [(role, statement)] = writing
    assert role == f"trainyard-{declared.stack}-ingestion-jobs"
    assert json.dumps(statement["Resource"]).endswith(f':feature-group/trainyard-{declared.stack}-*"]')
