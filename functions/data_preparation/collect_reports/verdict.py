"""What the reports of a validating job say together."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from contracts.failures import ArtifactCorrupt
from contracts.file_report import FileReport


def verdict(reports: Iterable[tuple[str, Any]], uris: Mapping[str, str]) -> dict[str, Any]:
    """Whether all files keep the contract, and those that don't, of the reports by landing key.

    Raises ArtifactCorrupt for a file without a report, or with one about another file.
    """
    failed = []
    for key, document in reports:
        if document is None:
            raise ArtifactCorrupt(f"{uris[key]} is missing: the job ended without a verdict on {key}")
        report = FileReport.from_dict(document)
        if report.file != key:
            raise ArtifactCorrupt(f"{uris[key]} is about {report.file}, not about {key}")
        if not report.is_valid:
            failed.append({"key": key, "report_uri": uris[key], "violations": len(report.violations)})
    return {"is_valid": not failed, "failed": failed}
