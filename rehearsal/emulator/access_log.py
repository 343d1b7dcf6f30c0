"""Which role asked for what and whether it was let: what granted permissions are compared with."""

from __future__ import annotations

import re
import threading
from typing import Any

from rehearsal.emulator import hooks

_ASSUMED = re.compile(r"arn:(?P<partition>[^:]+):sts::(?P<account>\d+):assumed-role/(?P<role>[^/]+)/.*")


class AccessLog:
    """Counts of decisions by role, action and resource; safe on any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._counts: dict[tuple[str, str, str], dict[str, int]] = {}

    def note(self, principal_arn: str, action: str, resource: str, *, is_allowed: bool) -> None:
        """Count one decision; sessions count for their role."""
        assumed = _ASSUMED.fullmatch(principal_arn)
        role = (
            f"arn:{assumed['partition']}:iam::{assumed['account']}:role/{assumed['role']}" if assumed else ""
        )
        with self._lock:
            key = (role or principal_arn, action, resource)
            counts = self._counts.setdefault(key, {"allowed": 0, "denied": 0})
            counts["allowed" if is_allowed else "denied"] += 1

    def entries(self) -> list[dict[str, Any]]:
        """Return one entry for each role, action and resource, with its counts."""
        with self._lock:
            return [
                {"principal": principal, "action": action, "resource": resource, **counts}
                for (principal, action, resource), counts in sorted(self._counts.items())
            ]

    def clear(self) -> None:
        """Forget all decisions."""
        with self._lock:
            self._counts.clear()


def install(log: AccessLog) -> None:
    """Note every decision on a request of a role session."""
    enforce = hooks.use("core.iam_evaluator:enforce")
    sessions = hooks.use("services.sts:_sessions")

    def enforce_and_note(
        access_key_id: str,
        iam_action: str,
        service: str,
        region: str,
        resource_arn: str = "*",
        service_context: dict[str, Any] | None = None,
    ) -> Any:
        denied = enforce(access_key_id, iam_action, service, region, resource_arn, service_context)
        session = sessions.get(access_key_id)
        if session is not None:
            log.note(session["Arn"], iam_action, resource_arn, is_allowed=denied is None)
        return denied

    hooks.replace("core.iam_evaluator:enforce", enforce_and_note)
