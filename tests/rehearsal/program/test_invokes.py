"""Data functions are answered as the provider answers them."""

import json

import pytest

from rehearsal.program.errors import RefusedError
from rehearsal.program.invokes import invoke
from rehearsal.program.place import Place

PLACE = Place("eu-west-1", "111122223333")
POLICY = "aws:iam/getPolicyDocument:getPolicyDocument"


def test_a_policy_document_says_what_its_statements_say() -> None:
    statement = {
        "sid": "Read",
        "actions": ["s3:GetObject"],
        "resources": ["a", "b"],
        "principals": [{"type": "AWS", "identifiers": [one]} for one in "xy"],
        "conditions": [{"test": "StringEquals", "variable": "aws:SourceAccount", "values": ["1"]}],
    }
    document = json.loads(invoke(POLICY, {"statements": [statement]}, PLACE)["json"])
    assert document["Statement"] == [
        {
            "Sid": "Read",
            "Effect": "Allow",
            "Action": "s3:GetObject",
            "Resource": ["a", "b"],
            "Principal": {"AWS": ["x", "y"]},
            "Condition": {"StringEquals": {"aws:SourceAccount": "1"}},
        }
    ]


def test_source_documents_are_refused_rather_than_left_out() -> None:
    with pytest.raises(RefusedError, match="getPolicyDocument with sourcePolicyDocuments"):
        invoke(POLICY, {"sourcePolicyDocuments": ["{}"]}, PLACE)


def test_the_zones_are_those_of_the_region() -> None:
    zones = invoke("aws:index/getAvailabilityZones:getAvailabilityZones", {"state": "available"}, PLACE)
    assert zones["names"] == ["eu-west-1a", "eu-west-1b", "eu-west-1c"]
    assert zones["zoneIds"][0] == "euw1-az1"


def test_an_unknown_function_is_refused_by_its_token() -> None:
    with pytest.raises(RefusedError, match="no answer for the function aws:s3/getBucket:getBucket"):
        invoke("aws:s3/getBucket:getBucket", {}, PLACE)


def test_a_prefix_list_that_aws_does_not_manage_is_refused() -> None:
    token = "aws:ec2/getPrefixList:getPrefixList"
    assert invoke(token, {"name": "com.amazonaws.eu-west-1.s3"}, PLACE)["id"].startswith("pl-")
    with pytest.raises(RefusedError, match="prefix list 'mine'"):
        invoke(token, {"name": "mine"}, PLACE)
