"""Stack configuration as the Pulumi CLI would hand it to the program: defaults and types of Pulumi.yaml,
values of the stack file.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from rehearsal.program.errors import ConfigError

_TYPES: dict[str, type | tuple[type, ...]] = {
    "string": str,
    "integer": int,
    "boolean": bool,
    "array": list,
    "object": dict,
}


@dataclass(frozen=True)
class StackConfig:
    """Every value as the string the SDK expects; `secrets` are the keys whose values are secret."""

    project: str
    stack: str
    program: Path
    values: dict[str, str]
    secrets: frozenset[str]


def load(
    root: Path,
    stack: str,
    secrets: Mapping[str, str] | None = None,
    overrides: Mapping[str, str] | None = None,
) -> StackConfig:
    """Read Pulumi.yaml and Pulumi.<stack>.yaml under `root`.

    By full key, `secrets` has the rehearsal's values of encrypted settings and `overrides` replaces whole
    settings,
    given as text the way `pulumi config set` takes them.
    """
    project = _read(root / "Pulumi.yaml")
    stack_path = root / f"Pulumi.{stack}.yaml"
    if not stack_path.exists():
        known = sorted(path.name.split(".")[1] for path in root.glob("Pulumi.*.yaml"))
        raise ConfigError(
            f"stack {stack!r} has no {stack_path.name}; stacks of this project: {', '.join(known) or 'none'}"
        )
    stack_file = _read(stack_path)
    if stack_file.get("environment"):
        raise ConfigError(
            f"{stack_path.name}: 'environment' needs Pulumi Cloud; give the values under 'config'"
        )
    name = str(project["name"])
    schema = {_full(name, key): entry for key, entry in (project.get("config") or {}).items()}
    given = {_full(name, key): value for key, value in (stack_file.get("config") or {}).items()}
    merged = dict(_with_defaults(stack, schema, given))
    for key, value in merged.items():
        _check_type(stack_path.name, key, schema.get(key), value)
    merged |= {_full(name, key): value for key, value in (overrides or {}).items()}
    revealed = {key: _reveal(key, value, secrets or {}) for key, value in merged.items()}
    secret = {key for key, value in merged.items() if _is_secure(value) or _says(schema.get(key), "secret")}
    program = root / str(project.get("main", "."))
    return StackConfig(
        name, stack, program, {key: _text(value) for key, value in revealed.items()}, frozenset(secret)
    )


def _read(path: Path) -> dict[str, Any]:
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise ConfigError(f"{path} is missing; run from the directory of the Pulumi project") from error
    except yaml.YAMLError as error:
        raise ConfigError(f"{path} is not valid YAML: {error}") from error
    if content is not None and not isinstance(content, dict):
        raise ConfigError(f"{path} holds a {type(content).__name__} at its top; a mapping is expected")
    return content or {}


def _full(project: str, key: str) -> str:
    return key if ":" in key else f"{project}:{key}"


def _says(entry: Any, field: str) -> Any:
    return entry.get(field) if isinstance(entry, dict) else None


def _with_defaults(
    stack: str, schema: Mapping[str, Any], given: Mapping[str, Any]
) -> Iterator[tuple[str, Any]]:
    for key, entry in schema.items():
        if key in given:
            continue
        value = entry if not isinstance(entry, dict) else entry.get("default", entry.get("value"))
        if value is None:
            raise ConfigError(f"Pulumi.{stack}.yaml: {key} is missing and Pulumi.yaml gives it no default")
        yield key, value
    yield from given.items()


def _check_type(file: str, key: str, entry: Any, value: Any) -> None:
    declared = _says(entry, "type")
    if declared is None or _is_secure(value):
        return
    if declared not in _TYPES:
        raise ConfigError(f"Pulumi.yaml: {key} has the unknown type {declared!r}; known: {', '.join(_TYPES)}")
    is_bool_as_number = declared == "integer" and isinstance(value, bool)
    if is_bool_as_number or not isinstance(value, _TYPES[declared]):
        raise ConfigError(f"{file}: {key} is {value!r}; Pulumi.yaml declares it as {declared}")


def _is_secure(value: Any) -> bool:
    if isinstance(value, dict):
        return set(value) == {"secure"} or any(_is_secure(item) for item in value.values())
    return isinstance(value, list) and any(_is_secure(item) for item in value)


def _reveal(path: str, value: Any, secrets: Mapping[str, str]) -> Any:
    """Put the rehearsal's value in place of each encrypted one, which only the stack's own key could open."""
    if isinstance(value, dict) and set(value) == {"secure"}:
        if path not in secrets:
            raise ConfigError(f"{path} is encrypted; give the rehearsal a value of its own for it")
        return secrets[path]
    if isinstance(value, dict):
        return {key: _reveal(f"{path}.{key}", item, secrets) for key, item in value.items()}
    if isinstance(value, list):
        return [_reveal(f"{path}[{index}]", item, secrets) for index, item in enumerate(value)]
    return value


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, separators=(",", ":"), default=str)
