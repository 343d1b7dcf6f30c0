"""Topics, their policies and subscriptions."""

from rehearsal.program.account import Account
from rehearsal.program.handlers.registry import Created, creates
from rehearsal.program.inputs import Declared


@creates("aws:sns/topic:Topic")
def topic(declared: Declared, account: Account) -> Created:
    """A topic."""
    name = declared.physical_name(256)
    attributes = declared.to_aws(
        "kmsMasterKeyId", "displayName", "deliveryPolicy", "policy", "signatureVersion", "tracingConfig",
        "fifoTopic",
        "contentBasedDeduplication",
    )  # fmt: skip
    arn = account.client("sns").create_topic(
        Name=name, Attributes=_texts(attributes), Tags=declared.tag_list()
    )["TopicArn"]
    return Created(arn, {"name": name, "arn": arn, "owner": account.place.account_id})


def _texts(attributes: dict[str, object]) -> dict[str, str]:
    return {
        name: str(value).lower() if isinstance(value, bool) else str(value)
        for name, value in attributes.items()
    }


@creates("aws:sns/topicPolicy:TopicPolicy")
def topic_policy(declared: Declared, account: Account) -> Created:
    """Who may publish to a topic."""
    arn = declared.require("arn")
    account.client("sns").set_topic_attributes(
        TopicArn=arn, AttributeName="Policy", AttributeValue=declared.require("policy")
    )
    return Created(arn, {"owner": account.place.account_id})


@creates("aws:sns/topicSubscription:TopicSubscription")
def topic_subscription(declared: Declared, account: Account) -> Created:
    """A subscriber; an e-mail address gets no mail here, and is confirmed at once."""
    declared.ignore("endpointAutoConfirms", "only tells the provider how long to wait for a confirmation")
    declared.ignore(
        "confirmationTimeoutInMinutes", "only tells the provider how long to wait for a confirmation"
    )
    attributes = declared.to_aws(
        "filterPolicy",
        "filterPolicyScope",
        "rawMessageDelivery",
        "redrivePolicy",
        "deliveryPolicy",
        "subscriptionRoleArn",
    )
    arn = account.client("sns").subscribe(
        TopicArn=declared.require("topic"),
        Protocol=declared.require("protocol"),
        Endpoint=declared.require("endpoint"),
        Attributes=_texts(attributes),
        ReturnSubscriptionArn=True,
    )["SubscriptionArn"]
    return Created(arn, {"arn": arn, "ownerId": account.place.account_id, "pendingConfirmation": False})
