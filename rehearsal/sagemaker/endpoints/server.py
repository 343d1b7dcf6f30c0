"""A model's container behind a local port: started, asked for its health, invoked.

AWS's containers listen on 8080; here many share one machine, so SAGEMAKER_BIND_TO_PORT names a free port, as
it does on AWS for containers that announce they accept it.
"""

from __future__ import annotations

import http.client
import shutil
import socket
import time
from dataclasses import dataclass
from pathlib import Path

from rehearsal.sagemaker.account import Account
from rehearsal.sagemaker.jobs.job import container_identity, python_path
from rehearsal.sagemaker.jobs.logs import LogStream
from rehearsal.sagemaker.jobs.process import Command, Process
from rehearsal.sagemaker.models import ServedModel, require_pull
from rehearsal.sagemaker.s3 import Files
from rehearsal.sagemaker.volumes import require_volume_key

INVOCATION_SECONDS = 60
TIMED_OUT = (
    "Your invocation timed out while waiting for a response from container primary. Review the latency "
    "metrics for each container in Amazon CloudWatch, resolve the issue, and try again."
)
PING_SECONDS = 2
PING_INTERVAL_SECONDS = 0.1
RESTART_SECONDS = 0.2


@dataclass(frozen=True)
class Answer:
    """What the container answered; status 0 stands for no answer in time."""

    status: int
    content_type: str
    body: bytes
    custom_attributes: str = ""

    @property
    def is_success(self) -> bool:
        """Tell whether the container answered well."""
        return 200 <= self.status < 300


class ModelServer:
    """One running model container."""

    def __init__(
        self,
        account: Account,
        model: ServedModel,
        directory: Path,
        log: LogStream,
        volume_key: str | None = None,
    ) -> None:
        self.model = model
        self.log = log
        self._account = account
        self._directory = directory
        self._volume_key = volume_key
        self._process: Process | None = None
        self._command: Command | None = None
        self._may_restart = False
        self._port = 0

    def start(self) -> None:
        """Download the model and start the container. Raises DataError."""
        require_pull(self._account, self.model)
        require_volume_key(self._account, self.model.role_arn, self._volume_key)
        shutil.rmtree(self._directory, ignore_errors=True)
        opt_ml = self._directory / "ml"
        files = Files(self._account.platform.client("s3", self.model.credentials))
        self.model.fetch(files, opt_ml / "model")
        self._port = _free_port()
        identity = container_identity(
            self._account.platform, self.model.credentials, is_isolated=self.model.is_isolated
        )
        environment = {
            **identity,
            **self.model.image.environment,
            "PYTHONPATH": python_path(self.model.image.python_path),
            **self.model.environment,
            "SAGEMAKER_BIND_TO_PORT": str(self._port),
        }
        self._command = Command(self.model.image.argv(None, ["serve"]), environment, self._directory)
        self._launch(self._command)

    def _launch(self, command: Command) -> None:
        self._process = Process(self._account.spawner, command, self.log.write, self._ended)

    def _ended(self, exit_code: int) -> None:
        """Start a container again that ended while it served, as SageMaker does."""
        self.log.write(f"The container ended with exit code {exit_code}.")
        if self._may_restart:
            self._account.pause(RESTART_SECONDS)
        if self._may_restart and self._command and not self._account.closing.is_set():
            self._launch(self._command)

    def is_healthy_within(self, seconds: float) -> bool:
        """Ask /ping until it answers 200; False when the time is over or the container has ended."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            if self._process is None or self._process.wait(0):
                return False
            if self._ping():
                self._may_restart = True
                return True
            if self._account.pause(PING_INTERVAL_SECONDS):
                return False
        return False

    def _ping(self) -> bool:
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=PING_SECONDS)
        try:
            connection.request("GET", "/ping")
            return connection.getresponse().status == 200
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()

    def invoke(self, body: bytes, content_type: str, accept: str, custom_attributes: str = "") -> Answer:
        """Send one request to /invocations."""
        headers = {"Content-Type": content_type, "Accept": accept}
        if custom_attributes:
            headers["X-Amzn-SageMaker-Custom-Attributes"] = custom_attributes
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=INVOCATION_SECONDS)
        try:
            connection.request("POST", "/invocations", body, headers)
            response = connection.getresponse()
            return Answer(
                response.status,
                response.getheader("Content-Type", "application/octet-stream"),
                response.read(),
                response.getheader("X-Amzn-SageMaker-Custom-Attributes", ""),
            )
        except TimeoutError:
            return Answer(0, "", TIMED_OUT.encode())
        except (OSError, http.client.HTTPException) as error:
            return Answer(503, "", f"The container does not answer: {error}".encode())
        finally:
            connection.close()

    def stop(self) -> None:
        """End the container."""
        self._may_restart = False
        if self._process:
            self._process.kill()
        self.log.flush()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
