"""What of a dataset goes to the Feature Store: a record a row, found by key and moment, with the features as
they are before anything is learnt. A store outlives runs, and what a run learns is its own."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from contracts.columns import Column
from contracts.dataset import Contract, Feature
from contracts.failures import ContractInvalid
from contracts.transforms import CALENDAR, LEVELLED

RECORD_ID, EVENT_TIME, RUN_ID = "record_id", "event_time", "run_id"
OWN = (RECORD_ID, EVENT_TIME, RUN_ID)
# Reserved by the service, then the partitions of the offline store's table.
RESERVED = frozenset(
    {"is_deleted", "write_time", "api_invocation_time", "year", "month", "day", "hour", *OWN}
)
MAX_DEFINITIONS = 2500
MAX_NAME = 64
FEATURE_NAME = re.compile(r"[a-zA-Z0-9]([-_]*[a-zA-Z0-9]){0,63}")
GROUP_NAME = re.compile(r"[a-zA-Z0-9]([_-]*[a-zA-Z0-9]){0,63}")
WHOLE = frozenset({"text_length", "word_count", "is_missing"}) | CALENDAR


@dataclass(frozen=True, kw_only=True)
class Definition:
    """A feature of a group; `type` is Integral, Fractional or String."""

    name: str
    type: str


def definitions(contract: Contract) -> tuple[Definition, ...]:
    """The features of the dataset's group, key, moment and run first.

    Raises ContractInvalid with the path where the contract does not make a group.
    """
    if not contract.primary_key:
        raise ContractInvalid(
            "contract.primary_key is []: the Feature Store finds a record by it; name the columns that tell "
            "rows apart, or set dataPreparation.featureStore.isUsed to false"
        )
    for index, feature in enumerate(contract.features):
        _refuse_name(f"contract.features[{index}].name", feature.name)
    if len(contract.features) > MAX_DEFINITIONS - len(OWN):
        raise ContractInvalid(
            f"contract.features has {len(contract.features)} entries: a feature group takes "
            f"{MAX_DEFINITIONS - len(OWN)} beside {', '.join(OWN)}; leave some out"
        )
    columns = {column.name: column for column in contract.columns}
    own = (Definition(name=name, type="String") for name in OWN)
    features = (
        Definition(name=feature.name, type=type_of(feature, columns)) for feature in contract.features
    )
    return (*own, *features)


def type_of(feature: Feature, columns: Mapping[str, Column]) -> str:
    """Levels are texts; counts, calendar parts and whole numbers are whole; the rest is not."""
    if feature.transform in LEVELLED:
        return "String"
    is_whole = feature.transform in WHOLE or (
        feature.transform in ("number", "bucket") and columns[feature.column].type in ("integer", "boolean")
    )
    return "Integral" if is_whole else "Fractional"


def group_name(prefix: str, contract: Contract) -> str:
    """The group of one version of a contract; raises ContractInvalid where AWS takes no such name."""
    name = f"{prefix}-{contract.name}-v{contract.version}"
    if not GROUP_NAME.fullmatch(name):
        raise ContractInvalid(
            f"contract.name is {contract.name!r}: the feature group would be {name}, and AWS takes at most "
            f"{MAX_NAME} letters, digits, - and _ that begin and end with a letter or digit; shorten the name"
        )
    return name


def _refuse_name(path: str, name: str) -> None:
    if name in RESERVED:
        raise ContractInvalid(
            f"{path} is {name!r}: the Feature Store keeps a column of that name itself; rename the feature"
        )
    if not FEATURE_NAME.fullmatch(name):
        raise ContractInvalid(
            f"{path} is {name!r}: the Feature Store takes at most {MAX_NAME} letters, digits, - and _ that "
            "begin and end with a letter or digit; rename the feature"
        )
