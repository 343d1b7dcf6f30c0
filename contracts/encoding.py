"""What turns a raw row into the model's inputs: typed columns, then fitted transforms. Fitted once on
training rows, saved with the model and applied here row by row for serving."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from typing import Any

from contracts.columns import COLUMN_TYPES, NUMERIC_TYPES
from contracts.document import Document, read_document, shown
from contracts.failures import ArtifactCorrupt
from contracts.fitted import Encoder, FittedFeature
from contracts.servable import FIRST_MOMENT, LARGEST_NUMBER, LAST_MOMENT, YEARS
from contracts.spelling import SPELLINGS, WHOLE_NUMBERS, whole_number

__all__ = ["Encoding", "FittedFeature", "InputColumn", "RowRefused"]

Row = Mapping[str, object]
_SPELLED = {kind: re.compile(spelling) for kind, spelling in SPELLINGS.items()}
_RULES = {
    "integer": "it must be a whole number in digits, such as -5",
    "number": "it must be a number such as -1.5 or 2e-3",
    "boolean": "it must be true or false",
    "timestamp": "it must be a moment with its offset, for instance 2013-06-01T10:00:00Z",
}


class RowRefused(ValueError):  # noqa: N818  (named as the failures are)
    """A row of a request can't be encoded; `column` says which field is at fault."""

    def __init__(self, column: str, value: object, rule: str) -> None:
        super().__init__(f"{column} is {shown(value)}: {rule}")
        self.column = column


@dataclass(frozen=True, kw_only=True)
class InputColumn:
    """A raw column of a request, of a logical type of the dataset contract."""

    name: str
    type: str

    @classmethod
    def read(cls, document: Document) -> InputColumn:
        """Reads `input_columns[i]`."""
        return cls(name=document.text("name"), type=document.one_of("type", COLUMN_TYPES))

    def parse(self, value: object) -> object:
        """The typed value: number → float, timestamp → UTC datetime, categorical → str; None when missing.

        A text is held to the spellings of landed CSV; Python would read more.
        """
        if value is None or value == "":
            return None
        if isinstance(value, str) and self.type in _SPELLED and not _SPELLED[self.type].fullmatch(value):
            raise RowRefused(self.name, value, _RULES[self.type])
        if self.type in NUMERIC_TYPES:
            return self._number(value)
        if self.type == "timestamp":
            return self._moment(value)
        if self.type == "boolean":
            return self._truth(value)
        if not isinstance(value, str):
            raise RowRefused(self.name, value, "it must be a string")
        return value

    def _number(self, value: object) -> float:
        number = _float(value)
        if not abs(number) <= LARGEST_NUMBER:
            raise RowRefused(self.name, value, "it must be a finite number of 32 bits")
        if self.type == "integer" and not _is_whole(value, number):
            raise RowRefused(self.name, value, "it must be a whole number of 64 bits")
        return number

    def _moment(self, value: object) -> datetime:
        text = value if isinstance(value, str) else ""
        try:
            moment = value if isinstance(value, datetime) else datetime.fromisoformat(text)
        except ValueError as error:
            raise RowRefused(self.name, value, _RULES[self.type]) from error
        moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        if not FIRST_MOMENT <= moment <= LAST_MOMENT:
            raise RowRefused(self.name, value, f"its year must be one of {YEARS}, in UTC")
        return moment.astimezone(UTC)

    def _truth(self, value: object) -> str:
        if not isinstance(value, bool | str):
            raise RowRefused(self.name, value, _RULES[self.type])
        return "true" if str(value).lower() in ("true", "1") else "false"


@dataclass(frozen=True, kw_only=True)
class Encoding:
    """The inputs a model takes: raw columns in the order of a CSV request, features in the model's."""

    dataset: str
    contract_version: int
    target: str
    input_columns: tuple[InputColumn, ...]
    features: tuple[FittedFeature, ...]

    @property
    def feature_names(self) -> tuple[str, ...]:
        """The names of the model's inputs, in order."""
        return tuple(feature.name for feature in self.features)

    def encode_row(self, row: Row) -> list[float]:
        """The features of one raw row; raises RowRefused for an unknown, absent or wrong field."""
        for column in self.input_columns:
            if column.name not in row:
                raise RowRefused(column.name, None, "the field is missing; null is allowed")
        if len(row) > len(self.input_columns):
            known = [column.name for column in self.input_columns]
            unknown = next(name for name in row if name not in known)
            raise RowRefused(unknown, row[unknown], f"the field is unknown; known are {', '.join(known)}")
        typed = {column.name: column.parse(row[column.name]) for column in self.input_columns}
        return [
            missing if (value := typed[column]) is None else encode(value)
            for column, encode, missing in self._encoders
        ]

    @cached_property
    def _encoders(self) -> tuple[tuple[str, Encoder, float], ...]:
        """For each feature its column, what encodes a value, and what stands for none."""
        return tuple((one.column, one.encoder(), one.when_missing) for one in self.features)

    def to_dict(self) -> dict[str, Any]:
        """The JSON form."""
        return {
            "dataset": self.dataset,
            "contract_version": self.contract_version,
            "target": self.target,
            "input_columns": [{"name": c.name, "type": c.type} for c in self.input_columns],
            "features": [feature.to_dict() for feature in self.features],
        }

    @classmethod
    def from_dict(cls, value: object) -> Encoding:
        """Reads an encoding; raises ArtifactCorrupt naming the field."""
        return read_document(value, "encoding", ArtifactCorrupt, _read_encoding)


def _float(value: object) -> float:
    """The number that a value is or spells; NaN for what is none."""
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        return math.nan
    try:
        return float(value)
    except (ValueError, OverflowError):
        return math.nan


def _is_whole(value: object, number: float) -> bool:
    """JSON has one kind of number, so 5.0 is whole there."""
    if isinstance(value, str):
        return whole_number(value) is not None
    return number == int(number) and (value if isinstance(value, int) else int(number)) in WHOLE_NUMBERS


def _read_encoding(document: Document) -> Encoding:
    columns = document.items("input_columns", InputColumn.read)
    features = document.items("features", FittedFeature.read)
    for index, feature in enumerate(features):
        if feature.column not in {column.name for column in columns}:
            rule = f"features[{index}] takes {shown(feature.column)}, which must be listed"
            raise document.refuse("input_columns", rule)
    return Encoding(
        dataset=document.text("dataset"),
        contract_version=document.whole("contract_version", 1),
        target=document.text("target"),
        input_columns=columns,
        features=features,
    )
