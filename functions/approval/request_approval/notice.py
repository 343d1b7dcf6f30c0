"""What an approval request keeps (with the task token) and what it tells people (without it)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from contracts.message import message

REMEMBERED_SECONDS = 90 * 24 * 3600  # after the deadline, until the table drops the item


@dataclass(frozen=True, kw_only=True)
class Request:
    """One request for a decision. The id is all that ever leaves the table; the token stays in it."""

    approval_id: str
    created_at: int
    event: Mapping[str, Any]

    @property
    def expires_at(self) -> int:
        """When the run stops waiting, in seconds since the epoch."""
        return self.created_at + int(self.event["approval"]["timeout_seconds"])

    def item(self) -> dict[str, dict[str, str]]:
        """The DynamoDB item."""
        run, evaluation = self.event["run"], self.event["evaluation"]
        texts = {
            "approval_id": self.approval_id,
            "token": self.event["token"],
            "state": "PENDING",
            "run_id": run["id"],
            "run_arn": run["arn"],
            "package_arn": evaluation["package_arn"],
            "report_uri": evaluation["report_uri"],
            "report_sha256": evaluation["report_sha256"],
            "verdict": evaluation["verdict"]["decision"],
            "reasons": "\n".join(evaluation["verdict"]["reasons"]),
            "requested_by": self.event["approval"]["requested_by"],
        }
        numbers = {
            "created_at": self.created_at,
            "expires_at": self.expires_at,
            "delete_after": self.expires_at + REMEMBERED_SECONDS,
        }
        return {
            **{name: {"S": value} for name, value in texts.items()},
            **{name: {"N": str(value)} for name, value in numbers.items()},
        }

    def notice(self, api_url: str) -> dict[str, str]:
        """Subject and message for the approvers: the essentials and a link that holds the id only."""
        run, evaluation = self.event["run"], self.event["evaluation"]
        hours = int(self.event["approval"]["timeout_seconds"]) // 3600
        lines = [
            f"A model of {run['pipeline']} waits for your decision for {hours} hours.",
            f"Verdict: {evaluation['verdict']['decision']}",
            *(f"- {reason}" for reason in evaluation["verdict"]["reasons"]),
            *_flag(self.event["shift"]),
            f"Run: {run['id']}, started by {run['trigger']}: {run['reason']}",
            f"Report: {evaluation['report_uri']}",
            f"Decide: {api_url}/approvals/{self.approval_id}",
        ]
        return message(f"{run['pipeline']}: approve a model?", lines)


def _flag(shift: Mapping[str, Any]) -> list[str]:
    """What a reviewer has to know of data that is no longer like the baseline: the run went on for review."""
    if not shift["is_flagged"]:
        return []
    names = ", ".join(
        f"{one['feature']} ({one['measure']} {one['statistic']:.3f})" for one in shift["features"]
    )
    left_out = shift["count"] - len(shift["features"])
    return [f"The data shifted: {names}{f' and {left_out} more' if left_out else ''}"]
