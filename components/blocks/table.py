"""A DynamoDB table as the pipeline has them: on demand, encrypted, recoverable, forgetting by itself."""

from __future__ import annotations

from dataclasses import dataclass

import pulumi_aws as aws
from pulumi import ComponentResource, Output, ResourceOptions

from components.blocks.ground import Ground
from components.blocks.statements import Statement, allow

FORGET_AT = "delete_after"  # seconds since the epoch


@dataclass(frozen=True, kw_only=True)
class Index:
    """A global index over two attributes, with all others projected."""

    name: str
    hash_key: str
    range_key: str


@dataclass(frozen=True, kw_only=True)
class TableArgs:
    """`hash_key` is a string; an index adds a string and a number."""

    ground: Ground
    hash_key: str
    index: Index | None = None


class Table(ComponentResource):
    """A table; items with `delete_after` in the past go away."""

    arn: Output[str]
    name: Output[str]

    def __init__(self, name: str, args: TableArgs, opts: ResourceOptions | None = None) -> None:
        super().__init__("trainyard:block:Table", name, None, opts)
        table = aws.dynamodb.Table(
            name,
            name=args.ground.physical_name(name),
            billing_mode="PAY_PER_REQUEST",
            hash_key=args.hash_key,
            attributes=attributes(args),
            global_secondary_indexes=indexes(args),
            server_side_encryption={"enabled": True, "kms_key_arn": args.ground.key_arn},
            point_in_time_recovery={"enabled": True},
            ttl={"attribute_name": FORGET_AT, "enabled": True},
            opts=ResourceOptions(parent=self),
        )
        self.arn, self.name = table.arn, table.name
        self.register_outputs({"arn": self.arn, "name": self.name})

    def grant(self, *actions: str) -> Statement:
        """Lets a role call these operations (`GetItem`) on the table and its indexes."""
        return allow(
            [f"dynamodb:{action}" for action in actions], [self.arn, Output.concat(self.arn, "/index/*")]
        )


def attributes(args: TableArgs) -> list[aws.dynamodb.TableAttributeArgsDict]:
    """The key attributes: the only ones DynamoDB wants declared."""
    keys: dict[str, str] = {args.hash_key: "S"}
    if args.index:
        keys |= {args.index.hash_key: "S", args.index.range_key: "N"}
    return [{"name": name, "type": kind} for name, kind in keys.items()]


def indexes(args: TableArgs) -> list[aws.dynamodb.TableGlobalSecondaryIndexArgsDict] | None:
    """The global index, if there is one."""
    if args.index is None:
        return None
    return [
        {
            "name": args.index.name,
            "hash_key": args.index.hash_key,
            "range_key": args.index.range_key,
            "projection_type": "ALL",
        }
    ]
