"""The dataset contract: one JSON document per dataset. Validation, features, evaluation slices and monitoring
all read this shape; a new dataset is a new document. The report of a landed file held to it is here too."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from contracts.artifacts import BESIDE_FEATURES
from contracts.columns import COLUMN_TYPES, NAME, NUMERIC_TYPES, Column
from contracts.document import Document, Number, parsed, read_document, shown
from contracts.failures import ContractInvalid
from contracts.file_report import FileReport, Violation
from contracts.transforms import TRANSFORMS, Feature

__all__ = ["Column", "Contract", "Feature", "FileReport", "Split", "Target", "Violation"]

DELIMITERS, DELIMITER = (",", ";", "|", "\t"), r"[,;|\t]"
RULES = frozenset({"greater_than", "at_least", "less_than", "at_most", "equals"})


@dataclass(frozen=True, kw_only=True)
class Target:
    """What is predicted: whether the value of `column` fulfils the rule; rows without it are left out.

    A categorical column equals a text, any other is compared with a number (true is 1).
    """

    name: str
    column: str
    rule: str
    value: Number | str

    @classmethod
    def read(cls, document: Document) -> Target:
        """Reads `target`."""
        return cls(
            name=document.text("name", NAME),
            column=document.text("column"),
            rule=document.one_of("rule", RULES),
            value=document.text("value") if document.is_text("value") else document.number("value"),
        )

    def to_dict(self) -> dict[str, Any]:
        """The JSON form."""
        return {"name": self.name, "column": self.column, "rule": self.rule, "value": self.value}


@dataclass(frozen=True, kw_only=True)
class Split:
    """How rows are held out: the latest by event time, or those whose key falls into a share of all hashes.

    By time no row of training is later than one of validation or test; by hash no key is in two splits, and
    it stays in its split in every run. `key` is what is hashed; empty: the primary key.
    """

    by: str
    validation_share: float
    test_share: float
    key: tuple[str, ...] = ()

    @classmethod
    def read(cls, document: Document) -> Split:
        """Reads `split`; at least half of the rows stay for training."""
        split = cls(
            by=document.one_of("by", {"event_time", "key_hash"}),
            validation_share=document.number("validation_share", 0.01, 0.49),
            test_share=document.number("test_share", 0.01, 0.49),
            key=document.texts("key") if document.has("key") else (),
        )
        if split.validation_share + split.test_share > 0.5:
            raise document.refuse(
                "test_share", "with validation_share it must leave half of the rows to train on"
            )
        if split.key and split.by != "key_hash":
            raise document.refuse("key", "only a split by key_hash takes it; leave it out")
        return split

    def to_dict(self) -> dict[str, Any]:
        """The JSON form."""
        shares = {"validation_share": self.validation_share, "test_share": self.test_share}
        return {"by": self.by, **({"key": list(self.key)} if self.key else {}), **shares}


@dataclass(frozen=True, kw_only=True)
class Contract:
    """Everything the pipeline knows about a dataset; `from_dict` refuses what does not hold together."""

    name: str
    version: int
    formats: Mapping[str, Mapping[str, Any]]
    columns: tuple[Column, ...]
    target: Target
    features: tuple[Feature, ...]
    segments: tuple[str, ...]
    event_time: str
    primary_key: tuple[str, ...]
    split: Split

    @classmethod
    def from_dict(cls, value: object) -> Contract:
        """Reads a contract document; raises ContractInvalid with the path, the value seen and the rule."""
        contract = read_document(value, "contract", ContractInvalid, _read_contract)
        _refuse_contradictions(contract)
        return contract

    @classmethod
    def from_json(cls, text: str | bytes) -> Contract:
        """Reads the text of a contract file."""
        return cls.from_dict(parsed(text, "contract", ContractInvalid))

    def to_dict(self) -> dict[str, Any]:
        """The JSON form; `from_dict` of it gives an equal contract."""
        return {
            "name": self.name,
            "version": self.version,
            "formats": {name: dict(options) for name, options in self.formats.items()},
            "columns": [column.to_dict() for column in self.columns],
            "target": self.target.to_dict(),
            "features": [feature.to_dict() for feature in self.features],
            "segments": list(self.segments),
            "event_time": self.event_time,
            "primary_key": list(self.primary_key),
            "split": self.split.to_dict(),
        }

    def column(self, name: str) -> Column:
        """The column of that name (references are checked when the contract is read)."""
        return self._by_name[name]

    @cached_property
    def _by_name(self) -> Mapping[str, Column]:
        return {column.name: column for column in self.columns}

    @property
    def csv_nulls(self) -> list[str]:
        """What CSV writes, without quotes, where there is no value."""
        return ["", *self.formats["csv"].get("null_values", ())]

    @property
    def split_key(self) -> tuple[str, ...]:
        """The columns whose values decide a row's split by hash."""
        return self.split.key or self.primary_key

    @property
    def required_columns(self) -> frozenset[str]:
        """The columns of which every row has a value: its moment, and the key where rows are split by one."""
        keys = self.split_key if self.split.by == "key_hash" else ()
        return frozenset([self.event_time, *keys])

    @property
    def input_columns(self) -> tuple[Column, ...]:
        """The columns a prediction needs, each once, in the order the features first use them."""
        return tuple(self.column(name) for name in dict.fromkeys(f.column for f in self.features))


