"""The hosts of a job as SageMaker tells them, and the processes that share the work on each of them."""

from __future__ import annotations

import hashlib
import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from contracts.failures import ConfigurationRejected

FIRST_PORT, PORTS = 20_000, 10_000


@dataclass(frozen=True)
class Hosts:
    """All hosts in SageMaker's order, this one, and the interface they reach each other by."""

    names: tuple[str, ...]
    current: str
    interface: str

    @classmethod
    def read(cls, path: Path) -> Hosts:
        """Reads resourceconfig.json; without it the job has this host alone.

        Raises ConfigurationRejected naming the field.
        """
        if not path.exists():
            return cls(("localhost",), "localhost", "lo")
        try:
            config: dict[str, Any] = json.loads(path.read_bytes())
            hosts = cls(tuple(config["hosts"]), config["current_host"], config["network_interface_name"])
        except (ValueError, KeyError, TypeError) as error:
            raise ConfigurationRejected.about(
                "resourceconfig.json", str(error), "it must be whole"
            ) from error
        if hosts.current not in hosts.names:
            rule = f"it must be one of hosts: {', '.join(hosts.names)}"
            raise ConfigurationRejected.about("resourceconfig.json: current_host", hosts.current, rule)
        return hosts

    def rank(self, local_rank: int, processes_per_host: int) -> int:
        """The number of a process among all processes of the job."""
        return self.names.index(self.current) * processes_per_host + local_rank

    def meeting_point(self) -> str:
        """Where the processes meet: the first host, at a port that follows from the job's name.

        Jobs that share a machine therefore meet at different ports.
        """
        name = os.environ.get("TRAINING_JOB_NAME", "")
        port = FIRST_PORT + int(hashlib.sha256(name.encode()).hexdigest(), 16) % PORTS
        return f"tcp://{self.names[0]}:{os.environ.get('MASTER_PORT', str(port))}"

    def interfaces(self) -> dict[str, str]:
        """What tells Gloo and NCCL the interface, by environment variable."""
        return {"GLOO_SOCKET_IFNAME": self.interface, "NCCL_SOCKET_IFNAME": self.interface}
