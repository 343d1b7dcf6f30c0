"""`trainyard contract schema`: the contract's format as JSON Schema, made from the tables that the reader
itself uses. Editors check and complete a contract by it; the reader checks more (docs/contract.md)."""

from __future__ import annotations

import argparse
import json
import sys
from typing import Any

from contracts.columns import COLUMN_TYPES, NAME, NUMERIC_TYPES
from contracts.dataset import DELIMITER, RULES
from contracts.transforms import IMPUTATIONS, MAX_BUCKETS, OPTIONS, SCALES, TRANSFORMS

DRAFT = "https://json-schema.org/draft/2020-12/schema"
TEXT = {"type": "string", "minLength": 1}
NUMBER = {"type": "number"}
RATIO = {"type": "number", "minimum": 0, "maximum": 1}
TEXTS = {"type": "array", "items": TEXT, "uniqueItems": True}
IDENTIFIER = {"type": "string", "pattern": f"^{NAME}$"}
SHARE = {"type": "number", "minimum": 0.01, "maximum": 0.49}
OPTION_FORMS: dict[str, Any] = {
    "utc_offset_hours": {"type": "number", "minimum": -14, "maximum": 14},
    "missing": {"anyOf": [{"enum": sorted(IMPUTATIONS)}, NUMBER]},
    "scale": {"enum": sorted(SCALES)},
    "rare_share": {"type": "number", "minimum": 0, "maximum": 0.5},
    "buckets": {"type": "integer", "minimum": 2, "maximum": MAX_BUCKETS},
    "edges": {"type": "array", "items": NUMBER, "minItems": 1, "maxItems": MAX_BUCKETS - 1},
}


def add_parser(verbs: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Declares the verb."""
    verbs.add_parser("schema", help="print the JSON Schema", description=__doc__).set_defaults(run=run)


def run(_: argparse.Namespace) -> int:
    """Prints the schema."""
    sys.stdout.write(text())
    return 0


def text() -> str:
    """The schema as it lies in docs/contract.schema.json."""
    return json.dumps(schema(), indent=2) + "\n"


def schema() -> dict[str, Any]:
    """The schema of a contract document."""
    return {
        "$schema": DRAFT,
        "title": "Trainyard dataset contract",
        **_object(
            {
                "name": IDENTIFIER,
                "version": {"type": "integer", "minimum": 1},
                "formats": {**_object({}, {"parquet": _object({}), "csv": _csv()}), "minProperties": 1},
                "columns": {"type": "array", "items": _column(), "minItems": 1},
                "target": _object(
                    {
                        "name": IDENTIFIER,
                        "column": TEXT,
                        "rule": {"enum": sorted(RULES)},
                        "value": {"anyOf": [NUMBER, TEXT]},
                    }
                ),
                "features": {"type": "array", "items": _feature(), "minItems": 1},
                "segments": TEXTS,
                "event_time": TEXT,
                "primary_key": TEXTS,
                "split": _object(
                    {
                        "by": {"enum": ["event_time", "key_hash"]},
                        "validation_share": SHARE,
                        "test_share": SHARE,
                    },
                    {"key": TEXTS},
                ),
            }
        ),
    }


def _object(required: dict[str, Any], optional: dict[str, Any] | None = None) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": {**required, **(optional or {})},
        "required": list(required),
        "additionalProperties": False,
    }


def _csv() -> dict[str, Any]:
    return _object(
        {"encoding": {"enum": ["utf-8"]}, "delimiter": {"type": "string", "pattern": f"^{DELIMITER}$"}},
        {"null_values": TEXTS},
    )


def _column() -> dict[str, Any]:
    limits = {
        "max_null_ratio": RATIO,
        "min": NUMBER,
        "max": NUMBER,
        "max_cardinality": {"type": "integer", "minimum": 1},
        "categories": {**TEXTS, "minItems": 1},
    }
    required = {
        "name": TEXT,
        "type": {"enum": sorted(COLUMN_TYPES)},
        "is_known_before_prediction": {"type": "boolean"},
    }
    belongs = {"min": NUMERIC_TYPES, "max": NUMERIC_TYPES}
    belongs |= dict.fromkeys(("max_cardinality", "categories"), frozenset({"categorical"}))
    return {**_object(required, limits), "allOf": [_only(one, "type", belongs[one]) for one in belongs]}


def _feature() -> dict[str, Any]:
    required = {"name": IDENTIFIER, "column": TEXT, "transform": {"enum": sorted(TRANSFORMS)}}
    options = {option: OPTION_FORMS[option] for option in OPTIONS}
    only = [_only(option, "transform", transforms) for option, transforms in OPTIONS.items()]
    return {**_object(required, options), "allOf": only}


def _only(field: str, key: str, values: frozenset[str]) -> dict[str, Any]:
    """The field belongs to objects only whose `key` has one of the values."""
    return {"if": {"required": [field]}, "then": {"properties": {key: {"enum": sorted(values)}}}}
