"""Holds one landed file against the contract, in the Lambda, the container and the command line alike.
Whatever the file is, the answer is a report."""

from __future__ import annotations

from collections.abc import Sequence

from contracts.dataset import Contract
from contracts.document import shown
from contracts.file_report import FileReport, Violation
from functions.data_preparation.validate_schema.facts import FileFacts, Unreadable
from functions.data_preparation.validate_schema.footer import Source
from functions.data_preparation.validate_schema.parquet import parquet_facts
from functions.data_preparation.validate_schema.rules import judge

NAMES_SHOWN = 20


def validate(key: str, source: Source, contract: Contract, is_strict: bool = False) -> FileReport:
    """The report on a file; `is_strict` reads every value of a Parquet file, whatever its footer says."""
    extension = key.rsplit(".", 1)[-1]
    if extension not in contract.formats:
        allowed = " or ".join(sorted(contract.formats))
        return _refused(key, [Violation(column="", rule="format", seen=extension, allowed=allowed)])
    if source.size == 0:
        violation = Violation(column="", rule="readable", seen="an empty file", allowed="data")
        return _refused(key, [violation])
    try:
        facts = _facts(extension, source, contract, is_strict)
    except Unreadable as damage:
        return _refused(key, damage.violations)
    if {column.name for column in contract.columns}.isdisjoint(facts.names):
        return _refused(key, [_about_another(contract, facts.names), *facts.violations])
    return judge(key, contract, facts)


def _facts(extension: str, source: Source, contract: Contract, is_strict: bool) -> FileFacts:
    if extension == "parquet":
        return parquet_facts(source, contract, is_strict)
    # Imported here: the libraries that read text take longer to import than a Parquet file to judge.
    from functions.data_preparation.validate_schema.delimited import delimited_facts

    return delimited_facts(source.chunks(), contract)


def _about_another(contract: Contract, names: Sequence[str]) -> Violation:
    """A header that has no name of the contract, as data does where a header is missing, told once instead of
    a column as missing for each."""
    listed = shown(", ".join(names[:NAMES_SHOWN]))
    count = len(contract.columns)
    seen = f"none of the contract's {count} columns: {listed}"
    return Violation(column="", rule="present", seen=seen, allowed="a header, or a schema, that has them")


def _refused(key: str, violations: list[Violation]) -> FileReport:
    return FileReport(file=key, rows=-1, violations=tuple(violations))
