"""The settings of a stack, read from its file as the program reads them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import yaml

from contracts.failures import ConfigurationRejected
from settings import Settings, SettingsError, read

ROOT = Path(__file__).resolve().parents[1]


def stack_region(stack: str) -> str | None:
    """The region of the stack's resources; None where its file leaves it to the environment."""
    return _config(stack).get("aws:region")


def stack_settings(stack: str) -> Settings:
    """The typed settings; ConfigurationRejected when there is no such stack or one of them is wrong."""
    config = _config(stack)
    texts = {key: value if isinstance(value, str) else json.dumps(value) for key, value in config.items()}
    try:
        return read(texts)
    except SettingsError as error:
        raise ConfigurationRejected("\n".join(error.problems)) from error


def _config(stack: str) -> dict[str, Any]:
    path = ROOT / f"Pulumi.{stack}.yaml"
    if not path.is_file():
        known = ", ".join(sorted(one.name.split(".")[1] for one in ROOT.glob("Pulumi.*.yaml")))
        raise ConfigurationRejected(f"--stack is {stack}: there is no {path.name}; stacks are {known}")
    config: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))["config"]
    return config
