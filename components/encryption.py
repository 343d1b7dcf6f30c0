"""The two customer-managed keys: one for what is stored, one for what is said (logs, topics, queues)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pulumi_aws as aws
from pulumi import ComponentResource, Output, ResourceOptions

from components.blocks.role import plain_policy
from components.blocks.statements import Statement

# The longest AWS allows: a deleted key takes everything it encrypted with it.
DELETION_WINDOW_DAYS = 30


@dataclass(frozen=True, kw_only=True)
class EncryptionArgs:
    """Names of the stack; key policies are written from them alone."""

    prefix: str
    account_id: str
    region: str


class Encryption(ComponentResource):
    """Both keys rotate every year; each policy lets in exactly the services that encrypt for us."""

    data_key_arn: Output[str]
    messages_key_arn: Output[str]

    def __init__(self, name: str, args: EncryptionArgs, opts: ResourceOptions | None = None) -> None:
        super().__init__("trainyard:ground:Encryption", name, None, opts)
        self.data_key_arn = self._build_key(
            "data",
            "What the pipeline stores: buckets, volumes, tables, images, state machines",
            args,
            data_users(args),
        )
        self.messages_key_arn = self._build_key(
            "messages", "What the pipeline says: log groups, topics, queues", args, messages_users(args)
        )
        self.register_outputs({"data_key_arn": self.data_key_arn, "messages_key_arn": self.messages_key_arn})

    def for_ground(self) -> dict[str, Any]:
        """The fields of `Ground` that this component knows."""
        return {"key_arn": self.data_key_arn, "messages_key_arn": self.messages_key_arn}

    def _build_key(
        self, name: str, description: str, args: EncryptionArgs, users: Sequence[Statement]
    ) -> Output[str]:
        child = ResourceOptions(parent=self)
        key = aws.kms.Key(
            name,
            description=description,
            enable_key_rotation=True,
            deletion_window_in_days=DELETION_WINDOW_DAYS,
            policy=plain_policy([administration(args.account_id), *users]),
            opts=child,
        )
        aws.kms.Alias(name, name=f"alias/{args.prefix}-{name}", target_key_id=key.key_id, opts=child)
        return key.arn


def administration(account_id: str) -> Statement:
    """The account administers the key and leaves its use to IAM; else nobody could mend the policy."""
    return {
        "Sid": "AccountAdministers",
        "Effect": "Allow",
        "Principal": {"AWS": f"arn:aws:iam::{account_id}:root"},
        "Action": "kms:*",
        "Resource": "*",
    }


def data_users(args: EncryptionArgs) -> list[Statement]:
    """Log delivery reads what an encrypted state machine logs; CloudTrail encrypts its files."""
    logs = f"arn:aws:logs:{args.region}:{args.account_id}:*"
    trail = f"arn:aws:cloudtrail:{args.region}:{args.account_id}:trail/{args.prefix}-audit"
    return [
        _user(
            "LogDelivery",
            "delivery.logs.amazonaws.com",
            ["kms:Decrypt"],
            # The context the machine's role encrypts in; a source ARN isn't promised (Step Functions guide).
            {"StringEquals": {"kms:EncryptionContext:SourceArn": logs}},
        ),
        _user(
            "CloudTrail",
            "cloudtrail.amazonaws.com",
            ["kms:GenerateDataKey", "kms:DescribeKey"],
            {"StringEquals": {"aws:SourceArn": trail}},
        ),
    ]


def messages_users(args: EncryptionArgs) -> list[Statement]:
    """Logs by encryption context; alarms, events and budgets publish to encrypted topics and queues."""
    logs = f"arn:aws:logs:{args.region}:{args.account_id}:*"
    ours = {"StringEquals": {"aws:SourceAccount": args.account_id}}
    publish = ["kms:GenerateDataKey", "kms:Decrypt"]
    return [
        _user(
            "Logs",
            f"logs.{args.region}.amazonaws.com",
            [
                "kms:Encrypt",
                "kms:Decrypt",
                "kms:ReEncryptFrom",
                "kms:ReEncryptTo",
                "kms:GenerateDataKey",
                "kms:DescribeKey",
            ],
            {"ArnLike": {"kms:EncryptionContext:aws:logs:arn": logs}},
        ),
        _user("Alarms", "cloudwatch.amazonaws.com", publish, ours),
        _user("Budgets", "budgets.amazonaws.com", publish, ours),
        # EventBridge gives no source account when it writes to an encrypted topic or queue (SNS guide).
        _user("Events", "events.amazonaws.com", publish, None),
    ]


def _user(sid: str, service: str, actions: Sequence[str], condition: dict[str, Any] | None) -> Statement:
    statement: dict[str, Any] = {
        "Sid": sid,
        "Effect": "Allow",
        "Principal": {"Service": service},
        "Action": list(actions),
        "Resource": "*",
    }
    return {**statement, "Condition": condition} if condition else statement
