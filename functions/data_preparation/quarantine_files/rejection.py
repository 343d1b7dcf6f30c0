"""Words the alert about files that broke the contract: which, how, where they lie now, what else changed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from contracts.file_report import FileReport, Violation
from contracts.landing import CLOSED, path_of
from contracts.message import message

VIOLATIONS_SHOWN = 10  # of each file; its report has them all


@dataclass(frozen=True)
class Refused:
    """What is told of a refused file: reports of hundreds of wide files are not held at a time."""

    file: str
    worst: tuple[Violation, ...]
    left_out: int

    @classmethod
    def of(cls, report: FileReport) -> Refused:
        """The first of its violations, and how many others there are."""
        worst = report.violations[:VIOLATIONS_SHOWN]
        return cls(report.file, worst, len(report.violations) - len(worst))


def alert(
    dataset: str,
    run_id: str,
    reports: Sequence[Refused],
    moved: Sequence[str],
    contract: Mapping[str, Any],
) -> dict[str, str]:
    """What the alert says: which file breaks which rule in which column, where it lies now, and whether the
    contract is another than the run before had."""
    worst = f"{path_of(reports[0].file)}, {reports[0].worst[0].line}"
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


def _closing(reports: Sequence[Refused]) -> str:
    months = sorted({path.split("/")[0] for one in reports if "/" in (path := path_of(one.file))})
    return f", then {', '.join(f'{month}/{CLOSED}' for month in months)} anew" if months else ""


def _worst(report: Refused) -> list[str]:
    shown = [f"  {violation.line}" for violation in report.worst]
    return [*shown, f"  and {report.left_out} more"] if report.left_out else shown
