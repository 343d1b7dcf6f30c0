"""The four containers run as SageMaker runs them: real processes over a folder laid out like /opt/ml. One
small training set of real flights is prepared, trained and evaluated once, and many tests look at what came
out."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from rehearsal.emulator.environment import WORKLOAD_DIR
from rehearsal.landing import write_month
from rehearsal.sagemaker.absent import ON_THIS_MACHINE
from tests.made_once import MadeOnce

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = {
    "features": ROOT / "containers/data_preparation",
    "trainer": ROOT / "containers/training",
    "evaluator": ROOT / "containers/evaluation",
    "inference": ROOT / "containers/deployment",
    "own_trainer": ROOT / "examples/own_trainer",
}
sys.path[:0] = [str(folder) for folder in PACKAGES.values()]

HYPERPARAMETERS = {"num_boost_round": "12", "subsample": "0.8", "checkpoint_rounds": "3", "max_depth": "4"}


@dataclass(frozen=True)
class Job:
    """One job's folder and the ways to run a container over it."""

    root: Path

    def start(self, package: str, **environment: str) -> subprocess.Popen[str]:
        """The container's entry point as a process of its own."""
        command = [sys.executable, "-m", package]
        pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
        return subprocess.Popen(command, env=self.environment(package) | environment, **pipes)

    def environment(self, package: str) -> dict[str, str]:
        """What a process of that container has around it."""
        return {
            **os.environ,
            "OPT_ML": str(self.root),
            "PYTHONPATH": os.pathsep.join([str(PACKAGES[package]), str(ROOT), str(WORKLOAD_DIR)]),
            "REHEARSAL_ABSENT_LIBRARIES": " ".join(ON_THIS_MACHINE),
            "OMP_NUM_THREADS": "1",
        }

    def run(self, package: str, **environment: str) -> subprocess.CompletedProcess[str]:
        """Runs it to its end."""
        process = self.start(package, **environment)
        out, err = process.communicate(timeout=120)
        return subprocess.CompletedProcess(process.args, process.returncode, out, err)

    def put(self, source: Path, target: str) -> Path:
        """Copies a file or folder to where the container looks for it."""
        place = self.root / target
        place.parent.mkdir(parents=True, exist_ok=True)
        copy = shutil.copytree if source.is_dir() else shutil.copy
        copy(source, place)
        return place

    def train_on(self, prepared: Job, **hyperparameters: str) -> Job:
        """Fills the folder with the channels of a prepared set and the hyperparameters, few rounds by
        default."""
        return self.fill(prepared, HYPERPARAMETERS | hyperparameters)

    def fill(self, prepared: Job, hyperparameters: dict[str, str]) -> Job:
        """The same with these hyperparameters and no others."""
        for channel in ("train", "validation", "encoding"):
            self.put(prepared.root / "processing/output/data" / channel, f"input/data/{channel}")
        self.write("input/config/hyperparameters.json", hyperparameters)
        return self

    def write(self, target: str, document: Any) -> Path:
        """Writes a JSON document."""
        place = self.root / target
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(json.dumps(document))
        return place

    def read(self, source: str) -> Any:
        """Reads a JSON document."""
        return json.loads((self.root / source).read_text())


@pytest.fixture
def job(tmp_path: Path) -> Job:
    return Job(tmp_path / "ml")


@pytest.fixture(scope="session")
def contract_file() -> Path:
    return ROOT / "datasets/flights/contract.json"


def sample(folder: Path) -> None:
    whole = folder.with_name("months")
    for month in ("2013-04", "2013-05"):
        table = pq.read_table(write_month(month, whole))
        pq.write_table(table.take(list(range(0, table.num_rows, 5))), folder / f"{month}.parquet")


@pytest.fixture(scope="session")
def by_hash(contract_file: Path) -> dict[str, Any]:
    """The same contract with a split by the hash of flight numbers."""
    split = {"by": "key_hash", "key": ["carrier", "flight"], "validation_share": 0.15, "test_share": 0.15}
    return {**json.loads(contract_file.read_text()), "split": split}


@pytest.fixture(scope="session")
def landed(made_once: MadeOnce) -> Path:
    """Every fifth flight of April and May."""
    return made_once.folder("landed", sample)


@pytest.fixture(scope="session")
def prepared(made_once: MadeOnce, landed: Path, contract_file: Path) -> Job:
    """A finished data preparation job; its training set lies in processing/output/data."""

    def prepare(folder: Path) -> None:
        job = Job(folder)
        job.put(landed, "processing/input/landed")
        job.put(contract_file, "processing/input/contract/contract.json")
        ended = job.run("features")
        assert ended.returncode == 0, ended.stderr

    return Job(made_once.folder("prepared", prepare))


@pytest.fixture(scope="session")
def trained(made_once: MadeOnce, prepared: Job) -> Job:
    """A finished training job that nobody interrupted."""

    def train(folder: Path) -> None:
        ended = Job(folder).train_on(prepared).run("trainer")
        assert ended.returncode == 0, ended.stderr
        (folder / "stdout").write_text(ended.stdout)

    return Job(made_once.folder("trained", train))


@pytest.fixture(scope="session")
def synthetic(tmp_path_factory: pytest.TempPathFactory) -> Job:
    """A prepared set that takes nothing but numpy and pyarrow: six numbers with holes, a category, and a
    label that depends on products."""
    job = Job(tmp_path_factory.mktemp("synthetic"))
    numbers = [f"n{position}" for position in range(6)]
    for seed, (channel, rows) in enumerate({"train": 20_000, "validation": 5_000}.items()):
        rng = np.random.default_rng(seed)
        table, level = rng.normal(size=(rows, 6)), rng.integers(0, 5, rows)
        odds = 2 * table[:, 0] * table[:, 1] + table[:, 2] + 0.5 * level - 1
        label = (rng.random(rows) < 1 / (1 + np.exp(-odds))).astype(np.float32)
        table[rng.random(table.shape) < 0.02] = np.nan
        columns = dict(zip(numbers, table.astype(np.float32).T, strict=True))
        place = job.root / f"processing/output/data/{channel}/part.parquet"
        place.parent.mkdir(parents=True)
        pq.write_table(pa.table(columns | {"level": level.astype(np.float32), "label": label}), place)
    job.write("processing/output/data/encoding/encoding.json", encoding_of(numbers, [*"abcde"]))
    return job


def encoding_of(numbers: list[str], levels: list[str]) -> dict[str, Any]:
    """The encoding of some numbers and of one category, `level`."""
    transforms = [{"name": name, "column": name, "transform": "number"} for name in numbers]
    category = {"name": "level", "column": "level", "transform": "category", "levels": levels}
    columns = [{"name": name, "type": "number"} for name in numbers]
    return {
        "dataset": "synthetic",
        "contract_version": 1,
        "target": "label",
        "input_columns": [*columns, {"name": "level", "type": "categorical"}],
        "features": [*transforms, category],
    }
