"""One run at a time: an event starts at most one run, a run in flight absorbs new triggers, and a trigger
that started one cools down. All three are one conditional transaction, so two callers can't both win."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

REMEMBERED_SECONDS = 30 * 24 * 3600  # EventBridge retries for a day; an execution name is taken for 90


@dataclass(frozen=True, kw_only=True)
class Admission:
    """`started`, `coalesced` into a run in flight, or `cooling_down`; with the run it is about, if any."""

    status: str
    run_id: str | None = None
    execution_arn: str | None = None


@dataclass(frozen=True, kw_only=True)
class Gate:
    """The table of runs with its rules."""

    dynamodb: Any
    table: str
    lease_seconds: int

    def admit(
        self, run_id: str, execution_arn: str, trigger: str, *, now_seconds: int, cooldown_seconds: int
    ) -> Admission:
        """Takes the run lock, remembers the event and starts the trigger's cool-down, or says why not."""
        try:
            self.dynamodb.transact_write_items(
                TransactItems=[
                    self._remember_event(run_id, execution_arn, now_seconds),
                    self._take_lock(run_id, execution_arn, now_seconds),
                    self._start_cooldown(trigger, now_seconds, cooldown_seconds),
                ]
            )
        except self.dynamodb.exceptions.TransactionCanceledException as error:
            return self._refusal(run_id, execution_arn, error.response.get("CancellationReasons", []))
        return Admission(status="started", run_id=run_id, execution_arn=execution_arn)

    def withdraw(self, run_id: str, trigger: str) -> None:
        """Takes an admission back when the execution could not be started, so that a retry can have it."""
        keys = [f"event#{run_id}", "lock#run", f"cooldown#{trigger}"]
        self.dynamodb.transact_write_items(
            TransactItems=[{"Delete": {"TableName": self.table, "Key": {"id": {"S": key}}}} for key in keys]
        )

    def _remember_event(self, run_id: str, execution_arn: str, now_seconds: int) -> dict[str, Any]:
        item = {
            "id": {"S": f"event#{run_id}"},
            "execution_arn": {"S": execution_arn},
            "delete_after": {"N": str(now_seconds + REMEMBERED_SECONDS)},
        }
        return {
            "Put": {"TableName": self.table, "Item": item, "ConditionExpression": "attribute_not_exists(id)"}
        }

    def _take_lock(self, run_id: str, execution_arn: str, now_seconds: int) -> dict[str, Any]:
        item = {
            "id": {"S": "lock#run"},
            "run_id": {"S": run_id},
            "execution_arn": {"S": execution_arn},
            "lease_ends_at": {"N": str(now_seconds + self.lease_seconds)},
        }
        return self._put_when_past(item, "lease_ends_at", now_seconds)

    def _start_cooldown(self, trigger: str, now_seconds: int, cooldown_seconds: int) -> dict[str, Any]:
        ends_at = str(now_seconds + cooldown_seconds)
        item = {
            "id": {"S": f"cooldown#{trigger}"},
            "cools_until": {"N": ends_at},
            "delete_after": {"N": ends_at},
        }
        return self._put_when_past(item, "cools_until", now_seconds)

    def _put_when_past(self, item: dict[str, Any], until: str, now_seconds: int) -> dict[str, Any]:
        return {
            "Put": {
                "TableName": self.table,
                "Item": item,
                "ConditionExpression": f"attribute_not_exists(id) OR {until} <= :now",
                "ExpressionAttributeValues": {":now": {"N": str(now_seconds)}},
            }
        }

    def _refusal(self, run_id: str, execution_arn: str, reasons: list[dict[str, Any]]) -> Admission:
        event, lock, cooldown = [reason.get("Code") == "ConditionalCheckFailed" for reason in reasons] or [
            False
        ] * 3
        if event:
            return Admission(status="coalesced", run_id=run_id, execution_arn=execution_arn)
        if lock:
            holder = self.dynamodb.get_item(TableName=self.table, Key={"id": {"S": "lock#run"}})
            arn = holder.get("Item", {}).get("execution_arn", {}).get("S")
            return Admission(status="coalesced", execution_arn=arn)
        if cooldown:
            return Admission(status="cooling_down")
        # A rival transaction on the same items: the caller tries again.
        raise RuntimeError(f"the run's admission was cancelled: {json.dumps(reasons, default=str)}")
