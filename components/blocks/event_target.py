"""An EventBridge rule with one target that is tried again and, in the end, leaves a dead letter."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pulumi_aws as aws
from pulumi import ComponentResource, Input, Output, ResourceOptions

from components.blocks.function import Function
from components.blocks.ground import Ground

RETRIED_SECONDS = 3600
RETRIES = 10


@dataclass(frozen=True, kw_only=True)
class EventTargetArgs:
    """`pattern` chooses events of the default bus; the target is a queue's ARN or a function."""

    ground: Ground
    description: str
    pattern: Mapping[str, Any] | Output[str]
    dead_letter_arn: Input[str]
    function: Function | None = None
    queue_arn: Input[str] | None = None


class EventTarget(ComponentResource):
    """Events of one kind go to one place."""

    rule_arn: Output[str]

    def __init__(self, name: str, args: EventTargetArgs, opts: ResourceOptions | None = None) -> None:
        super().__init__("trainyard:block:EventTarget", name, None, opts)
        child = ResourceOptions(parent=self)
        pattern = json.dumps(args.pattern) if isinstance(args.pattern, Mapping) else args.pattern
        rule = aws.cloudwatch.EventRule(
            name,
            name=args.ground.physical_name(name),
            description=args.description,
            event_pattern=pattern,
            opts=child,
        )
        target_arn = args.function.arn if args.function else args.queue_arn
        if target_arn is None:
            raise ValueError(f"event target {name}: give a function or a queue")
        aws.cloudwatch.EventTarget(
            name,
            rule=rule.name,
            arn=target_arn,
            dead_letter_config={"arn": args.dead_letter_arn},
            retry_policy={
                "maximum_event_age_in_seconds": RETRIED_SECONDS,
                "maximum_retry_attempts": RETRIES,
            },
            opts=child,
        )
        if args.function:
            permit(name, args.function, rule.arn, args.ground, child)
        self.rule_arn = rule.arn
        self.register_outputs({"rule_arn": self.rule_arn})


def permit(
    name: str, function: Function, rule_arn: Input[str], ground: Ground, opts: ResourceOptions
) -> aws.lambda_.Permission:
    """Lets this rule, and nobody else's, invoke the function."""
    return aws.lambda_.Permission(
        name,
        function=function.name,
        action="lambda:InvokeFunction",
        principal="events.amazonaws.com",
        source_arn=rule_arn,
        source_account=ground.account_id,
        opts=opts,
    )
