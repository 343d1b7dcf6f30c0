"""The house keeps its shape: sizes, one vocabulary, and every part used by exactly one component."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = (
    "contracts",
    "functions",
    "containers",
    "components",
    "settings",
    "rehearsal",
    "delivery",
    "trainyard",
)
STAGES = {"data_preparation", "training", "evaluation", "approval", "deployment"}
LOOPS = {"pipeline", "retraining"}
LONGEST_FILE, LONGEST_FUNCTION, LONGEST_COMPONENT, LONGEST_MAIN = 300, 40, 250, 120


def sources() -> Iterator[Path]:
    for package in PACKAGES:
        yield from sorted((ROOT / package).rglob("*.py"))
    yield from (ROOT / "foundation.py", ROOT / "__main__.py")


def component_texts() -> dict[str, str]:
    return {path.stem: path.read_text() for path in sorted((ROOT / "components").glob("*.py"))}


def lines_of_code(node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    docstring = ast.get_docstring(node)
    length = (node.end_lineno or node.lineno) - node.lineno + 1
    return length - len(docstring.splitlines()) if docstring else length


def test_no_file_outgrows_its_idea() -> None:
    limits = {"components": LONGEST_COMPONENT, "__main__.py": LONGEST_MAIN}
    long = {
        str(path.relative_to(ROOT)): size
        for path in sources()
        if (size := len(path.read_text().splitlines()))
        > limits.get(path.relative_to(ROOT).parts[0], LONGEST_FILE)
    }
    assert not long, "split these by idea"


def test_no_function_is_longer_than_one_screen() -> None:
    long = [
        f"{path.relative_to(ROOT)}:{node.lineno} {node.name}"
        for path in sources()
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and lines_of_code(node) > LONGEST_FUNCTION
    ]
    assert not long


def test_every_module_says_in_its_first_lines_what_it_is_for() -> None:
    silent = [
        str(path.relative_to(ROOT))
        for path in sources()
        if path.read_text().strip() and not ast.get_docstring(ast.parse(path.read_text()))
    ]
    assert not silent


@pytest.mark.parametrize("folder", ["functions", "containers"])
def test_folders_of_code_that_runs_on_aws_are_named_for_stages(folder: str) -> None:
    named = {path.name for path in (ROOT / folder).iterdir() if path.is_dir() and path.name[0] not in "._"}
    assert named <= STAGES | LOOPS


def test_every_stage_and_loop_has_its_component_file() -> None:
    assert component_texts().keys() >= STAGES | LOOPS


def test_every_workflow_is_used_by_exactly_one_component() -> None:
    workflows = [path.name.removesuffix(".asl.json") for path in (ROOT / "workflows").glob("*.asl.json")]
    users = {
        workflow: [name for name, text in component_texts().items() if f'"{workflow}"' in text]
        for workflow in workflows
    }
    assert {workflow: found for workflow, found in users.items() if len(found) != 1} == {}


def test_every_function_is_declared_by_the_component_of_its_folder() -> None:
    texts = component_texts()
    handlers = (ROOT / "functions").glob("*/*/handler.py")
    folders = {str(path.parent.relative_to(ROOT)) for path in handlers}
    declared = {
        folder: [
            name for name, text in texts.items() if re.search(rf'"{folder}"|"{folder.split("/")[-1]}"', text)
        ]
        for folder in folders
    }
    astray = {folder: found for folder, found in declared.items() if folder.split("/")[1] not in found}
    assert not astray


def imports_of_ours(path: Path) -> set[str]:
    tree = ast.parse(path.read_text())
    modules = [alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names]
    modules += [node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]
    return {module for module in modules if module.split(".")[0] in {*PACKAGES, "settings", "pulumi"}}


def test_a_function_imports_the_contracts_the_clients_and_its_own_folder_only() -> None:
    shared = ("contracts", "functions.clients")
    astray = {
        str(path.relative_to(ROOT)): found
        for path in (ROOT / "functions").glob("*/*/*.py")
        if (
            found := {
                module
                for module in imports_of_ours(path)
                if not module.startswith((*shared, ".".join(path.parent.relative_to(ROOT).parts)))
            }
        )
    }
    assert not astray


def test_a_container_imports_the_contracts_and_its_own_package_only() -> None:
    # One set of rules judges landed files, whoever reads them: the function, or the job for the large ones.
    allowed = ("contracts", "functions.data_preparation.validate_schema")
    astray = {
        str(path.relative_to(ROOT)): found
        for path in (ROOT / "containers").rglob("*.py")
        if (found := {name for name in imports_of_ours(path) if not name.startswith(allowed)})
    }
    assert not astray


def dotted_calls(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Call):
            yield ast.unparse(node.func)


def test_no_test_sleeps_or_patches_by_string() -> None:
    banned = {"time.sleep", "sleep", "mock.patch", "patch"}
    guilty = {
        str(path.relative_to(ROOT)): sorted(found)
        for path in (ROOT / "tests").rglob("*.py")
        if (found := banned & set(dotted_calls(path)))
    }
    assert not guilty
