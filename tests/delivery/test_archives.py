"""Lambda archives: the same bytes from the same sources, and nothing missing that a handler imports."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest

from components.blocks.function import RUNTIME
from delivery.archives import FunctionSource, build, build_all, function_sources, write_when_changed
from delivery.imports import missing_imports
from delivery.runtime import LAMBDA_PYTHON

USES_DATA_LAYER = {"validate_schema"}


def test_the_program_declares_the_runtime_that_layers_are_built_for() -> None:
    assert f"python{LAMBDA_PYTHON}" == RUNTIME


@pytest.mark.parametrize("function", function_sources(), ids=lambda function: function.name)
def test_everything_a_handler_imports_is_in_its_archive_layer_or_runtime(function: FunctionSource) -> None:
    layers = ("control", "data") if function.name in USES_DATA_LAYER else ("control",)
    assert missing_imports(function, layers) == []


def test_an_import_that_nothing_provides_is_named_with_its_file(tmp_path: Path) -> None:
    folder = tmp_path / "functions" / "training" / "plan_nothing"
    folder.mkdir(parents=True)
    (tmp_path / "contracts").mkdir()
    (folder / "handler.py").write_text("def handle(event, context):\n    import pandas\n")
    source = FunctionSource(folder=folder, stage="training", name="plan_nothing")
    expected = ["functions/training/plan_nothing/handler.py: pandas"]
    assert missing_imports(source, ("control",), tmp_path) == expected


def test_building_the_same_sources_twice_gives_the_same_bytes() -> None:
    source = function_sources()[0]
    assert build(source, None) == build(source, None)


def test_an_archive_holds_the_contracts_the_clients_and_its_own_folder_only(tmp_path: Path) -> None:
    archive = build_all(tmp_path)[0]
    stage, name = archive.stem.split(".")
    members = [path for path in zipfile.ZipFile(archive).namelist() if "__pycache__" not in path]
    roots = {"/".join(member.split("/")[:3]) for member in members if not member.startswith("contracts/")}
    assert roots == {f"functions/{stage}/{name}", "functions/clients.py"}


def test_an_archive_of_a_removed_function_does_not_stay_behind(tmp_path: Path) -> None:
    (tmp_path / "training.forgotten.zip").write_bytes(b"")
    build_all(tmp_path)
    assert not (tmp_path / "training.forgotten.zip").exists()


def test_an_unchanged_file_is_not_written_again(tmp_path: Path) -> None:
    target = tmp_path / "layer.zip"
    write_when_changed(target, b"one")
    before = target.stat().st_ino
    write_when_changed(target, b"one")
    assert target.stat().st_ino == before
    write_when_changed(target, b"two")
    assert target.read_bytes() == b"two"
