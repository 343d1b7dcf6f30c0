"""The settings of the default AWS provider, and the monitor for one job."""

import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from rehearsal.program.account import Account
from rehearsal.program.backends import Backend, Creation, Recording, Unknown
from rehearsal.program.config import StackConfig
from rehearsal.program.errors import ConfigError
from rehearsal.program.monitor import Monitor
from rehearsal.program.place import Place

if TYPE_CHECKING:
    from rehearsal.program.child import Job

_KNOWN_SETTINGS = frozenset(
    {"aws:region", "aws:defaultTags", "aws:allowedAccountIds", "aws:skipCredentialsValidation"}
)
DEFAULT_REGION = "eu-west-1"


def monitor_for(job: "Job", config: StackConfig, on_progress: Callable[[Any], None]) -> Monitor:
    """The monitor of a job; ConfigError names provider settings that would have no effect."""
    unknown = sorted(key for key in config.values if key.startswith("aws:") and key not in _KNOWN_SETTINGS)
    if unknown:
        raise ConfigError(
            f"provider settings {', '.join(unknown)} have no effect in a rehearsal; remove them"
        )
    region = job.region or config.values.get("aws:region", DEFAULT_REGION)
    allowed = json.loads(config.values.get("aws:allowedAccountIds", "[]"))
    if allowed and job.account_id not in allowed and job.mode == "deploy":
        raise ConfigError(f"aws:allowedAccountIds is {allowed}; the rehearsal's account is {job.account_id}")
    return Monitor(
        project=config.project,
        stack=config.stack,
        backend=_backend(job, Place(region, job.account_id)),
        region=region,
        default_tags=json.loads(config.values.get("aws:defaultTags", "{}")).get("tags", {}),
        stack_references=job.stack_references,
        on_progress=on_progress,
    )


def _backend(job: "Job", place: Place) -> Backend:
    if job.mode == "preview":
        return Unknown(place)
    if job.mode == "record":
        return Recording(place)
    if job.endpoint_url is None:
        raise ConfigError("a deployment needs the URL of the embedded AWS")
    account = Account(job.endpoint_url, place)
    account.check()
    return Creation(account)
