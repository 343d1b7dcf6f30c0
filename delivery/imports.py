"""Check that everything a function imports is in its archive, its layers, or the Lambda runtime."""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator
from pathlib import Path

from delivery import ROOT
from delivery.archives import FunctionSource, archive_members

RUNTIME_PACKAGES = frozenset({"boto3", "botocore", "dateutil", "jmespath", "s3transfer", "urllib3", "six"})
"""What the managed Python runtime ships (AWS Lambda, runtime-included SDK versions)."""
LAYER_PACKAGES = {
    "control": frozenset({"aws_lambda_powertools", "jmespath", "typing_extensions"}),
    "data": frozenset({"pyarrow"}),
}
"""Importable packages of each layer in `layer-requirements/`."""


def imported_modules(source: str) -> Iterator[str]:
    """Dotted names of every absolute import in the text, nested ones too."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module


def missing_imports(function: FunctionSource, layers: tuple[str, ...], root: Path = ROOT) -> list[str]:
    """`file: module` for each import that the deployed function could not resolve, sorted."""
    members = dict(archive_members(function, root))
    shipped = {name.removesuffix(".py").removesuffix("/__init__").replace("/", ".") for name in members}
    provided = set(sys.stdlib_module_names) | RUNTIME_PACKAGES
    provided = provided.union(*(LAYER_PACKAGES[layer] for layer in layers))

    def resolves(module: str) -> bool:
        inside = any(name == module or name.startswith(f"{module}.") for name in shipped)
        return module.split(".")[0] in provided or inside

    return sorted(
        f"{name}: {module}"
        for name, path in members.items()
        if name.endswith(".py")
        for module in imported_modules(path.read_text())
        if not resolves(module)
    )


def layer_distributions(layer: str) -> set[str]:
    """Names pinned in a layer's lock."""
    text = (Path(__file__).parent / "layer-requirements" / f"{layer}.txt").read_text()
    return set(re.findall(r"^([a-z0-9-]+)==", text, re.MULTILINE))
