"""The stack files as the program would see them, to be broken one setting at a time."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from settings import SettingsError, read

ROOT = Path(__file__).resolve().parents[2]
Change = Callable[[dict[str, Any]], None]


def stack_file(stack: str) -> dict[str, Any]:
    config: dict[str, Any] = yaml.safe_load((ROOT / f"Pulumi.{stack}.yaml").read_text())["config"]
    return config


def as_configuration(config: dict[str, Any]) -> dict[str, str]:
    """Pulumi hands objects over as JSON text, plain text as it is."""
    return {key: value if isinstance(value, str) else json.dumps(value) for key, value in config.items()}


@pytest.fixture
def problems() -> Callable[[Change], tuple[str, ...]]:
    """What is said about the dev stack after a change to it."""

    def after(change: Change) -> tuple[str, ...]:
        config = stack_file("dev")
        change(config)
        with pytest.raises(SettingsError) as caught:
            read(as_configuration(config))
        return caught.value.problems

    return after
