"""Single settings changed for one rehearsal, as `pulumi config set --path` would change them in the stack."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import yaml

from rehearsal.errors import WrongArgumentError
from rehearsal.program import config
from settings import SettingsError, read


def overridden(root: Path, stack: str, assignments: Iterable[str]) -> dict[str, str]:
    """Whole sections as JSON by full key, with each `section.path.to.setting=value` put in place.

    Values are YAML. Raises WrongArgumentError where an assignment has no path or no value; whether the
    setting exists and takes the value is for `require_valid` to say.
    """
    path = root / f"Pulumi.{stack}.yaml"
    settings = (yaml.safe_load(path.read_text()) or {}).get("config", {}) if path.exists() else {}
    sections: dict[str, Any] = {}
    for assignment in assignments:
        name, separator, value = assignment.partition("=")
        section, *keys = name.removeprefix("trainyard:").split(".")
        if not separator or not keys or not all(keys):
            raise WrongArgumentError(
                f"'{assignment}' sets nothing: write section.setting=value, as in approval.isRequired=true."
            )
        target = sections.setdefault(f"trainyard:{section}", settings.get(f"trainyard:{section}") or {})
        for key in keys[:-1]:
            target = target.setdefault(key, {})
        target[keys[-1]] = yaml.safe_load(value)
    return {key: json.dumps(section) for key, section in sections.items()}


def require_valid(root: Path, stack: str, replaced: Mapping[str, str]) -> None:
    """Read the settings as the program will; WrongArgumentError lists all that it would refuse."""
    try:
        read(config.load(root, stack, overrides=replaced).values)
    except SettingsError as error:
        raise WrongArgumentError("\n".join(error.problems)) from error
