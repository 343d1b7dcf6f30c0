"""Rendering: facts keep their type, JSONata keeps its braces, nothing is missing or left over."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as some

from components.blocks.definition import render, retry_policies


def rendered(document: object, **facts: object) -> object:
    return json.loads(render(json.dumps(document), facts))


@pytest.mark.parametrize("value", [7, 0.5, True, None, ["a", "b"], {"a": 1}, "text"])
def test_a_string_that_is_a_fact_becomes_its_value_with_its_type(value: object) -> None:
    assert rendered({"Seconds": "${WaitSeconds}"}, WaitSeconds=value) == {"Seconds": value}


def test_a_string_that_contains_facts_is_filled_in_place() -> None:
    filled = rendered({"Uri": "s3://${Bucket}/pipeline/${Depth}"}, Bucket="artifacts", Depth=3)
    assert filled == {"Uri": "s3://artifacts/pipeline/3"}


def test_grouping_of_jsonata_is_not_taken_for_a_fact() -> None:
    expression = "{% $states.input.items{kind: $sum(cost)} & '${lower}' %}"
    assert rendered({"Output": expression}) == {"Output": expression}


def test_facts_are_filled_in_lists_and_at_any_depth() -> None:
    assert rendered({"a": [{"b": "${One}"}, "${Two}"]}, One=1, Two=2) == {"a": [{"b": 1}, 2]}


def test_a_fact_that_the_workflow_wants_but_nobody_gives_is_named() -> None:
    with pytest.raises(ValueError, match=r"uses \$\{KeyArn\} but no such fact"):
        render('{"a": "${KeyArn}"}', {})


def test_a_fact_that_is_given_but_never_used_is_named() -> None:
    with pytest.raises(ValueError, match=r"facts \['Leftover'\] are given"):
        render('{"a": 1}', {"Leftover": 1})


def test_a_named_retry_policy_becomes_a_list_of_retriers() -> None:
    name, policy = next(iter(retry_policies().items()))
    assert rendered({"Retry": f"${{{name}}}"}) == {"Retry": policy}
    assert isinstance(policy, list)


def test_a_fact_with_the_name_of_a_retry_policy_is_refused() -> None:
    name = next(iter(retry_policies()))
    with pytest.raises(ValueError, match="names of policies"):
        render('{"a": 1}', {name: 1})


@given(some.recursive(some.none() | some.booleans() | some.integers(), lambda inner: some.lists(inner)))
def test_a_document_without_facts_is_left_as_it_is(document: object) -> None:
    assert rendered(document) == document


def test_a_policy_that_names_another_has_its_retriers_in_that_place() -> None:
    policies = retry_policies()
    assert policies["RemovalRetry"][:-1] == policies["LambdaRetry"]
    assert policies["RemovalRetry"][-1]["ErrorEquals"] == ["JobsRunning"]
