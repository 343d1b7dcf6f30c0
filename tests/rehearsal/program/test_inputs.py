"""Properties are read strictly: what a handler forgets is refused."""

from typing import Any

import pytest

from rehearsal.program.errors import RefusedError
from rehearsal.program.inputs import Declared, Inputs


def _declared(**properties: Any) -> Declared:
    return Declared("aws:sns/topic:Topic", "alerts", properties, {"project": "demo"}, "demo/dev")


def test_a_property_that_nobody_reads_is_refused_by_type_and_name() -> None:
    declared = _declared(name="a", displayName="b")
    declared.take("name")
    with pytest.raises(RefusedError, match="aws:sns/topic:Topic does not honour displayName"):
        declared.refuse_unread()


def test_a_nested_property_that_nobody_reads_is_refused_with_its_path() -> None:
    declared = _declared(rules=[{"id": "a", "expiration": {"days": 3}}])
    for rule in declared.blocks("rules"):
        rule.take("id")
    assert declared.unread() == ["rules[0].expiration"]


def test_tags_that_no_handler_asks_for_are_refused() -> None:
    with pytest.raises(RefusedError, match="does not honour tags"):
        _declared(tags={"a": "b"}).refuse_unread()


def test_own_tags_win_over_the_default_tags_of_the_provider() -> None:
    declared = _declared(tags={"project": "other", "team": "ml"})
    assert declared.tags() == {"project": "other", "team": "ml"}
    declared.refuse_unread()


def test_an_ignored_property_keeps_its_reason_for_the_summary() -> None:
    declared = _declared(logging={"forceDestroy": True})
    block = declared.block("logging")
    assert block is not None
    block.ignore("forceDestroy", "matters later")
    block.ignore("absent", "never seen")
    assert declared.ignored() == {"logging.forceDestroy": "matters later"}
    assert declared.unread() == []


def test_api_parameters_are_spelt_as_aws_does_at_any_depth() -> None:
    inputs = Inputs({"vpcId": "v", "policy": {"a": 1}, "rules": [{"toPort": 443}], "absent": None})
    assert inputs.to_aws("vpcId", "rules", "absent", policy="PolicyDocument") == {
        "VpcId": "v",
        "Rules": [{"ToPort": 443}],
        "PolicyDocument": {"A": 1},
    }


def test_keys_that_belong_to_the_user_are_left_alone() -> None:
    assert Inputs({"variables": {"aKey": "v"}}).verbatim(variables="Variables") == {
        "Variables": {"aKey": "v"}
    }


def test_a_required_property_that_is_missing_is_named() -> None:
    with pytest.raises(RefusedError, match="property roleArn is missing"):
        Inputs({}).require("roleArn")


def test_a_value_outside_what_the_rehearsal_supports_is_refused() -> None:
    with pytest.raises(RefusedError, match="mapPublicIpOnLaunch is True; supported: False"):
        Inputs({"mapPublicIpOnLaunch": True}).expect("mapPublicIpOnLaunch", False)


def test_an_unnamed_resource_gets_the_same_name_at_each_run() -> None:
    name = _declared().physical_name()
    assert name == _declared().physical_name()
    assert name.startswith("alerts-") and len(name) == len("alerts-") + 7


def test_a_derived_name_stays_within_the_limit_of_the_service() -> None:
    long = Declared("aws:s3/bucket:Bucket", "x" * 100, {}, {}, "demo/dev")
    assert len(long.physical_name(63, "bucket")) == 63
