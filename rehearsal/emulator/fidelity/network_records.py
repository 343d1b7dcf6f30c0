"""EC2's records keep what ministack drops and the network's rules need: of endpoints, and of prefix lists."""

from __future__ import annotations

import re
from typing import Any
from xml.sax.saxutils import escape

from rehearsal.emulator import hooks

ENDPOINT_ID = re.compile(r"<vpcEndpointId>([^<]+)<")

Params = dict[str, Any]


def install() -> None:
    """Keep policy, groups and private DNS of endpoints, and the prefix lists of security group rules."""
    actions = hooks.use("services.ec2:_ACTION_MAP")
    create, modify = actions["CreateVpcEndpoint"], actions["ModifyVpcEndpoint"]

    def create_whole(params: Params) -> Any:
        obstacle = _private_dns_obstacle(params)
        if obstacle:
            return hooks.use("services.ec2:_error")("InvalidParameter", obstacle, 400)
        answer = create(params)
        created = ENDPOINT_ID.search(answer[2].decode())
        if created:
            _complete(created[1], params)
        return answer

    def modify_whole(params: Params) -> Any:
        answer = modify(params)
        if answer[0] == 200:
            _change(_param(params, "VpcEndpointId"), params)
        return answer

    actions.update(CreateVpcEndpoint=create_whole, ModifyVpcEndpoint=modify_whole)
    _describe_whole()
    _keep_prefix_lists()


def _private_dns_obstacle(params: Params) -> str | None:
    """Why an endpoint can't have the private DNS it asks for, None where it can or doesn't."""
    is_interface = _param(params, "VpcEndpointType") == "Interface"
    if not is_interface or _param(params, "PrivateDnsEnabled").lower() == "false":
        return None
    vpc_id, service = _param(params, "VpcId"), _param(params, "ServiceName")
    vpc = hooks.use("services.ec2:_vpcs").get(vpc_id) or {}
    if not (vpc.get("EnableDnsSupport", True) and vpc.get("EnableDnsHostnames", False)):
        return (
            "Enabling private DNS requires both enableDnsSupport and enableDnsHostnames VPC attributes set "
            f"to true for {vpc_id}"
        )
    for other in hooks.use("services.ec2:_vpc_endpoints").values():
        if (other["VpcId"], other["ServiceName"]) == (vpc_id, service) and other.get("PrivateDnsEnabled"):
            return (
                "private-dns-enabled cannot be set because there is already a conflicting DNS domain for "
                f"{service} in the VPC {vpc_id}: {other['VpcEndpointId']}"
            )
    return None


def _complete(endpoint_id: str, params: Params) -> None:
    endpoint = hooks.use("services.ec2:_vpc_endpoints")[endpoint_id]
    groups = hooks.use("services.ec2:_parse_member_list")(params, "SecurityGroupId")
    endpoint["SecurityGroupIds"] = groups or _default_group(endpoint)
    endpoint["PolicyDocument"] = _param(params, "PolicyDocument")
    # EC2's own default; gateways have none
    is_interface = endpoint["VpcEndpointType"] == "Interface"
    endpoint["PrivateDnsEnabled"] = is_interface and _param(params, "PrivateDnsEnabled").lower() != "false"


def _change(endpoint_id: str, params: Params) -> None:
    endpoint = hooks.use("services.ec2:_vpc_endpoints")[endpoint_id]
    listed = hooks.use("services.ec2:_parse_member_list")
    kept = [one for one in endpoint["SecurityGroupIds"] if one not in listed(params, "RemoveSecurityGroupId")]
    endpoint["SecurityGroupIds"] = kept + listed(params, "AddSecurityGroupId")
    if _param(params, "PrivateDnsEnabled"):
        endpoint["PrivateDnsEnabled"] = _param(params, "PrivateDnsEnabled").lower() == "true"
    if _param(params, "ResetPolicy").lower() == "true":
        endpoint["PolicyDocument"] = ""


def _default_group(endpoint: dict[str, Any]) -> list[str]:
    if endpoint["VpcEndpointType"] == "Gateway":
        return []
    groups = hooks.use("services.ec2:_security_groups").values()
    named = (one for one in groups if one["VpcId"] == endpoint["VpcId"] and one["GroupName"] == "default")
    return [one["GroupId"] for one in named]


def _describe_whole() -> None:
    describe = hooks.use("services.ec2:_vpce_fields_xml")

    def describe_whole(ep: dict[str, Any], tag: str = "item") -> str:
        groups = "".join(f"<item><groupId>{one}</groupId></item>" for one in ep.get("SecurityGroupIds", ()))
        more = (
            f"<policyDocument>{escape(ep.get('PolicyDocument') or '')}</policyDocument>"
            f"<groupSet>{groups}</groupSet>"
            f"<privateDnsEnabled>{str(bool(ep.get('PrivateDnsEnabled'))).lower()}</privateDnsEnabled>"
        )
        head, _, _ = str(describe(ep, tag)).rpartition(f"</{tag}>")
        return f"{head}{more}</{tag}>"

    hooks.replace("services.ec2:_vpce_fields_xml", describe_whole)


def _keep_prefix_lists() -> None:
    parse = hooks.use("services.ec2:_parse_ip_permissions")

    def parse_whole(params: Params, prefix: str) -> list[dict[str, Any]]:
        rules: list[dict[str, Any]] = parse(params, prefix)
        for number, rule in enumerate(rules, 1):
            place = f"{prefix}.{number}.PrefixListIds"
            found = (_param(params, f"{place}.{index}.PrefixListId") for index in range(1, len(params) + 1))
            rule["PrefixListIds"] = [{"PrefixListId": one} for one in found if one]
        return rules

    hooks.replace("services.ec2:_parse_ip_permissions", parse_whole)


def _param(params: Params, name: str) -> str:
    found = params.get(name) or ""
    return str(found[0] if isinstance(found, list) else found)
