"""Invariants over every role of both stacks."""

import json
from typing import Any

from components.blocks.statements import WHY_UNSCOPED
from rehearsal.program.deployment import Deployment

Policies = list[tuple[str, dict[str, Any]]]


def test_no_role_of_any_stack_is_allowed_a_wildcard_action(policies: Policies) -> None:
    wide = [(role, action) for role, statement in policies for action in statement["Action"] if "*" in action]
    assert policies and not wide


def test_every_unscoped_permission_has_a_written_reason(policies: Policies) -> None:
    unscoped = {action for _, given in policies if "*" in given["Resource"] for action in given["Action"]}
    assert unscoped and unscoped <= WHY_UNSCOPED.keys()


def test_no_written_reason_is_left_without_a_role_that_needs_it(policies: Policies) -> None:
    unscoped = {action for _, given in policies if "*" in given["Resource"] for action in given["Action"]}
    assert WHY_UNSCOPED.keys() <= unscoped, "remove the reasons nobody needs"


def test_roles_are_passed_only_one_by_one_and_to_one_service(policies: Policies) -> None:
    passing = [statement for _, statement in policies if "iam:PassRole" in statement["Action"]]
    assert passing
    for statement in passing:
        assert statement["Condition"]["StringEquals"]["iam:PassedToService"].endswith(".amazonaws.com")
        assert not any("*" in arn for arn in statement["Resource"])


def test_every_role_stays_inside_the_boundary_of_the_stack(declared: Deployment) -> None:
    boundary = declared.named("aws:iam/policy:Policy", "boundary")
    for role in declared.of_type("aws:iam/role:Role"):
        assert role.inputs["permissionsBoundary"] == boundary.outputs["arn"], role.name


def test_every_role_is_trusted_by_one_service_of_this_account(declared: Deployment) -> None:
    for role in declared.of_type("aws:iam/role:Role"):
        [statement] = json.loads(role.inputs["assumeRolePolicy"])["Statement"]
        service = statement["Principal"]["Service"]
        held = statement.get("Condition", {}).get("StringEquals", {}).get("aws:SourceAccount")
        assert held == "111122223333" or service == "lambda.amazonaws.com", role.name


def test_every_permission_fits_under_the_ceiling_of_the_boundary(
    declared: Deployment, policies: Policies
) -> None:
    boundary = declared.named("aws:iam/policy:Policy", "boundary")
    statements = {given["Sid"]: given for given in json.loads(boundary.inputs["policy"])["Statement"]}
    in_reach = {entry.split(":")[0] for entry in statements["ServicesInReach"]["Action"]} | {"iam"}
    asked = {action for _, statement in policies for action in statement["Action"]}
    assert {action.split(":")[0] for action in asked} <= in_reach
    assert not asked & set(statements["GuardsStay"]["Action"])


def test_no_job_role_may_call_sagemaker_or_states_but_to_write_records(policies: Policies) -> None:
    calls = {
        (role.rsplit("-", 2)[-2], action)
        for role, given in policies
        for action in given["Action"]
        if role.endswith("-jobs") and action.startswith(("sagemaker:", "states:", "iam:"))
    }
    assert calls == {("ingestion", "sagemaker:BatchWriteRecord"), ("ingestion", "sagemaker:PutRecord")}