def _read_contract(document: Document) -> Contract:
    return Contract(
        name=document.text("name", NAME),
        version=document.whole("version", 1),
        formats=document.nested("formats", _read_formats),
        columns=document.items("columns", Column.read),
        target=document.nested("target", Target.read),
        features=document.items("features", Feature.read),
        segments=document.texts("segments"),
        event_time=document.text("event_time"),
        primary_key=document.texts("primary_key"),
        split=document.nested("split", Split.read),
    )


def _read_formats(document: Document) -> dict[str, dict[str, Any]]:
    options: dict[str, dict[str, Any]] = {}
    if document.has("parquet"):
        options["parquet"] = document.nested("parquet", lambda _: {})
    if document.has("csv"):
        options["csv"] = document.nested("csv", _read_csv)
    if not options:
        raise document.refuse("parquet", "name at least one of parquet and csv")
    return options


def _read_csv(document: Document) -> dict[str, Any]:
    options: dict[str, Any] = {
        "encoding": document.one_of("encoding", {"utf-8"}),
        "delimiter": document.text("delimiter", DELIMITER),
    }
    if document.has("null_values"):
        options["null_values"] = list(document.texts("null_values"))
        never = [one for one in options["null_values"] if _needs_quotes(one, options["delimiter"])]
        if never:
            raise document.refuse(
                "null_values", f"{shown(never[0])} could stand in quotes only, where it is text; leave it out"
            )
    return options


def _needs_quotes(text: str, delimiter: str) -> bool:
    return text.startswith('"') or any(mark in text for mark in (delimiter, "\n", "\r"))


def _refuse_contradictions(contract: Contract) -> None:
    columns = {column.name: column for column in contract.columns}
    _refuse_repeated("columns", [column.name for column in contract.columns])
    _refuse_repeated("features", [feature.name for feature in contract.features])
    for name in sorted(BESIDE_FEATURES & {feature.name for feature in contract.features}):
        raise ContractInvalid(f"contract.features names {shown(name)}: training parts have a column so named")
    if not contract.features:
        raise ContractInvalid("contract.features is []: name at least one feature")
    kinds = NUMERIC_TYPES | {"boolean", "categorical"}
    _refuse_incomparable(
        contract.target, _typed(columns, "contract.target.column", contract.target.column, kinds)
    )
    _typed(columns, "contract.event_time", contract.event_time, frozenset({"timestamp"}))
    for index, name in enumerate(contract.primary_key):
        _typed(columns, f"contract.primary_key[{index}]", name, COLUMN_TYPES)
    for index, name in enumerate(contract.split.key):
        _typed(columns, f"contract.split.key[{index}]", name, COLUMN_TYPES)
    if contract.split.by == "key_hash" and not contract.split_key:
        raise ContractInvalid(
            "contract.split.key is missing and contract.primary_key is []: a split by key_hash needs a key; "
            "name its columns in one of them"
        )
    for index, name in enumerate(contract.segments):
        _typed(columns, f"contract.segments[{index}]", name, frozenset({"categorical", "boolean"}))
    for index, feature in enumerate(contract.features):
        path = f"contract.features[{index}].column"
        column = _typed(columns, path, feature.column, TRANSFORMS[feature.transform])
        if not column.is_known_before_prediction:
            raise ContractInvalid(
                f"{path} is {shown(feature.column)}: it is known only after the prediction "
                "(is_known_before_prediction is false), so the model would see the answer; drop the feature"
            )
        if feature.column == contract.target.column:
            raise ContractInvalid(
                f"{path} is {shown(feature.column)}: it is the target's column, so the model would see the "
                "answer; drop the feature"
            )


def _refuse_incomparable(target: Target, column: Column) -> None:
    path, is_text = f"contract.target.value is {shown(target.value)}", isinstance(target.value, str)
    if is_text != (column.type == "categorical"):
        wanted = "a number" if is_text else "one of its texts"
        raise ContractInvalid(f"{path}: {target.column} is {column.type}, so it must be {wanted}")
    if is_text and target.rule != "equals":
        raise ContractInvalid(
            f'contract.target.rule is "{target.rule}": {target.column} is categorical, whose values have no '
            "order; it must be equals"
        )
    if column.categories is not None and target.value not in column.categories:
        raise ContractInvalid(
            f"{path}: {target.column} has no such value; its categories are {', '.join(column.categories)}"
        )


def _typed(columns: Mapping[str, Column], path: str, name: str, kinds: frozenset[str]) -> Column:
    if name not in columns:
        raise ContractInvalid(
            f"{path} is {shown(name)}: no such column; columns are {', '.join(sorted(columns))}"
        )
    if columns[name].type not in kinds:
        raise ContractInvalid(
            f"{path} is {shown(name)}, a column of type {columns[name].type}: "
            f"it must be {' or '.join(sorted(kinds))}"
        )
    return columns[name]


def _refuse_repeated(field: str, names: list[str]) -> None:
    repeated = sorted({name for name in names if names.count(name) > 1})
    if repeated:
        raise ContractInvalid(f"contract.{field} names {shown(repeated[0])} twice: names must differ")
