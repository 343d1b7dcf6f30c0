"""The Platform as it is inside the emulator's process: events, metrics and logs without a round trip."""

from __future__ import annotations

import json
import logging
import queue
import threading
import time
from typing import Any

from rehearsal.emulator import hooks
from rehearsal.emulator.access_log import AccessLog
from rehearsal.emulator.clients import Clients, root_of
from rehearsal.emulator.sessions import Sessions

log = logging.getLogger(__name__)


class EmbeddedPlatform:
    """What our services see of the emulator they live in; safe on any thread."""

    def __init__(
        self, account_id: str, region: str, endpoint_url: str, access_log: AccessLog | None = None
    ) -> None:
        self.account_id = account_id
        self.region = region
        self.endpoint_url = endpoint_url
        self.sessions = Sessions(account_id, region, access_log)
        # What Platform asks of identities, policies and keys, the sessions answer.
        self.credentials = self.sessions.credentials
        self.network_fault = self.sessions.network_fault
        self.caller_name = self.sessions.caller_name
        self.require_permission = self.sessions.require_permission
        self.require_pass_role = self.sessions.require_pass_role
        self.is_allowed = self.sessions.is_allowed
        self.key_refusal = self.sessions.key_refusal
        self.service_key_refusal = self.sessions.service_key_refusal
        self.client = Clients(endpoint_url, region, root_of(account_id)).get
        self._closing = threading.Event()
        # Delivery may wait for targets, and a caller may be the loop that such a target needs.
        self._events: queue.SimpleQueue[dict[str, Any]] = queue.SimpleQueue()
        self.delivery = threading.Thread(target=self._deliver_events, name="event-delivery", daemon=True)
        self.delivery.start()

    @property
    def is_closing(self) -> bool:
        """Whether everything is being stopped; see Platform."""
        return self._closing.is_set()

    def close(self) -> None:
        """Deliver no more events: stopped executions would start the functions that clean up after them."""
        self._closing.set()

    def scoped(self, account_id: str, region: str) -> EmbeddedPlatform:
        """Return the platform of another account and region; all write one access log."""
        return EmbeddedPlatform(account_id, region, self.endpoint_url, self.sessions.access_log)

    def put_event(self, source: str, detail_type: str, detail: dict[str, Any], resources: list[str]) -> None:
        """Queue an event for the default bus; events arrive in the order they were put."""
        self._events.put(
            {
                "Source": source,
                "DetailType": detail_type,
                "Detail": json.dumps(detail),
                "Resources": resources,
            }
        )

    def put_metric(
        self, namespace: str, name: str, value: float, dimensions: dict[str, str], unit: str = "None"
    ) -> None:
        """Record a data point; alarms see it at their next evaluation."""
        self._enter()
        hooks.use("services.cloudwatch:record_metric")(namespace, name, value, unit, dimensions)

    def log_lines(self, group: str, stream: str, lines: list[str]) -> None:
        """Append lines, stamped now, creating group and stream where missing."""
        self._enter()
        now_ms = int(time.time() * 1000)
        groups = hooks.use("services.cloudwatch_logs:_log_groups")
        if group not in groups:
            groups[group] = _empty_group(hooks.use("services.cloudwatch_logs:_make_group_arn")(group), now_ms)
        streams = groups[group]["streams"]
        events = [{"timestamp": now_ms, "message": line, "ingestionTime": now_ms} for line in lines]
        hooks.use("services.cloudwatch_logs:_append_log_events")(
            streams.setdefault(stream, _empty_stream(now_ms)), events
        )
        hooks.use("services.cloudwatch_logs:_fanout_to_subscription_filters")(group, stream, events)

    def _enter(self) -> None:
        """Let what follows in this context happen in our account and region."""
        hooks.use("core.responses:set_request_account_id")(self.account_id)
        hooks.use("core.responses:set_request_region")(self.region)

    def _deliver_events(self) -> None:
        self._enter()
        while True:
            entry = self._events.get()
            if self.is_closing:
                return
            try:
                # Queue and topic policies look at the transport of a request, and this is none.
                hooks.use("app:pin_request_origin")("127.0.0.1", True)
                hooks.use("services.eventbridge:_put_events")({"Entries": [entry]}, allow_aws_source=True)
            except Exception:  # one bad target must not end the delivery of all later events
                log.exception("event %s was not delivered", entry["DetailType"])


def _empty_group(arn: str, now_ms: int) -> dict[str, Any]:
    return {
        "arn": arn,
        "creationTime": now_ms,
        "retentionInDays": None,
        "tags": {},
        "subscriptionFilters": {},
        "streams": {},
    }


def _empty_stream(now_ms: int) -> dict[str, Any]:
    return {
        "events": [],
        "uploadSequenceToken": "1",
        "creationTime": now_ms,
        "firstEventTimestamp": None,
        "lastEventTimestamp": None,
        "lastIngestionTime": None,
    }
