"""Words the alert about files that broke the contract: which, how, where they lie now, what else changed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from contracts.file_report import FileReport
from contracts.landing import CLOSED, path_of
from contracts.message import message

VIOLATIONS_SHOWN = 10  # of each file; its report has them all


def alert(
    dataset: str,
    run_id: str,
    reports: Sequence[FileReport],
    moved: Sequence[str],
    contract: Mapping[str, Any],
) -> dict[str, str]:
    """What the alert says: which file breaks which rule in which column, where it lies now, and whether the
    contract is another than the run before had."""
    worst = f"{reports[0].file.rpartition('/')[2]}, {reports[0].violations[0].line}"
    lines = [
        f"Run {run_id} stopped as DataRejected: {worst}",
        "It stopped before features were made or a model trained.",
    ]
    for report, place in zip(reports, moved, strict=True):
        lines += ["", f"{report.file} → {place}", *_worst(report)]
    changed = contract["changed"]
    if changed:
        since = f"The contract (version {contract['version']}) changed since run {changed['since']}:"
        lines += ["", since, *(f"  {field}" for field in changed["fields"])]
    lines += ["", f"Mend the files and land them again{_closing(reports)}; the full reports lie beside them."]
    return message(f"{dataset}: {len(reports)} landed file(s) rejected", lines)


def _closing(reports: Sequence[FileReport]) -> str:
    months = sorted({path.split("/")[0] for one in reports if "/" in (path := path_of(one.file))})
    return f", then {', '.join(f'{month}/{CLOSED}' for month in months)} anew" if months else ""


def _worst(report: FileReport) -> list[str]:
    shown = [f"  {violation.line}" for violation in report.violations[:VIOLATIONS_SHOWN]]
    left_out = len(report.violations) - len(shown)
    return [*shown, f"  and {left_out} more"] if left_out else shown
