"""Roles and policies; the embedded AWS evaluates them on every call."""

from rehearsal.program.account import Account
from rehearsal.program.handlers.registry import ON_DESTROY, Created, creates
from rehearsal.program.inputs import Declared


@creates("aws:iam/role:Role")
def role(declared: Declared, account: Account) -> Created:
    """A role, with the policies given inline or attached by ARN."""
    iam = account.client("iam")
    declared.ignore("forceDetachPolicies", ON_DESTROY)
    name = declared.physical_name()
    made = iam.create_role(
        RoleName=name,
        AssumeRolePolicyDocument=declared.require("assumeRolePolicy"),
        Tags=declared.tag_list(),
        **declared.to_aws("path", "description", "maxSessionDuration", "permissionsBoundary"),
    )["Role"]
    for policy_arn in declared.take("managedPolicyArns", []):
        iam.attach_role_policy(RoleName=name, PolicyArn=policy_arn)
    for inline in declared.blocks("inlinePolicies"):
        iam.put_role_policy(
            RoleName=name, PolicyName=inline.require("name"), PolicyDocument=inline.require("policy")
        )
    return Created(name, {"name": name, "arn": made["Arn"], "uniqueId": made["RoleId"], "path": made["Path"]})


@creates("aws:iam/rolePolicy:RolePolicy")
def role_policy(declared: Declared, account: Account) -> Created:
    """A policy inside a role."""
    name, role_name = declared.physical_name(128), declared.require("role")
    account.client("iam").put_role_policy(
        RoleName=role_name, PolicyName=name, PolicyDocument=declared.require("policy")
    )
    return Created(f"{role_name}:{name}", {"name": name})


@creates("aws:iam/policy:Policy")
def policy(declared: Declared, account: Account) -> Created:
    """A managed policy."""
    name = declared.physical_name(128)
    made = account.client("iam").create_policy(
        PolicyName=name,
        PolicyDocument=declared.require("policy"),
        Tags=declared.tag_list(),
        **declared.to_aws("path", "description"),
    )["Policy"]
    return Created(made["Arn"], {"name": name, "arn": made["Arn"], "policyId": made["PolicyId"]})


@creates("aws:iam/rolePolicyAttachment:RolePolicyAttachment")
def role_policy_attachment(declared: Declared, account: Account) -> Created:
    """A managed policy on a role."""
    role_name, policy_arn = declared.require("role"), declared.require("policyArn")
    account.client("iam").attach_role_policy(RoleName=role_name, PolicyArn=policy_arn)
    return Created(f"{role_name}/{policy_arn}")


@creates("aws:iam/openIdConnectProvider:OpenIdConnectProvider")
def open_id_connect_provider(declared: Declared, account: Account) -> Created:
    """An identity provider whose tokens may assume roles, such as a CI system's."""
    made = account.client("iam").create_open_id_connect_provider(
        Tags=declared.tag_list(),
        **declared.verbatim(url="Url", clientIdLists="ClientIDList", thumbprintLists="ThumbprintList"),
    )["OpenIDConnectProviderArn"]
    return Created(made, {"arn": made})
