"""The reviewer of a simulated run: answers through the approvers' API after an hour, or never."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any

from rehearsal.simulated.world import World

if TYPE_CHECKING:
    from rehearsal.simulated.host import SimulatedHost

DECISION_SECONDS = 3600.0
REVIEWER_ARN = "arn:aws:sts::111122223333:assumed-role/approver/a-reviewer"


def decide_later(host: SimulatedHost, world: World, approval_id: str) -> None:
    """Let the scenario's reviewer look at the request and decide it."""
    if world.facts.reviewer != "silent":
        asyncio.get_running_loop().call_later(DECISION_SECONDS, _decide, host, world, approval_id)


def _decide(host: SimulatedHost, world: World, approval_id: str) -> None:
    shown = _ask(host, world, "GET", approval_id)
    if "report_sha256" in shown:
        decision = {"decision": world.facts.reviewer, "reason": "read the report"}
        _ask(host, world, "POST", approval_id, decision | {"report_sha256": shown["report_sha256"]})


def _ask(
    host: SimulatedHost, world: World, method: str, approval_id: str, body: dict[str, Any] | None = None
) -> dict[str, Any]:
    event = {
        "requestContext": {"http": {"method": method}, "authorizer": {"iam": {"userArn": REVIEWER_ARN}}},
        "pathParameters": {"approval_id": approval_id},
        "body": json.dumps(body) if body else None,
    }
    answer: dict[str, Any] = json.loads(host.run_function(world, "decide_approval", event)["body"])
    return answer
