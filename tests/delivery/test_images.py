"""Images: what would be run, checked without an engine to run it."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import yaml

from delivery import ROOT
from delivery.images import build_command, container_folders, setting_path


def test_every_container_has_a_setting_that_pins_its_image_in_every_stack() -> None:
    paths = {setting_path(folder).removeprefix("trainyard:images.") for folder in container_folders()}
    for stack in sorted(ROOT.glob("Pulumi.*.yaml")):
        pinned = yaml.safe_load(stack.read_text())["config"]["trainyard:images"]
        assert set(pinned) == paths, stack.name


def test_an_image_is_built_from_the_root_so_that_it_holds_the_contracts() -> None:
    folder = ROOT / "containers" / "training"
    command = build_command(folder, "repository:tag", Path("metadata.json"))
    assert command[-1] == str(ROOT)
    assert str(folder / "Dockerfile") in command
    assert "COPY contracts" in (folder / "Dockerfile").read_text()


def test_every_dockerfile_starts_the_package_that_lies_beside_it() -> None:
    for folder in container_folders():
        lines = (folder / "Dockerfile").read_text().splitlines()
        entry = json.loads(next(line for line in lines if line.startswith("ENTRYPOINT")).split(None, 1)[1])
        assert (folder / entry[-1] / "__main__.py").is_file(), folder.name


def test_a_machine_without_docker_is_told_what_to_install(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "delivery.images"]
    done = subprocess.run(
        command, cwd=ROOT, env={"PATH": str(tmp_path)}, capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert "`docker` is not on this machine" in done.stderr
