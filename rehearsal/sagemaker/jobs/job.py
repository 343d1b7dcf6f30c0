"""What all jobs share: a thread, a status that changes in the open, one end, and nothing left behind."""

from __future__ import annotations

import logging
import os
import shutil
import threading
import time
from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rehearsal.emulator.environment import WORKLOAD_DIR
from rehearsal.emulator.platform import Credentials, ServiceError
from rehearsal.sagemaker import events
from rehearsal.sagemaker.account import Account
from rehearsal.sagemaker.images import Image, is_ecr, repository_arn
from rehearsal.sagemaker.jobs.channels import Host, host_names
from rehearsal.sagemaker.jobs.cluster import Cluster
from rehearsal.sagemaker.jobs.logs import LogStream
from rehearsal.sagemaker.jobs.process import Command
from rehearsal.sagemaker.jobs.usage import Meter, Size
from rehearsal.sagemaker.s3 import DataError, Files
from rehearsal.sagemaker.store import Record
from rehearsal.sagemaker.volumes import require_volume_key, volume_key

logger = logging.getLogger(__name__)
REASON_MAX = 1024
INTERNAL = "InternalServerError: We encountered an internal error. Please try again."
CLOCK_OFFSET = "REHEARSAL_CLOCK_OFFSET_SECONDS"  # read by workload/sitecustomize.py
METRICS_SECONDS = 60  # how often AWS looks at a host
PULL_ACTIONS = ("ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer", "ecr:BatchCheckLayerAvailability")


@dataclass(frozen=True)
class Ending:
    """How a job ended: its status and what Describe says about it."""

    status: str
    secondary: str | None = None
    reason: str | None = None


