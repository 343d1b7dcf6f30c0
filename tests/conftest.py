"""The program, run once per stack with everything drained; tests anywhere read what it declared."""

from __future__ import annotations

import gc
import os
import pickle
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.made_once import MadeOnce
from tests.order import longest_first, refuse_addresses, scheduler

if TYPE_CHECKING:
    from rehearsal.program.deployment import Deployment

ROOT = Path(__file__).resolve().parents[1]
STACKS = ("dev", "prod")
# Every function has it from its stack before any of its modules is loaded.
os.environ["POWERTOOLS_METRICS_NAMESPACE"] = "Trainyard/test"
# Each core has its own test process: threads of XGBoost, PyTorch and the like would only compete.
os.environ.setdefault("OMP_NUM_THREADS", "1")
# Modules and tests are many objects: looking for cycles after every 700 new ones took a tenth of the time.
gc.set_threshold(20_000, 20, 20)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    refuse_addresses(items)
    longest_first(items)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    return scheduler(config, log)


def pytest_collection_finish() -> None:
    """The modules and tests stay to the end: the collector of garbage need not look at them again."""
    gc.collect()
    gc.freeze()


@pytest.fixture(scope="session")
def made_once(tmp_path_factory: pytest.TempPathFactory) -> MadeOnce:
    return MadeOnce(tmp_path_factory)


def _record(folder: Path) -> None:
    # Here, so that the tests of the containers run where there is a GPU and no Pulumi.
    from rehearsal.program.run import record

    with ThreadPoolExecutor(len(STACKS)) as pool:
        recorded = dict(zip(STACKS, pool.map(lambda stack: record(ROOT, stack), STACKS), strict=True))
    (folder / "stacks").write_bytes(pickle.dumps(recorded))


@pytest.fixture(scope="session")
def stacks(made_once: MadeOnce) -> dict[str, Deployment]:
    written = made_once.folder("program", _record) / "stacks"
    found: dict[str, Deployment] = pickle.loads(written.read_bytes())  # noqa: S301  (by this run of the tests)
    return found


@pytest.fixture(params=STACKS)
def declared(request: pytest.FixtureRequest, stacks: dict[str, Deployment]) -> Deployment:
    return stacks[request.param]
