"""An encrypted queue that takes messages over TLS, of services only from named rules of this stack."""

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
    """`rules` are the stack's words for those that send; what fails `max_receives` times is a dead letter."""

    ground: Ground
    rules: Sequence[str] = ()
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
        rules = [args.ground.arn("events", f"rule/{args.ground.physical_name(rule)}") for rule in args.rules]
        policy = queue_policy(queue.arn, rules)
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


def queue_policy(queue_arn: Input[str], rule_arns: Sequence[str]) -> Output[str]:
    """Who may send, and that nobody may without TLS.

    Rules are known by `aws:SourceArn`, as EventBridge's guide has it for targets and for dead letters alike:
    https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-use-resource-based.html and eb-rule-dlq.html
    """
    allowed = {
        "Sid": "RulesOfThisStack",
        "Effect": "Allow",
        "Principal": {"Service": "events.amazonaws.com"},
        "Action": "sqs:SendMessage",
        "Resource": queue_arn,
        "Condition": {"ArnEquals": {"aws:SourceArn": list(rule_arns)}},
    }
    tls_only = {
        "Sid": "TlsOnly",
        "Effect": "Deny",
        "Principal": "*",
        "Action": "sqs:*",
        "Resource": queue_arn,
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    }
    return policy_document([*([allowed] if rule_arns else []), tls_only])
