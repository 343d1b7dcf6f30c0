"""Queues and their policies."""

from rehearsal.program.account import Account
from rehearsal.program.handlers.registry import Created, creates
from rehearsal.program.inputs import Declared


def _attributes(declared: Declared, *names: str, **renamed: str) -> dict[str, str]:
    given = declared.to_aws(*names, **renamed)
    return {
        name: str(value).lower() if isinstance(value, bool) else str(value) for name, value in given.items()
    }


@creates("aws:sqs/queue:Queue")
def queue(declared: Declared, account: Account) -> Created:
    """A queue."""
    name = declared.physical_name(80)
    attributes = _attributes(
        declared, "delaySeconds", "kmsMasterKeyId", "kmsDataKeyReusePeriodSeconds", "policy", "redrivePolicy",
        "redriveAllowPolicy", "sqsManagedSseEnabled", "fifoQueue", "contentBasedDeduplication",
        "deduplicationScope",
        "fifoThroughputLimit",
        messageRetentionSeconds="MessageRetentionPeriod", visibilityTimeoutSeconds="VisibilityTimeout",
        maxMessageSize="MaximumMessageSize", receiveWaitTimeSeconds="ReceiveMessageWaitTimeSeconds",
    )  # fmt: skip
    url = account.client("sqs").create_queue(QueueName=name, Attributes=attributes, tags=declared.tags())[
        "QueueUrl"
    ]
    return Created(url, {"name": name, "url": url, "arn": account.arn("sqs", name)})


def _set(declared: Declared, account: Account, *names: str) -> Created:
    url = declared.require("queueUrl")
    account.client("sqs").set_queue_attributes(QueueUrl=url, Attributes=_attributes(declared, *names))
    return Created(url)


@creates("aws:sqs/queuePolicy:QueuePolicy")
def queue_policy(declared: Declared, account: Account) -> Created:
    """Who may send to a queue; the embedded AWS enforces it for topics."""
    return _set(declared, account, "policy")


@creates("aws:sqs/redrivePolicy:RedrivePolicy")
def redrive_policy(declared: Declared, account: Account) -> Created:
    """Where a queue's failed messages go."""
    return _set(declared, account, "redrivePolicy")


@creates("aws:sqs/redriveAllowPolicy:RedriveAllowPolicy")
def redrive_allow_policy(declared: Declared, account: Account) -> Created:
    """Whose failed messages a queue takes."""
    return _set(declared, account, "redriveAllowPolicy")
