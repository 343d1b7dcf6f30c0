"""The program, run once per stack with everything drained; tests anywhere read what it declared."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from rehearsal.program.deployment import Deployment

ROOT = Path(__file__).resolve().parents[1]
STACKS = ("dev", "prod")
# Every function has it from its stack before any of its modules is loaded.
os.environ["POWERTOOLS_METRICS_NAMESPACE"] = "Trainyard/test"


@pytest.fixture(scope="session")
def stacks() -> dict[str, Deployment]:
    # Here, so that the tests of the containers run where there is a GPU and no Pulumi.
    from rehearsal.program.run import record

    with ThreadPoolExecutor(len(STACKS)) as pool:
        return dict(zip(STACKS, pool.map(lambda stack: record(ROOT, stack), STACKS), strict=True))


@pytest.fixture(params=STACKS)
def declared(request: pytest.FixtureRequest, stacks: dict[str, Deployment]) -> Deployment:
    return stacks[request.param]
