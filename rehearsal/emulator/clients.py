"""boto3 clients on the emulator, kept per service and session: building one costs far more than a call."""

from __future__ import annotations

import threading
from typing import Any

from rehearsal.emulator.platform import Credentials

# A Lambda may run for 15 minutes and a synchronous Express execution for 5.
READ_TIMEOUT_SECONDS = 960


# ministack treats this access key as the root of the emulator's own account.
ROOT = Credentials("test", "test", "")


def root_of(account_id: str) -> Credentials:
    """The root of an account, which ministack knows by its twelve digits as access key."""
    return Credentials(account_id, "test", "")


class Clients:
    """A cache of clients; safe on any thread."""

    def __init__(self, endpoint_url: str, region: str, root: Credentials = ROOT) -> None:
        # Late, as below: a preview needs no boto3, which takes a quarter of a second to import.
        import botocore.session

        self._root = root
        self._endpoint_url = endpoint_url
        self._region = region
        self._lock = threading.Lock()
        self._loader = botocore.session.get_session().get_component("data_loader")
        self._clients: dict[tuple[str, Credentials], Any] = {}

    def get(self, service: str, credentials: Credentials | None = None) -> Any:
        """Return the client of `service` (boto3's name) for a session, root's without one."""
        key = (service, credentials or self._root)
        with self._lock:
            if key not in self._clients:
                self._clients[key] = self._build(*key)
            return self._clients[key]

    def _build(self, service: str, credentials: Credentials) -> Any:
        import boto3
        import botocore.session
        from botocore.config import Config

        core = botocore.session.Session()
        core.register_component("data_loader", self._loader)
        session = boto3.session.Session(
            aws_access_key_id=credentials.access_key_id,
            aws_secret_access_key=credentials.secret_access_key,
            aws_session_token=credentials.session_token or None,
            region_name=self._region,
            botocore_session=core,
        )
        config = Config(
            inject_host_prefix=False,  # StartSyncExecution would call sync-127.0.0.1
            max_pool_connections=128,
            parameter_validation=True,
            read_timeout=READ_TIMEOUT_SECONDS,
            retries={"total_max_attempts": 1},
            s3={"addressing_style": "path"},
        )
        return session.client(service, endpoint_url=self._endpoint_url, config=config)
