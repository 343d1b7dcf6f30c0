"""The topic that hears of everything a person should know, and who listens to it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi_aws as aws
from pulumi import ComponentResource, Input, Output, ResourceOptions

from components.blocks.role import policy_document

# AWS services that publish on our behalf; roles of the account need no line here, their own policy lets them.
PUBLISHERS = ("cloudwatch.amazonaws.com", "budgets.amazonaws.com")


@dataclass(frozen=True, kw_only=True)
class AlertsArgs:
    """Everybody in `emails` has to confirm the subscription once."""

    prefix: str
    account_id: str
    messages_key_arn: Input[str]
    emails: Sequence[str]


class Alerts(ComponentResource):
    """An encrypted topic that takes messages over TLS, from this account only."""

    topic_arn: Output[str]

    def __init__(self, name: str, args: AlertsArgs, opts: ResourceOptions | None = None) -> None:
        super().__init__("trainyard:ground:Alerts", name, None, opts)
        child = ResourceOptions(parent=self)
        topic = aws.sns.Topic(
            name, name=f"{args.prefix}-alerts", kms_master_key_id=args.messages_key_arn, opts=child
        )
        aws.sns.TopicPolicy(name, arn=topic.arn, policy=topic_policy(topic.arn, args.account_id), opts=child)
        for email in args.emails:
            aws.sns.TopicSubscription(email, topic=topic.arn, protocol="email", endpoint=email, opts=child)
        self.topic_arn = topic.arn
        self.register_outputs({"topic_arn": self.topic_arn})


def topic_policy(topic_arn: Input[str], account_id: str) -> Output[str]:
    """Who may publish, and that nobody may without TLS."""
    publishers = {
        "Sid": "ServicesOfThisAccount",
        "Effect": "Allow",
        "Principal": {"Service": list(PUBLISHERS)},
        "Action": "sns:Publish",
        "Resource": topic_arn,
        "Condition": {"StringEquals": {"aws:SourceAccount": account_id}},
    }
    # EventBridge gives no source account to a topic's policy (EventBridge guide, resource-based policies).
    rules = {
        "Sid": "RulesOfThisAccount",
        "Effect": "Allow",
        "Principal": {"Service": "events.amazonaws.com"},
        "Action": "sns:Publish",
        "Resource": topic_arn,
    }
    tls_only = {
        "Sid": "TlsOnly",
        "Effect": "Deny",
        "Principal": "*",
        "Action": "sns:Publish",
        "Resource": topic_arn,
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    }
    account = {
        "Sid": "Account",
        "Effect": "Allow",
        "Principal": {"AWS": f"arn:aws:iam::{account_id}:root"},
        "Action": ["sns:Publish", "sns:Subscribe", "sns:GetTopicAttributes"],
        "Resource": topic_arn,
    }
    return policy_document([account, publishers, rules, tls_only])
