"""An encrypted queue that takes messages over TLS from named services of this account only."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi_aws as aws
from pulumi import ComponentResource, Input, Output, ResourceOptions

from components.blocks.ground import Ground
from components.blocks.role import policy_document

KEPT_SECONDS = 14 * 24 * 3600  # the most SQS allows: somebody has to notice


@dataclass(frozen=True, kw_only=True)
class QueueArgs:
    """`senders` are service principals; messages that fail `max_receives` times go to `dead_letter_arn`."""

    ground: Ground
    senders: Sequence[str] = ()
    visibility_seconds: int = 30
    dead_letter_arn: Input[str] | None = None
    max_receives: int = 5


class Queue(ComponentResource):
    """A queue, or a dead-letter queue."""

    arn: Output[str]
    url: Output[str]

    def __init__(self, name: str, args: QueueArgs, opts: ResourceOptions | None = None) -> None:
        super().__init__("trainyard:block:Queue", name, None, opts)
        child = ResourceOptions(parent=self)
        queue = aws.sqs.Queue(
            name,
            name=args.ground.physical_name(name),
            kms_master_key_id=args.ground.messages_key_arn,
            message_retention_seconds=KEPT_SECONDS,
            visibility_timeout_seconds=args.visibility_seconds,
            redrive_policy=redrive(args),
            opts=child,
        )
        policy = queue_policy(queue.arn, args.senders, args.ground.account_id)
        aws.sqs.QueuePolicy(name, queue_url=queue.url, policy=policy, opts=child)
        self.arn, self.url = queue.arn, queue.url
        self.register_outputs({"arn": self.arn, "url": self.url})


def redrive(args: QueueArgs) -> Output[str] | None:
    """Where messages go that nobody could handle."""
    if args.dead_letter_arn is None:
        return None
    return Output.json_dumps(
        {"deadLetterTargetArn": args.dead_letter_arn, "maxReceiveCount": args.max_receives}
    )


def queue_policy(queue_arn: Input[str], senders: Sequence[str], account_id: str) -> Output[str]:
    """Who may send, and that nobody may without TLS."""
    allowed = {
        "Sid": "ServicesOfThisAccount",
        "Effect": "Allow",
        "Principal": {"Service": list(senders)},
        "Action": "sqs:SendMessage",
        "Resource": queue_arn,
        "Condition": {"StringEquals": {"aws:SourceAccount": account_id}},
    }
    tls_only = {
        "Sid": "TlsOnly",
        "Effect": "Deny",
        "Principal": "*",
        "Action": "sqs:*",
        "Resource": queue_arn,
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    }
    return policy_document([*([allowed] if senders else []), tls_only])
