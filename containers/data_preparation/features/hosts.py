"""The hosts of a processing job, as SageMaker lists them in resourceconfig.json."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from contracts.failures import ConfigurationRejected

MASTER_PORT = 7077


@dataclass(frozen=True)
class Hosts:
    """The hosts of the job and the one this process runs on."""

    current: str
    everyone: tuple[str, ...]

    @classmethod
    def read(cls, path: Path) -> Hosts:
        """Reads SageMaker's resourceconfig.json; without it the job has this host only."""
        if not path.exists():
            return cls("localhost", ("localhost",))
        try:
            document = json.loads(path.read_text(encoding="utf-8"))
            return cls(document["current_host"], tuple(sorted(document["hosts"])))
        except (ValueError, KeyError, TypeError) as error:
            raise ConfigurationRejected.about(path.name, repr(error), "hosts must be listed in it") from error

    @property
    def first(self) -> str:
        """The host of the master."""
        return self.everyone[0]

    @property
    def is_first(self) -> bool:
        """Whether the driver runs here."""
        return self.current == self.first

    @property
    def master(self) -> str:
        """The URL of a Spark cluster of them; a single host is a cluster of its own cores."""
        return f"spark://{self.first}:{MASTER_PORT}" if len(self.everyone) > 1 else "local[*]"
