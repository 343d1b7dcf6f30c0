from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from rehearsal.sagemaker.images import Images
from rehearsal.sagemaker.service import SageMakerService
from tests.rehearsal.sagemaker.fakes import FakePlatform, write_container

TRAINER = """
import os, pathlib, signal, sys, time
opt = pathlib.Path(os.environ.get("OPT_ML", "/opt/ml"))
import json
hyper = json.loads((opt / "input/config/hyperparameters.json").read_text())
exec(hyper.get("code", "pass"))
"""


@pytest.fixture
def platform() -> FakePlatform:
    return FakePlatform()


@pytest.fixture
def root(tmp_path: Path) -> Path:
    write_container(tmp_path / "repo", "trainer", TRAINER)
    write_container(
        tmp_path / "repo",
        "worker",
        "import os, pathlib, sys\nopt = pathlib.Path(os.environ.get('OPT_ML', '/opt/ml'))\nexec(sys.argv[1])",
    )
    return tmp_path / "repo"


@pytest.fixture
def service(platform: FakePlatform, root: Path, tmp_path: Path) -> Iterator[SageMakerService]:
    made = SageMakerService(platform, tmp_path / "work", Images(root), time_scale=0.01)
    yield made
    made.close()
