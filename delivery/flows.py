"""Draw every workflow as a Mermaid diagram: one page each in docs/flows, the parent's in the README."""

from __future__ import annotations

import argparse
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from delivery import ROOT

BEGIN, END = "<!-- flow: begin -->", "<!-- flow: end -->"
SHAPES = {
    "Choice": '{"NAME"}',
    "Succeed": '(["NAME"])',
    "Fail": '(["NAME"]):::failure',
    "Wait": '>"NAME"]',
}


def workflow_files(root: Path = ROOT) -> list[Path]:
    """Every definition, in the order of its number."""
    return sorted((root / "workflows").glob("*.asl.json"))


def edges(states: dict[str, Any]) -> Iterator[tuple[str, str, str, bool]]:
    """(from, to, label, is_failure) for every way out of every state, in file order."""
    for name, state in states.items():
        for rule in state.get("Choices", []):
            yield name, rule["Next"], rule.get("Comment", ""), False
        if "Default" in state:
            yield name, state["Default"], "otherwise" if state.get("Choices") else "", False
        if "Next" in state:
            yield name, state["Next"], "", False
        catchers = state.get("Catch", [])
        for catcher in catchers if isinstance(catchers, list) else []:
            yield name, catcher["Next"], "", True


def mermaid(definition: dict[str, Any]) -> str:
    """The diagram's text; dotted arrows are caught failures."""
    states = definition["States"]
    lines = ["flowchart TD", "    classDef failure stroke:#b3261e,color:#b3261e"]
    lines += [f"    {name}{_shape(name, state)}" for name, state in states.items()]
    for source, target, label, is_failure in edges(states):
        arrow = "-.->" if is_failure else "-->"
        text = f'|"{_escape(label)}"|' if label else ""
        lines.append(f"    {source} {arrow}{text} {target}")
    return "\n".join(lines)


def page(path: Path) -> str:
    """The Markdown page of one workflow."""
    definition = json.loads(path.read_text())
    return (
        f"# {path.name.removesuffix('.asl.json')}\n\n{definition.get('Comment', '')}\n\n"
        f"Drawn from `workflows/{path.name}` by `make flows`; dotted arrows are caught failures.\n\n"
        f"```mermaid\n{mermaid(definition)}\n```\n"
    )


def drawn(root: Path = ROOT) -> dict[Path, str]:
    """Every file that `make flows` writes, with its text."""
    pages = {
        root / "docs/flows" / f"{path.name.split('.')[0]}.md": page(path) for path in workflow_files(root)
    }
    readme = root / "README.md"
    parent = mermaid(json.loads(workflow_files(root)[0].read_text()))
    block = f"{BEGIN}\n```mermaid\n{parent}\n```\n{END}"
    pattern = re.compile(f"{BEGIN}.*?{END}", re.DOTALL)
    return pages | {readme: pattern.sub(lambda _: block, readme.read_text())}


def _shape(name: str, state: dict[str, Any]) -> str:
    return SHAPES.get(state["Type"], '["NAME"]').replace("NAME", name)


def _escape(text: str) -> str:
    return text.replace('"', "#quot;")


def main() -> None:
    """Write what is out of date."""
    argparse.ArgumentParser(prog="python -m delivery.flows", description=__doc__).parse_args()
    for path, text in drawn().items():
        if not path.exists() or path.read_text() != text:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
            print(f"drawn: {path.relative_to(ROOT)}")


if __name__ == "__main__":
    main()
