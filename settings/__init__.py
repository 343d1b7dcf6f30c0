"""The stack configuration as typed values: the only reader of pulumi.Config.

Every setting must be given, in every stack; an unknown or wrong one is refused by its path before anything
is declared.
"""

import json
from collections.abc import Mapping
from typing import Any, Self

from pydantic import ValidationError, model_validator

from settings.errors import SettingsError, explain
from settings.sections import (
    Approval,
    DataPreparation,
    Deployment,
    Evaluation,
    Images,
    Network,
    Observability,
    Pipeline,
    Retraining,
    Storage,
)
from settings.training import Training
from settings.values import Section

__all__ = ["PROJECT", "Settings", "SettingsError", "load", "read"]

PROJECT = "trainyard"


class Settings(Section):
    """All settings of a stack, one field a section of the configuration."""

    pipeline: Pipeline
    network: Network
    storage: Storage
    data_preparation: DataPreparation
    training: Training
    evaluation: Evaluation
    approval: Approval
    deployment: Deployment
    retraining: Retraining
    observability: Observability
    images: Images

    @model_validator(mode="after")
    def _agree(self) -> Self:
        expiry_hours = 24 * self.approval.expiry_days
        if self.pipeline.deadline_hours <= expiry_hours:
            raise self.refuse(
                "pipeline.deadlineHours",
                f"must be above {expiry_hours}, the hours of approval.expiryDays "
                f"({self.approval.expiry_days}): the stages have the rest",
            )
        return self


def load() -> Settings:
    """The settings of the selected stack; SettingsError lists everything that is wrong with them."""
    # Imported here: reading a settings document needs no engine.
    from pulumi.runtime.config import CONFIG, get_config_env

    return read({**get_config_env(), **CONFIG.get()})


def read(config: Mapping[str, str]) -> Settings:
    """The settings in a flat Pulumi configuration (`trainyard:section` → JSON text); others are ignored."""
    own = f"{PROJECT}:"
    sections = {
        key.removeprefix(own): _parse(key, text) for key, text in config.items() if key.startswith(own)
    }
    try:
        settings = Settings.model_validate_json(json.dumps(sections))
    except ValidationError as error:
        raise SettingsError(explain(PROJECT, Settings, error)) from None
    _require_zones_of(config.get("aws:region"), settings)
    return settings


def _require_zones_of(region: str | None, settings: Settings) -> None:
    elsewhere = [zone for zone in settings.network.zones if region and zone[:-1] != region]
    if elsewhere:
        raise SettingsError(
            [
                f"{PROJECT}:network.zones has {zone}; aws:region is {region}: name its zones"
                for zone in elsewhere
            ]
        )


def _parse(key: str, text: str) -> Any:
    try:
        return json.loads(text)
    except json.JSONDecodeError:
        raise SettingsError((f"{key} is {text!r}; it must be a mapping of settings",)) from None
