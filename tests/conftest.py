"""The program, run once per stack with everything drained; tests anywhere read what it declared."""

import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from rehearsal.program.deployment import Deployment
from rehearsal.program.run import record

ROOT = Path(__file__).resolve().parents[1]
STACKS = ("dev", "prod")
# Every function has it from its stack before any of its modules is loaded.
os.environ["POWERTOOLS_METRICS_NAMESPACE"] = "Trainyard/test"


@pytest.fixture(scope="session")
def stacks() -> dict[str, Deployment]:
    with ThreadPoolExecutor(len(STACKS)) as pool:
        return dict(zip(STACKS, pool.map(lambda stack: record(ROOT, stack), STACKS), strict=True))


@pytest.fixture(params=STACKS)
def declared(request: pytest.FixtureRequest, stacks: dict[str, Deployment]) -> Deployment:
    return stacks[request.param]
