"""Subscribes to the alerts topic as an on-call inbox would, so a rehearsal can say what was published."""

from __future__ import annotations

import json
from typing import Any

from rehearsal.workplace import Site


class AlertInbox:
    """A queue subscribed to the stack's alerts topic while the block lasts."""

    def __init__(self, site: Site) -> None:
        self._queues = site.client("sqs")
        self._topics = site.client("sns")
        self._topic_arn = site.output("alertsTopicArn")

    def __enter__(self) -> AlertInbox:
        self._url = self._queues.create_queue(QueueName="rehearsal-alert-inbox")["QueueUrl"]
        queue_arn = self._queues.get_queue_attributes(QueueUrl=self._url, AttributeNames=["QueueArn"])[
            "Attributes"
        ]["QueueArn"]
        statement = {
            "Effect": "Allow",
            "Principal": {"Service": "sns.amazonaws.com"},
            "Action": "sqs:SendMessage",
            "Resource": queue_arn,
        }
        policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
        self._queues.set_queue_attributes(QueueUrl=self._url, Attributes={"Policy": policy})
        subscribed = self._topics.subscribe(TopicArn=self._topic_arn, Protocol="sqs", Endpoint=queue_arn)
        self._subscription_arn = subscribed["SubscriptionArn"]
        return self

    def __exit__(self, *_: object) -> None:
        self._topics.unsubscribe(SubscriptionArn=self._subscription_arn)
        self._queues.delete_queue(QueueUrl=self._url)

    def messages(self) -> list[dict[str, Any]]:
        """Every alert published so far: subject and message."""
        found: list[dict[str, Any]] = []
        while True:
            received = self._queues.receive_message(QueueUrl=self._url, MaxNumberOfMessages=10).get(
                "Messages", []
            )
            if not received:
                return found
            for message in received:
                body = json.loads(message["Body"])
                found.append({"subject": body.get("Subject"), "message": body.get("Message")})
                self._queues.delete_message(QueueUrl=self._url, ReceiptHandle=message["ReceiptHandle"])
