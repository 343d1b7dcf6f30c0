"""What the Dockerfiles say agrees with the packages: entry points, pinned requirements, nothing imported
unlisted."""

from __future__ import annotations

import ast
import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
STAGES = {
    path.name: path for path in sorted((ROOT / "containers").iterdir()) if (path / "Dockerfile").exists()
}
DISTRIBUTIONS = {"xgboost": "xgboost-cpu"}


def package_of(stage: str) -> Path:
    return next(path.parent for path in STAGES[stage].glob("*/__main__.py"))


def requirements(path: Path) -> dict[str, set[str]]:
    """Versions by name; a name may have several, one for each Python."""
    found: dict[str, set[str]] = {}
    for name, version in re.findall(r"^([a-zA-Z0-9_.-]+)==(\S+)", path.read_text(), re.MULTILINE):
        found.setdefault(name, set()).add(version)
    return found


@pytest.mark.parametrize("stage", STAGES)
def test_the_entry_point_is_the_package_of_the_container(stage):
    dockerfile = (STAGES[stage] / "Dockerfile").read_text()
    entry_point = json.loads(re.search(r"^ENTRYPOINT (\[.*\])$", dockerfile, re.MULTILINE)[1])
    assert entry_point == ["python", "-m", package_of(stage).name]
    assert f"COPY containers/{stage}/{package_of(stage).name} " in dockerfile


@pytest.mark.parametrize("stage", STAGES)
def test_image_requirements_are_pinned_to_versions_tested_here(stage):
    tested = requirements(ROOT / "requirements/rehearsal.txt")
    for name, versions in requirements(STAGES[stage] / "requirements.txt").items():
        assert versions <= tested[name], name


@pytest.mark.parametrize("stage", STAGES)
def test_every_locked_requirement_of_an_image_carries_hashes(stage):
    locked = (STAGES[stage] / "requirements.txt").read_text()
    entries = re.split(r"\n(?=[a-z])", locked.strip())
    assert len(entries) == len(requirements(STAGES[stage] / "requirements.txt"))
    assert all("--hash=sha256:" in entry for entry in entries)


@pytest.mark.parametrize("stage", STAGES)
def test_a_container_imports_only_itself_contracts_and_its_requirements(stage):
    package, imported = package_of(stage), set()
    for path in package.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Import):
                imported |= {alias.name.split(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom):
                imported.add(node.module.split(".")[0])
    dockerfile = (STAGES[stage] / "Dockerfile").read_text()
    shipped = {path.split("/")[0] for path in re.findall(r"^COPY \S+ (\w\S*)$", dockerfile, re.MULTILINE)}
    foreign = imported - set(sys.stdlib_module_names) - shipped
    listed = {name for path in STAGES[stage].glob("requirements*.txt") for name in requirements(path)}
    assert {DISTRIBUTIONS.get(name, name) for name in foreign} <= listed


def test_a_container_under_test_finds_no_library_that_only_this_machine_has(job):
    names = ("sklearn", "pandas", "boto3", "xgboost", "numpy")
    program = f"from importlib.util import find_spec; print([name for name in {names} if find_spec(name)])"
    command = [sys.executable, "-c", program]
    said = subprocess.run(command, env=job.environment("trainer"), check=True, capture_output=True, text=True)
    assert said.stdout.strip() == "['xgboost', 'numpy']"
