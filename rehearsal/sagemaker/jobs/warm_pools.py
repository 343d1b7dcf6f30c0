"""Managed warm pools: instances kept for a next, equal job; without a quota nothing is kept, silently."""

from __future__ import annotations

import json
import threading
import time
from dataclasses import dataclass
from typing import Any

from rehearsal.emulator.platform import ServiceError
from rehearsal.sagemaker.account import Account
from rehearsal.sagemaker.jobs.training import TrainingJob
from rehearsal.sagemaker.quotas import WARM_POOL

MATCHED = ("RoleArn", "EnableNetworkIsolation", "EnableInterContainerTrafficEncryption", "VpcConfig")
MATCHED_RESOURCES = ("InstanceCount", "InstanceType", "VolumeKmsKeyId", "VolumeSizeInGB")

# Instances that failed are not kept; those of an algorithm that did, or of a stopped job, are.
INFRASTRUCTURE = ("InternalServerError", "CapacityError")


@dataclass
class Pool:
    """Instances kept after a job, until `expires_at` (time.time())."""

    key: str
    job: TrainingJob
    instances: tuple[str, str, int]
    kept_at: float
    expires_at: float


class WarmPools:
    """The pools of the account."""

    def __init__(self, account: Account) -> None:
        self._account = account
        self._pools: list[Pool] = []
        self._lock = threading.Lock()

    def attach(self, job: TrainingJob) -> None:
        """Let a new job take a fitting pool, and have its instances kept at its end if it asks so."""
        self.expire()
        keep_seconds = job.request["ResourceConfig"].get("KeepAlivePeriodInSeconds")
        self._reuse(job)
        if keep_seconds:
            job.record.update(WarmPoolStatus={"Status": "InUse"})
            job.before_end(lambda: self._keep(job, keep_seconds))

    def expire(self) -> None:
        """End the pools whose time is over."""
        with self._lock:
            over = [pool for pool in self._pools if pool.expires_at <= time.time()]
            self._pools = [pool for pool in self._pools if pool not in over]
        for pool in over:
            self._close(pool, "Terminated")

    def _reuse(self, job: TrainingJob) -> None:
        with self._lock:
            found = next((pool for pool in self._pools if pool.key == _key(job.request)), None)
            if found is None:
                return
            self._pools.remove(found)
        self._close(found, "Reused", ReusedByJob=job.record.name)

    def _keep(self, job: TrainingJob, seconds: int) -> None:
        resources = job.request["ResourceConfig"]
        if job.ending and (job.ending.reason or "").startswith(INFRASTRUCTURE):
            job.record.update(WarmPoolStatus={"Status": "Terminated"})
            return
        instances = (resources["InstanceType"], WARM_POOL, resources["InstanceCount"])
        try:
            self._account.quotas.take(*instances)
        except ServiceError:
            job.record.update(WarmPoolStatus={"Status": "Terminated"})
            return
        now = time.time()
        with self._lock:
            self._pools.append(Pool(_key(job.request), job, instances, now, now + seconds))
        job.record.update(WarmPoolStatus={"Status": "Available"})
        timer = threading.Timer(seconds, self.expire)
        timer.daemon = True
        timer.start()

    def _close(self, pool: Pool, status: str, **more: Any) -> None:
        self._account.quotas.give_back(*pool.instances)
        seconds = max(1, round(time.time() - pool.kept_at))  # wall clock, however many the instances
        shown = {"Status": status, "ResourceRetainedBillableTimeInSeconds": seconds, **more}
        pool.job.record.update(WarmPoolStatus=shown)


def _key(request: dict[str, Any]) -> str:
    """Return what must be equal for a pool to be taken."""
    resources = request["ResourceConfig"]
    wanted = [request.get(name) for name in MATCHED] + [resources.get(name) for name in MATCHED_RESOURCES]
    return json.dumps(wanted, sort_keys=True)
