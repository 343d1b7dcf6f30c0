"""CloudWatch Logs of a simulated account: every job has printed the same two lines."""

from __future__ import annotations

from typing import Any

from rehearsal.simulated.account.errors import Exceptions

STARTED = 1_767_225_600
LINES = ("epoch=0 train:logloss=0.5", "epoch=1 train:logloss=0.4")


class Logs:
    """What record_outcome reads of a failed job."""

    exceptions = Exceptions

    def describe_log_streams(self, **request: Any) -> dict[str, Any]:
        """One stream a job: its host, and when that started, in seconds since 1970."""
        name = f"{request['logStreamNamePrefix']}algo-1-{STARTED}"
        return {"logStreams": [{"logStreamName": name}]}

    def get_log_events(self, **_request: Any) -> dict[str, Any]:
        """Its lines."""
        return {"events": [{"message": line} for line in LINES]}
