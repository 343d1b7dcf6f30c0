"""The environment of the emulator's process: only what it needs, since every Lambda inherits it."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

ROOT_DIR = Path(__file__).resolve().parents[2]
# On the path of containers, so that Python finds its sitecustomize.py; a function's worker has it inside.
WORKLOAD_DIR = Path(__file__).with_name("workload")
ACCOUNT_ID = "111122223333"
REGION = "eu-west-1"
KEPT = ("PATH", "HOME", "LANG", "LC_ALL", "TZ", "LD_LIBRARY_PATH", "OMP_NUM_THREADS")


@dataclass(frozen=True, kw_only=True)
class EmulatorSettings:
    """One emulator: where it listens, where it writes and how it is to behave."""

    port: int  # 0 takes a free one
    work_dir: Path
    root_dir: Path = ROOT_DIR  # whose containers/ stand for the images of jobs
    account_id: str = ACCOUNT_ID
    region: str = REGION
    enforces_iam: bool = True
    wait_scale: float = 1.0  # multiplies Waits and retry delays of state machines
    log_level: str = "WARNING"


def environment(settings: EmulatorSettings, inherited: Mapping[str, str]) -> dict[str, str]:
    """Return the whole environment, to be set before ministack is imported: it reads most of it then."""
    kept = {name: inherited[name] for name in KEPT if name in inherited}
    return kept | {
        "TMPDIR": str(settings.work_dir / "tmp"),
        "GATEWAY_PORT": str(settings.port),
        "BIND_HOST": "127.0.0.1",
        "MINISTACK_HOST": "localhost",
        "MINISTACK_ACCOUNT_ID": settings.account_id,
        "MINISTACK_REGION": settings.region,
        "AUTH": "true" if settings.enforces_iam else "false",
        "IOT_MTLS_ENABLED": "0",  # would open port 8883
        "SFTP_ENABLED": "0",
        "LOG_LEVEL": settings.log_level,
        # Invocations wait on these threads, and functions invoke functions.
        "MINISTACK_WORKER_THREADS": "256",
        "LAMBDA_WARM_TTL_SECONDS": "60",
        "AWS_ENDPOINT_URL": f"http://127.0.0.1:{settings.port}",
        "AWS_REGION": settings.region,
        "AWS_DEFAULT_REGION": settings.region,
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "AWS_EC2_METADATA_DISABLED": "true",
        "PYTHONDONTWRITEBYTECODE": "1",
    }
