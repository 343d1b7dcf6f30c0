"""Where functions and jobs stand in the network, and by which endpoint a call to a service leaves it.

Nothing is really routed: the records of EC2 are asked. A call that AWS would let time out finds no way here.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from rehearsal.emulator import hooks

HTTPS = 443
ANYWHERE = "0.0.0.0/0"

Record = dict[str, Any]


class NoWayError(Exception):
    """A call from inside a VPC reaches nothing; the message says what is missing."""


@dataclass(frozen=True)
class Placement:
    """The subnets and security groups that something's network interfaces are in."""

    subnet_ids: tuple[str, ...]
    group_ids: tuple[str, ...]

    @classmethod
    def of(cls, config: Mapping[str, Any] | None) -> Placement | None:
        """Read a VpcConfig of Lambda or SageMaker; None where there is none."""
        config = config or {}
        subnets = config.get("SubnetIds") or config.get("Subnets")
        return cls(tuple(subnets), tuple(config.get("SecurityGroupIds") or ())) if subnets else None


@dataclass(frozen=True)
class Way:
    """How a call leaves its VPC: by an endpoint with its policy, or by a NAT gateway (no endpoint)."""

    vpc_id: str = ""
    endpoint_id: str = ""
    policy: str = ""

    def condition_keys(self) -> dict[str, str]:
        """Return what policies see of it."""
        if not self.endpoint_id:
            return {}
        return {"aws:SourceVpce": self.endpoint_id, "aws:SourceVpc": self.vpc_id}


class Network:
    """Who stands where, by access key, and the ways out; safe on any thread."""

    def __init__(self, region: str) -> None:
        self._region = region
        self._placements: dict[str, Placement] = {}

    def place(self, access_key_id: str, placement: Placement | None) -> None:
        """Say where the calls with an access key come from; None is outside of all VPCs."""
        if placement is not None:
            self._placements[access_key_id] = placement
        else:
            self._placements.pop(access_key_id, None)

    def placement(self, access_key_id: str) -> Placement | None:
        """Return where the calls with an access key come from."""
        return self._placements.get(access_key_id)

    def fault(self, placement: Placement) -> str | None:
        """Return what is wrong with a placement whatever is called: what doesn't exist, or several VPCs."""
        stores = (
            (placement.subnet_ids, "subnet ID", "_subnets"),
            (placement.group_ids, "security group", "_security_groups"),
        )
        vpcs = set()
        for ids, noun, store in stores:
            records = hooks.use(f"services.ec2:{store}")
            for one in ids:
                if one not in records:
                    return f"The {noun} '{one}' does not exist"
                vpcs.add(records[one]["VpcId"])
        if len(vpcs) > 1:
            return f"Subnets and security groups are in different VPCs: {', '.join(sorted(vpcs))}"
        return None

    def way(self, placement: Placement, service: str) -> Way:
        """Return how a call to a service (`sagemaker.api`) leaves; raises NoWayError.

        A job may run in any one of its subnets: each of them must have a way.
        """
        fault = self.fault(placement)
        if fault:
            raise NoWayError(fault)
        ways = [self._way_from(subnet, placement.group_ids, service) for subnet in placement.subnet_ids]
        return ways[0]

    def _way_from(self, subnet_id: str, group_ids: tuple[str, ...], service: str) -> Way:
        subnet = hooks.use("services.ec2:_subnets")[subnet_id]
        vpc_id, table = subnet["VpcId"], _route_table(subnet_id, subnet["VpcId"])
        name = f"com.amazonaws.{self._region}.{service}"
        obstacles = []
        for endpoint in hooks.use("services.ec2:_vpc_endpoints").values():
            if endpoint["VpcId"] != vpc_id or endpoint["ServiceName"] != name:
                continue
            obstacle = _obstacle(endpoint, table, subnet, group_ids)
            if obstacle is None:
                return Way(vpc_id, endpoint["VpcEndpointId"], endpoint.get("PolicyDocument") or "")
            if endpoint.get("PrivateDnsEnabled"):
                raise NoWayError(obstacle)  # the service's name leads there and nowhere else
            obstacles.append(obstacle)
        if _has_nat(table) and _lets(_rules(group_ids, "IpPermissionsEgress"), cidrs=[ANYWHERE]):
            return Way()
        missing = f"{vpc_id} has no VPC endpoint for {name}, and {subnet_id} no route to a NAT gateway"
        raise NoWayError("; ".join(obstacles) or missing)


