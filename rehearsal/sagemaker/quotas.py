"""Account quotas by instance type, refused in the words of the real service; unset means unlimited."""

from __future__ import annotations

import threading

from rehearsal.emulator.platform import ServiceError

WARM_POOL = "training warm pool"


class Quotas:
    """Instances in use against limits. Usages: training job, spot training job, processing job…"""

    def __init__(self) -> None:
        self._limits: dict[str, int] = {}
        self._used: dict[str, int] = {}
        self._lock = threading.Lock()

    def set(self, instance_type: str, usage: str, instances: int) -> None:
        """Set the limit of '<instance_type> for <usage> usage'."""
        self._limits[_name(instance_type, usage)] = instances

    def limit(self, instance_type: str, usage: str) -> int | None:
        """Return the limit, None where none is set; a warm pool's default is 0, as on AWS."""
        default = 0 if usage == WARM_POOL else None
        return self._limits.get(_name(instance_type, usage), default)

    def take(self, instance_type: str, usage: str, instances: int) -> None:
        """Count instances in or raise ResourceLimitExceeded."""
        name = _name(instance_type, usage)
        with self._lock:
            used, limit = self._used.get(name, 0), self.limit(instance_type, usage)
            if limit is not None and used + instances > limit:
                raise exceeded(instance_type, usage, limit, used, instances)
            self._used[name] = used + instances

    def require(self, instance_type: str, usage: str, instances: int) -> None:
        """Raise ResourceLimitExceeded where `take` would, and count nothing."""
        self.take(instance_type, usage, instances)
        self.give_back(instance_type, usage, instances)

    def give_back(self, instance_type: str, usage: str, instances: int) -> None:
        """Count instances out."""
        name = _name(instance_type, usage)
        with self._lock:
            self._used[name] = max(0, self._used.get(name, 0) - instances)

    def clear(self) -> None:
        """Forget limits and usage."""
        with self._lock:
            self._limits.clear()
            self._used.clear()


def exceeded(instance_type: str, usage: str, limit: int, used: int, wanted: int) -> ServiceError:
    """Word the error as AWS does."""
    return ServiceError(
        "ResourceLimitExceeded",
        f"The account-level service limit '{instance_type} for {usage} usage' is {limit} Instances, with "
        f"current utilization of {used} Instances and a request delta of {wanted} Instances. Please use AWS "
        "Service Quotas to request an increase for this quota. If AWS Service Quotas is not available, "
        "contact AWS support to request an increase for this quota.",
    )


def _name(instance_type: str, usage: str) -> str:
    return f"{instance_type} for {usage} usage"
