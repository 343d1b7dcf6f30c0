"""`trainyard contract check FILE…`: the very rules of the gate, on local files, before they are landed."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterable
from pathlib import Path

from contracts.dataset import Contract
from contracts.failures import ConfigurationRejected, ContractInvalid
from contracts.file_report import FileReport
from functions.data_preparation.validate_schema.source import LocalFile
from functions.data_preparation.validate_schema.validation import validate
from trainyard.contract.remedies import remedies


def add_parser(verbs: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Declares the verb."""
    verb = verbs.add_parser("check", help="hold files against a contract", description=__doc__)
    text = ".parquet or .csv, or a folder of them: the parts of a month"
    verb.add_argument("files", nargs="+", type=Path, metavar="FILE", help=text)
    text = "the dataset's, such as datasets/flights/contract.json"
    verb.add_argument("--contract", type=Path, required=True, metavar="FILE", help=text)
    verb.add_argument("--strict", action="store_true", help="read every value, trust no footer")
    verb.add_argument("--json", action="store_true", help="print the reports as JSON")
    verb.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """0: all files keep the contract, or 1. Raises ConfigurationRejected, ContractInvalid, OSError."""
    contract = read_contract(arguments.contract)
    reports = []
    for path in files_in(arguments.files):
        reports.append(check(path, contract, arguments.strict))
        if not arguments.json:
            advice = [f"  → {remedy}" for remedy in remedies(reports[-1].violations)]
            sys.stdout.write("".join(f"{line}\n" for line in [*described(reports[-1]), *advice]))
            sys.stdout.flush()
    if arguments.json:
        sys.stdout.write(json.dumps([report.to_dict() for report in reports], indent=2) + "\n")
    return 0 if all(report.is_valid for report in reports) else 1


def files_in(paths: Iterable[Path]) -> list[Path]:
    """The files, and the parts of months that are folders; raises ConfigurationRejected for one without."""
    return [file for path in paths for file in (_parts(path) if path.is_dir() else [path])]


def read_contract(path: Path) -> Contract:
    """The contract in a file; raises ContractInvalid naming the file and the field."""
    try:
        return Contract.from_json(path.read_bytes())
    except ContractInvalid as error:
        raise ContractInvalid(f"{path}: {error}") from error


def check(path: Path, contract: Contract, is_strict: bool) -> FileReport:
    """The report on a local file."""
    with LocalFile(path) as source:
        return validate(str(path), source, contract, is_strict)


def _parts(folder: Path) -> list[Path]:
    """The parts of a month; what begins with _ or . is its writer's own."""
    found = [path for path in sorted(folder.rglob("*.*")) if path.suffix in (".parquet", ".csv")]
    parts = [path for path in found if not any(part[0] in "_." for part in path.relative_to(folder).parts)]
    if not parts:
        raise ConfigurationRejected(f"{folder} holds no .parquet or .csv: name another folder")
    return parts


def described(report: FileReport) -> list[str]:
    """The report in lines for people."""
    if report.is_valid:
        return [f"{report.file}: valid, {report.rows} rows, proven from {report.proven_from}"]
    found = len(report.violations)
    lines = [f"  {violation.line}" for violation in report.violations]
    return [f"{report.file}: {found} violation{'s' if found > 1 else ''}", *lines]
