"""Holds one landed file against the contract. Whatever the file is, the answer is a report."""

from __future__ import annotations

from contracts.dataset import Contract
from contracts.failures import DatasetTooLarge
from contracts.file_report import FileReport, Violation
from functions.data_preparation.validate_schema.delimited import delimited_facts
from functions.data_preparation.validate_schema.facts import FileFacts, Unreadable
from functions.data_preparation.validate_schema.parquet import parquet_facts
from functions.data_preparation.validate_schema.ranged import RangedObject
from functions.data_preparation.validate_schema.rules import judge


def validate(key: str, source: RangedObject, contract: Contract, max_csv_bytes: int) -> FileReport:
    """The report on the object. Raises DatasetTooLarge for a CSV file that one pass cannot read in time."""
    extension = key.rsplit(".", 1)[-1]
    if extension not in contract.formats:
        allowed = " or ".join(sorted(contract.formats))
        return _refused(key, [Violation(column="", rule="format", seen=extension, allowed=allowed)])
    if source.size == 0:
        violation = Violation(column="", rule="readable", seen="an empty file", allowed="data")
        return _refused(key, [violation])
    try:
        return judge(key, contract, _facts(extension, source, contract, max_csv_bytes))
    except Unreadable as damage:
        return _refused(key, damage.violations)


def _facts(extension: str, source: RangedObject, contract: Contract, max_csv_bytes: int) -> FileFacts:
    if extension == "parquet":
        return parquet_facts(source, contract)
    if source.size > max_csv_bytes:
        raise DatasetTooLarge(
            f"the CSV file has {source.size} bytes: above dataPreparation.maxFileMb = "
            f"{max_csv_bytes // 1024**2} it is not read in one pass; land it as Parquet, or split it"
        )
    return delimited_facts(source.chunks(), contract)


def _refused(key: str, violations: list[Violation]) -> FileReport:
    return FileReport(file=key, rows=-1, violations=tuple(violations), proven_from="data")
