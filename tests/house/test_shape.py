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
BESIDE = ("tests", "benchmarks", "examples")
LONGEST_FILE, LONGEST_FUNCTION, LONGEST_COMPONENT, LONGEST_MAIN, LONGEST_TEST = 300, 40, 250, 120, 20
# Their loop's clock is virtual: a sleep moves it and takes no time.
IN_VIRTUAL_TIME = {"tests/rehearsal/asl/test_engine.py", "tests/rehearsal/test_redrive.py"}


def sources(*packages: str) -> Iterator[Path]:
    """Our Python files of these packages, by default of the product."""
    for package in packages or PACKAGES:
        yield from sorted((ROOT / package).rglob("*.py"))
    if not packages:
        yield from (ROOT / "foundation.py", ROOT / "__main__.py")


def functions(path: Path) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def named(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


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
        for path in (*sources(), *sources(*BESIDE))
        if (size := len(path.read_text().splitlines()))
        > limits.get(path.relative_to(ROOT).parts[0], LONGEST_FILE)
    }
    assert not long, "split these by idea"


def test_no_function_is_longer_than_one_screen() -> None:
    long = [
        f"{named(path)}:{node.lineno} {node.name}"
        for path in (*sources(), *sources(*BESIDE))
        for node in functions(path)
        if lines_of_code(node) > (LONGEST_TEST if node.name.startswith("test_") else LONGEST_FUNCTION)
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


def mentioning(word: str) -> Iterator[Path]:
    """Tests that may break a rule about this word: parsing all of them takes a while."""
    yield from (path for path in sources("tests") if word in path.read_text() and path != Path(__file__))


def dotted_calls(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Call):
            yield ast.unparse(node.func)


def texts(path: Path) -> Iterator[str]:
    """Every literal text: programs that a test starts are written in them."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value


def test_no_test_sleeps() -> None:
    guilty = [
        named(path)
        for path in mentioning("sleep(")
        if {"time.sleep", "sleep", "asyncio.sleep"} & set(dotted_calls(path))
        and named(path) not in IN_VIRTUAL_TIME
    ]
    assert not guilty, "wait for the event itself"


def test_no_program_that_a_test_starts_sleeps() -> None:
    guilty = [
        named(path)
        for path in mentioning("time.sleep(")
        if any("time.sleep(" in text for text in texts(path))
    ]
    assert not guilty, "one that should go on until it is stopped pauses: signal.pause()"


def patches_by_name(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Call) and ast.unparse(node.func).endswith((".setattr", "patch")):
            yield from (ast.unparse(one) for one in node.args[:1] if isinstance(one, ast.Constant))


def test_no_test_replaces_a_name_that_it_spells_as_text() -> None:
    suspects = {*mentioning(".setattr("), *mentioning("patch(")}
    guilty = {named(path): found for path in suspects if (found := [*patches_by_name(path)])}
    assert not guilty, "a renamed thing would be patched in vain: give the object"
