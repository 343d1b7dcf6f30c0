"""Validates landed files that are too large for the function, or whose every value is to be read: the same
rules, the same report, one file after the other on all cores."""

from __future__ import annotations

import json

from contracts.artifacts import incoming_prefix, report_key
from contracts.dataset import Contract
from features.paths import Paths
from functions.data_preparation.validate_schema.source import LocalFile
from functions.data_preparation.validate_schema.validation import validate


def validate_landed(paths: Paths) -> str:
    """Writes one report a file; the answer is one line of JSON for the log. Violations are no failure."""
    contract = Contract.from_json(paths.contract.read_bytes())
    paths.reports.mkdir(parents=True, exist_ok=True)
    violations = {}
    for name, path in paths.share():
        with LocalFile(path) as source:
            report = validate(f"{incoming_prefix(contract.name)}{name}", source, contract, is_strict=True)
        text = json.dumps(report.to_dict(), indent=2)
        report_at = paths.reports / report_key(name)
        report_at.parent.mkdir(parents=True, exist_ok=True)
        report_at.write_text(text, encoding="utf-8")
        violations[name] = len(report.violations)
    return json.dumps({"violations": violations})
