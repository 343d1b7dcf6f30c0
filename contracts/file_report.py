"""What a landed file's validation says: every violation with column, rule, value seen and value allowed."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Literal

from contracts.document import Document, read_document
from contracts.failures import ContractInvalid

ProvenFrom = Literal["metadata", "data"]


@dataclass(frozen=True, kw_only=True)
class Violation:
    """One broken rule; `column` is empty when it is about the whole file. Seen and allowed are for people."""

    column: str
    rule: str
    seen: str
    allowed: str

    @classmethod
    def read(cls, document: Document) -> Violation:
        """Reads `violations[i]`."""
        return cls(
            column=document.text("column", r"(?s).*"),
            rule=document.text("rule"),
            seen=document.text("seen", r"(?s).*"),
            allowed=document.text("allowed", r"(?s).*"),
        )


@dataclass(frozen=True, kw_only=True)
class FileReport:
    """The report of one landed file; `rows` is -1 when the file could not be read far enough to count."""

    file: str
    rows: int
    violations: tuple[Violation, ...]
    proven_from: ProvenFrom

    @property
    def is_valid(self) -> bool:
        """Whether no rule is broken."""
        return not self.violations

    def to_dict(self) -> dict[str, Any]:
        """The JSON form, with `is_valid` for readers that want nothing else."""
        return {
            "file": self.file,
            "is_valid": self.is_valid,
            "rows": self.rows,
            "proven_from": self.proven_from,
            "violations": [asdict(violation) for violation in self.violations],
        }

    @classmethod
    def from_dict(cls, value: object) -> FileReport:
        """Reads a report; raises ContractInvalid naming the field."""
        return read_document(value, "report", ContractInvalid, _read_report)


def _read_report(document: Document) -> FileReport:
    report = FileReport(
        file=document.text("file"),
        rows=document.whole("rows", -1),
        violations=document.items("violations", Violation.read),
        proven_from="metadata"
        if document.one_of("proven_from", ("metadata", "data")) == "metadata"
        else "data",
    )
    if document.flag("is_valid") != report.is_valid:
        raise document.refuse("is_valid", "it must be true exactly when there are no violations")
    return report