class Job(ABC):
    """A job from creation to its one end. Subclasses do the work and name how it ended."""

    def __init__(
        self, account: Account, record: Record, credentials: Credentials, image: Image | None
    ) -> None:
        self.account = account
        self.record = record
        self.credentials = credentials
        self.image = image
        self.files = Files(account.platform.client("s3", credentials))
        self.directory: Path = account.work_dir / record.kind.arn_path / record.name
        self.launched_at = time.time()
        self.stopping = threading.Event()
        self.ended = threading.Event()
        self.cluster: Cluster | None = None
        self.ending: Ending | None = None
        self._callbacks: list[Callable[[dict[str, Any]], None]] = []
        self._before_end: list[Callable[[], None]] = []
        self._lock = threading.Lock()

    @property
    def request(self) -> dict[str, Any]:
        """Return what was asked for: the record's details hold every field of the request."""
        return self.record.details

    @property
    def status_field(self) -> str:
        """Return the field of the job's status."""
        return f"{self.record.kind.name}Status"

    @property
    def role_arn(self) -> str:
        """Return the role the job works under."""
        return str(self.request["RoleArn"])

    def start(self) -> None:
        """Announce the job and begin, on a thread."""
        self.announce()
        threading.Thread(target=self._run, daemon=True, name=f"job-{self.record.name}").start()

    def announce(self) -> None:
        """Tell that the job is InProgress."""
        self.emit()

    def stop(self) -> None:
        """Ask the job to stop, as Stop*Job does; a job that has ended is refused."""
        status = self.request[self.status_field]
        if status not in ("InProgress", "Stopping"):
            job = self.record.kind.words
            raise ServiceError(
                "ValidationException", f"The request was rejected because the {job} is in status {status}."
            )
        self.record.update(**{self.status_field: "Stopping"})
        self.stopping.set()
        if self.cluster:
            self.cluster.request_stop()
        self.emit()

    def abandon(self) -> None:
        """End at once because the service closes: nothing is uploaded."""
        self.stopping.set()
        if self.cluster:
            self.cluster.kill()
        self.ended.wait(10)

    def on_end(self, callback: Callable[[dict[str, Any]], None]) -> None:
        """Call back once with the Describe response: at the end, or now where that is past."""
        with self._lock:
            if not self.ended.is_set():
                self._callbacks.append(callback)
                return
        callback(self.record.snapshot())

    def before_end(self, callback: Callable[[], None]) -> None:
        """Have something done before the end is announced (a quota given back)."""
        self._before_end.append(callback)

    def emit(self) -> None:
        """Announce the current state on the event bus."""
        events.emit(self.account.platform, self.record)

    def environment(self) -> dict[str, str]:
        """Return the environment of the job's containers: identity, region, the image's and the request's."""
        platform = self.account.platform
        return {
            **container_identity(platform, self.credentials, is_isolated=self.is_isolated),
            **(self.image.environment if self.image else {}),
            "PYTHONPATH": python_path(self.image.python_path if self.image else ""),
            **(self.request.get("Environment") or {}),
            **self._wrong_clock(),
        }

    def _wrong_clock(self) -> dict[str, str]:
        """By how much the clock of this attempt's machines is wrong, if a fault sets it."""
        jump = self.account.faults.strike("clock_jump", self.record.kind.name, self.record.name)
        return {CLOCK_OFFSET: str(jump["seconds"])} if jump else {}

    @property
    def is_isolated(self) -> bool:
        """Whether the containers are cut off from the network."""
        network = self.request.get("NetworkConfig") or {}
        return bool(self.request.get("EnableNetworkIsolation") or network.get("EnableNetworkIsolation"))

    def log_stream(self, host: str, part: str = "") -> LogStream:
        """Open the log stream <job>/<host>-<epoch seconds><part> in the kind's log group.

        https://docs.aws.amazon.com/sagemaker/latest/dg/logging-cloudwatch.html
        """
        group = f"/aws/sagemaker/{self.record.kind.name}s"
        resource = f"arn:aws:logs:{self.account.platform.region}:{self.account.platform.account_id}:log-group"
        denied = self.account.denied(self.role_arn, "logs:PutLogEvents", f"{resource}:{group}:log-stream:*")
        name = f"{self.record.name}/{host}-{int(self.launched_at)}{part}"
        return LogStream(self.account.platform, group, name, is_permitted=denied is None)

    def meter(self, resources: dict[str, Any]) -> Meter:
        """What measures the hosts of an attempt, every minute of AWS's as it is scaled here."""
        namespace = f"/aws/sagemaker/{self.record.kind.name}s"
        every_seconds = self.account.scaled(METRICS_SECONDS)
        return Meter(self.account.platform, namespace, self.record.name, Size.of(resources), every_seconds)

    def wait_for_slot(self) -> bool:
        """Wait until this machine has room for another job; False when it was stopped meanwhile."""
        while not self.stopping.is_set():
            if self.account.slots.acquire(timeout=0.2):
                self.before_end(self.account.slots.release)
                return True
        return False

    def require_pull(self) -> None:
        """Raise DataError unless the role may pull the image from ECR."""
        uri = self.image.uri if self.image else ""
        if not is_ecr(uri):
            return
        for action in PULL_ACTIONS:
            reason = self.account.denied(self.role_arn, action, repository_arn(uri))
            if reason:
                raise DataError(f"Role {self.role_arn} may not pull the image {uri}: {action}: {reason}")

    def command(self, argv: list[str], environment: dict[str, str], host: Host) -> Command:
        """Return what runs on one host; an isolated job of one host is cut off from this machine's network.

        Several hosts of an isolated job talk to each other, here by 127.0.0.1: they only lack credentials.
        """
        names = host_names(host.count)
        is_cut_off = self.is_isolated and host.count == 1
        return Command(argv, environment, self.directory / host.name, names, is_cut_off=is_cut_off)

    def require_volume_key(self) -> None:
        """Raise DataError unless the role may encrypt the volumes with the key it names."""
        require_volume_key(self.account, self.role_arn, volume_key(self.request))

    @abstractmethod
    def work(self) -> Ending:
        """Do the job; DataError becomes ClientError in FailureReason, the unexpected InternalServerError."""

    def clean_up(self) -> None:
        """End what the work may have left running; logs and results stay on disk, copies of inputs don't."""
        if self.cluster:
            self.cluster.kill()
        for folder in ("input/data", "processing/input", "model"):
            for copied in self.directory.glob(f"*/ml/{folder}"):
                shutil.rmtree(copied, ignore_errors=True)

    def _run(self) -> None:
        try:
            ending = self.ending = self._outcome()
        finally:
            self.clean_up()
        for callback in self._before_end:
            callback()
        self._end(ending)

    def _outcome(self) -> Ending:
        fault = self.account.faults.strike("internal_error", self.record.kind.name, self.record.name)
        slow = self.account.faults.strike("slow_job", self.record.kind.name, self.record.name)
        try:
            if slow:
                self.stopping.wait(slow["seconds"])
            return Ending("Failed", reason=INTERNAL) if fault else self.work()
        except DataError as error:
            return Ending("Failed", reason=f"ClientError: {error}")
        except Exception:
            logger.exception("%s %s", self.record.kind.name, self.record.name)
            return Ending("Failed", reason=INTERNAL)

    def _end(self, ending: Ending) -> None:
        changes: dict[str, Any] = {self.status_field: ending.status}
        if ending.reason:
            changes["FailureReason"] = ending.reason[:REASON_MAX]
        self.record.update(**changes, **self.closing_details(ending))
        with self._lock:
            self.ended.set()
            callbacks, self._callbacks = self._callbacks, []
        if not self.account.closing.is_set():
            self.emit()
            for callback in callbacks:
                callback(self.record.snapshot())

    def closing_details(self, ending: Ending) -> dict[str, Any]:
        """Return what else Describe says once the job has ended."""
        _ = ending
        return {f"{self.record.kind.name.removesuffix('Job')}EndTime": time.time()}


def container_identity(platform: Any, credentials: Credentials, *, is_isolated: bool) -> dict[str, str]:
    """Return the variables by which a container finds its region and, unless isolated, its credentials.

    Nobody else's are found either: the SDK looks neither into this machine's files nor for instance metadata.
    """
    surroundings = {
        "AWS_REGION": platform.region,
        "AWS_DEFAULT_REGION": platform.region,
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "AWS_EC2_METADATA_DISABLED": "true",
    }
    if is_isolated:
        return surroundings
    return {
        **surroundings,
        "AWS_ACCESS_KEY_ID": credentials.access_key_id,
        "AWS_SECRET_ACCESS_KEY": credentials.secret_access_key,
        "AWS_SESSION_TOKEN": credentials.session_token,
        "AWS_ENDPOINT_URL": platform.endpoint_url,
    }


def python_path(of_image: str) -> str:
    """Return PYTHONPATH for a container: what AWS would do to a call without a way out is seen to first."""
    return os.pathsep.join(filter(None, [str(WORKLOAD_DIR), of_image]))


def algorithm_error(text: str, exit_code: int) -> str:
    """Word a container's failure: the text is cut so that the exit code stays within 1,024 characters."""
    ending = f", exit code: {exit_code}"
    prefix = "AlgorithmError: "
    return prefix + text[: REASON_MAX - len(prefix) - len(ending)] + ending
