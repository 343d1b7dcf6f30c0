"""Renders a workflow: facts of the stack replace `${Name}`, everything else stays as it is written."""

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

WORKFLOWS = Path(__file__).resolve().parents[2] / "workflows"
_FACT = re.compile(r"\$\{([A-Z][A-Za-z0-9]*)\}")


def render(text: str, facts: Mapping[str, Any]) -> str:
    """The definition with its facts filled in, as compact JSON.

    A string that *is* `${Name}` becomes the value with its type; one that contains it is interpolated. The
    policies of `workflows/retries.json` are facts too. A fact that is missing or unused is an error.
    """
    policies = retry_policies()
    clash = sorted(policies.keys() & facts.keys())
    if clash:
        raise ValueError(f"facts {clash} have names of policies in workflows/retries.json; rename them")
    filling = _Filling({**policies, **facts})
    rendered = filling.fill(json.loads(text))
    unused = sorted(facts.keys() - filling.used)
    if unused:
        raise ValueError(f"facts {unused} are given but the workflow does not use them; remove them")
    return json.dumps(rendered, separators=(",", ":"))


def read_workflow(workflow: str) -> str:
    """The text of `workflows/<workflow>.asl.json`."""
    return (WORKFLOWS / f"{workflow}.asl.json").read_text(encoding="utf-8")


def retry_policies() -> dict[str, list[Any]]:
    """The named retry policies, each a list of retriers; a `${Name}` in one stands for those of another."""
    path = WORKFLOWS / "retries.json"
    policies: dict[str, Any] = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}

    def retriers(entry: Any) -> list[Any]:
        named = _FACT.fullmatch(entry) if isinstance(entry, str) else None
        return policies[named.group(1)] if named else [entry]

    return {name: [one for entry in listed for one in retriers(entry)] for name, listed in policies.items()}


class _Filling:
    """One pass over a definition that remembers which facts it used."""

    def __init__(self, facts: Mapping[str, Any]) -> None:
        self.facts = facts
        self.used: set[str] = set()

    def fill(self, node: Any) -> Any:
        if isinstance(node, dict):
            return {key: self.fill(value) for key, value in node.items()}
        if isinstance(node, list):
            return [self.fill(value) for value in node]
        return self._fill_text(node) if isinstance(node, str) else node

    def _fill_text(self, text: str) -> Any:
        whole = _FACT.fullmatch(text)
        if whole:
            return self._fact(whole.group(1))
        return _FACT.sub(lambda match: self._inline(match.group(1)), text)

    def _inline(self, name: str) -> str:
        value = self._fact(name)
        return value if isinstance(value, str) else json.dumps(value)

    def _fact(self, name: str) -> Any:
        if name not in self.facts:
            raise ValueError(f"the workflow uses ${{{name}}} but no such fact or retry policy is given")
        self.used.add(name)
        return self.facts[name]