def _obstacle(endpoint: Record, table: Record, subnet: Record, group_ids: tuple[str, ...]) -> str | None:
    """Why the endpoint can't be used from the subnet with these groups, None where it can."""
    name = f"the endpoint {endpoint['VpcEndpointId']} for {endpoint['ServiceName']}"
    leaving = _rules(group_ids, "IpPermissionsEgress")
    if endpoint["VpcEndpointType"] == "Gateway":
        if table["RouteTableId"] not in endpoint.get("RouteTableIds", ()):
            return f"{name} isn't in {table['RouteTableId']}, the route table of {subnet['SubnetId']}"
        prefix_list = hooks.use("services.ec2:_aws_pl_id_from_name")(endpoint["ServiceName"])
        if not _lets(leaving, cidrs=[ANYWHERE], prefix_list=prefix_list):
            return f"no egress rule of {_listed(group_ids)} lets port {HTTPS} out to {prefix_list}, {name}"
        return None
    if not endpoint.get("PrivateDnsEnabled"):
        return f"{name} has no private DNS: the service's usual name leads past it"
    groups = tuple(endpoint.get("SecurityGroupIds", ()))
    if not _lets(leaving, cidrs=_cidrs(endpoint.get("SubnetIds", ())), groups=groups):
        return f"no egress rule of {_listed(group_ids)} lets port {HTTPS} out to {name}"
    if not _lets(_rules(groups, "IpPermissions"), cidrs=[subnet["CidrBlock"]], groups=group_ids):
        return f"no ingress rule of {_listed(groups)} lets port {HTTPS} of {_listed(group_ids)} in to {name}"
    return None


def _route_table(subnet_id: str, vpc_id: str) -> Record:
    """The table that a subnet is associated with, else the VPC's main one."""
    tables = [one for one in hooks.use("services.ec2:_route_tables").values() if one["VpcId"] == vpc_id]
    for table in tables:
        if any(one.get("SubnetId") == subnet_id for one in table["Associations"]):
            return dict(table)
    main = (one for one in tables if any(found.get("Main") for found in one["Associations"]))
    return dict(next(main, {"RouteTableId": "no route table", "Routes": []}))


def _has_nat(table: Record) -> bool:
    return any(
        route.get("NatGatewayId") and route.get("DestinationCidrBlock") == ANYWHERE
        for route in table["Routes"]
    )


def _rules(group_ids: Iterable[str], direction: str) -> list[Record]:
    records = hooks.use("services.ec2:_security_groups")
    return [rule for one in group_ids for rule in records.get(one, {}).get(direction, ())]


def _lets(
    rules: Iterable[Record], *, cidrs: Iterable[str] = (), groups: Iterable[str] = (), prefix_list: str = ""
) -> bool:
    """Whether a rule lets TLS pass from or to any of these peers."""
    wanted = list(cidrs)
    return any(
        _takes_https(rule)
        and (
            any(_contains(allowed["CidrIp"], cidr) for allowed in rule["IpRanges"] for cidr in wanted)
            or any(pair.get("GroupId") in groups for pair in rule["UserIdGroupPairs"])
            or any(allowed["PrefixListId"] == prefix_list for allowed in rule["PrefixListIds"])
        )
        for rule in rules
    )


def _takes_https(rule: Record) -> bool:
    if rule["IpProtocol"] == "-1":
        return True
    is_tcp = rule["IpProtocol"] in ("tcp", "6")
    return is_tcp and int(rule.get("FromPort", HTTPS)) <= HTTPS <= int(rule.get("ToPort", HTTPS))


def _contains(allowed: str, cidr: str) -> bool:
    outer, inner = ipaddress.ip_network(allowed, strict=False), ipaddress.ip_network(cidr, strict=False)
    return outer.version == inner.version and inner[0] in outer and inner[-1] in outer


def _cidrs(subnet_ids: Iterable[str]) -> list[str]:
    records = hooks.use("services.ec2:_subnets")
    return [records[one]["CidrBlock"] for one in subnet_ids if one in records]


def _listed(ids: Iterable[str]) -> str:
    return ", ".join(ids) or "no security group"
