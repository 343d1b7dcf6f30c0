"""Networks for tests: one subnet, one security group, and the endpoints a test asks for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from tests.rehearsal.conftest import Account


@dataclass
class Vpc:
    """A network whose group lets everything out and itself in, without endpoints at first."""

    aws: Account
    vpc_id: str
    subnet_id: str
    group_id: str
    table_id: str

    @property
    def config(self) -> dict[str, Any]:
        return {"SubnetIds": [self.subnet_id], "SecurityGroupIds": [self.group_id]}

    @property
    def ec2(self) -> Any:
        return self.aws.client("ec2")

    def gateway(self, **more: Any) -> str:
        wanted = {"RouteTableIds": [self.table_id]} | more
        return self._endpoint("s3", "Gateway", **wanted)

    def interface(self, service: str, **more: Any) -> str:
        wanted = {"SubnetIds": [self.subnet_id], "SecurityGroupIds": [self.group_id]} | more
        return self._endpoint(service, "Interface", **wanted)

    def _endpoint(self, service: str, kind: str, **more: Any) -> str:
        name = f"com.amazonaws.eu-west-1.{service}"
        made = self.ec2.create_vpc_endpoint(VpcId=self.vpc_id, ServiceName=name, VpcEndpointType=kind, **more)
        return str(made["VpcEndpoint"]["VpcEndpointId"])

    @classmethod
    def make(cls, aws: Account) -> Vpc:
        ec2 = aws.client("ec2")
        vpc_id = ec2.create_vpc(CidrBlock="10.1.0.0/16")["Vpc"]["VpcId"]
        ec2.modify_vpc_attribute(VpcId=vpc_id, EnableDnsHostnames={"Value": True})
        subnet_id = ec2.create_subnet(VpcId=vpc_id, CidrBlock="10.1.1.0/24")["Subnet"]["SubnetId"]
        group_id = ec2.create_security_group(GroupName="g", Description="g", VpcId=vpc_id)["GroupId"]
        itself = {"IpProtocol": "-1", "UserIdGroupPairs": [{"GroupId": group_id}]}
        ec2.authorize_security_group_ingress(GroupId=group_id, IpPermissions=[itself])
        tables = ec2.describe_route_tables(Filters=[{"Name": "vpc-id", "Values": [vpc_id]}])["RouteTables"]
        return cls(aws, vpc_id, subnet_id, group_id, tables[0]["RouteTableId"])
