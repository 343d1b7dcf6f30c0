"""The settings of a stack, read from its file as the program reads them."""

from __future__ import annotations

import json
from pathlib import Path

import yaml

from contracts.failures import ConfigurationRejected
from settings import Settings, SettingsError, read

ROOT = Path(__file__).resolve().parents[1]


def stack_settings(stack: str) -> Settings:
    """The typed settings; ConfigurationRejected when there is no such stack or one of them is wrong."""
    path = ROOT / f"Pulumi.{stack}.yaml"
    if not path.is_file():
        known = ", ".join(sorted(one.name.split(".")[1] for one in ROOT.glob("Pulumi.*.yaml")))
        raise ConfigurationRejected(f"--stack is {stack}: there is no {path.name}; stacks are {known}")
    config = yaml.safe_load(path.read_text(encoding="utf-8"))["config"]
    texts = {key: value if isinstance(value, str) else json.dumps(value) for key, value in config.items()}
    try:
        return read(texts)
    except SettingsError as error:
        raise ConfigurationRejected("\n".join(error.problems)) from error
