"""Which role asked for what and whether it was let: what granted permissions are compared with."""

from __future__ import annotations

import re
import threading
from typing import Any

_ASSUMED = re.compile(r"arn:(?P<partition>[^:]+):sts::(?P<account>\d+):assumed-role/(?P<role>[^/]+)/.*")


class AccessLog:
    """Counts of decisions by role, action and resource; safe on any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._counts: dict[tuple[str, str, str], dict[str, int]] = {}
        self._unreachable: dict[tuple[str, str, str], int] = {}
        self._endpoints: dict[tuple[str, str], int] = {}

    def note(self, principal_arn: str, action: str, resource: str, *, is_allowed: bool) -> None:
        """Count one decision; sessions count for their role."""
        with self._lock:
            key = (_role_of(principal_arn), action, resource)
            counts = self._counts.setdefault(key, {"allowed": 0, "denied": 0})
            counts["allowed" if is_allowed else "denied"] += 1

    def note_unreachable(self, principal_arn: str, service: str, reason: str) -> None:
        """Count one call that found no way out of its VPC."""
        with self._lock:
            key = (_role_of(principal_arn), service, reason)
            self._unreachable[key] = self._unreachable.get(key, 0) + 1

    def note_endpoint(self, endpoint_id: str, service: str) -> None:
        """Count one call that left its VPC by an endpoint."""
        with self._lock:
            key = (endpoint_id, service)
            self._endpoints[key] = self._endpoints.get(key, 0) + 1

    def entries(self) -> list[dict[str, Any]]:
        """Return one entry for each role, action and resource, with its counts."""
        with self._lock:
            return [
                {"principal": principal, "action": action, "resource": resource, **counts}
                for (principal, action, resource), counts in sorted(self._counts.items())
            ]

    def unreachable(self) -> list[dict[str, Any]]:
        """Return one entry for each role, service and reason why nothing answered."""
        with self._lock:
            return [
                {"principal": principal, "service": service, "reason": reason, "calls": calls}
                for (principal, service, reason), calls in sorted(self._unreachable.items())
            ]

    def endpoints(self) -> list[dict[str, Any]]:
        """Return one entry for each VPC endpoint that calls came by."""
        with self._lock:
            return [
                {"endpoint": endpoint, "service": service, "calls": calls}
                for (endpoint, service), calls in sorted(self._endpoints.items())
            ]

    def clear(self) -> None:
        """Forget all decisions."""
        with self._lock:
            self._counts.clear()
            self._unreachable.clear()
            self._endpoints.clear()


def _role_of(principal_arn: str) -> str:
    """The role of a session; any other principal is itself."""
    found = _ASSUMED.fullmatch(principal_arn)
    if found is None:
        return principal_arn
    return f"arn:{found['partition']}:iam::{found['account']}:role/{found['role']}"
