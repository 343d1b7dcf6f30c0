"""What a landed file's validation says: every violation with column, rule, value seen and value allowed, and
for every column what the verdict rests on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Literal, get_args

from contracts.document import Document, read_document
from contracts.failures import ContractInvalid

# What a verdict on a column rests on, from the cheapest: its type alone; the footer's counts and extremes;
# the dictionary of its values; the values themselves.
Evidence = Literal["schema", "statistics", "dictionary", "data"]
EVIDENCE: tuple[Evidence, ...] = get_args(Evidence)


@dataclass(frozen=True, kw_only=True)
class Violation:
    """One broken rule; `column` is empty when it is about the whole file. Seen and allowed are for people."""

    column: str
    rule: str
    seen: str
    allowed: str

    @property
    def line(self) -> str:
        """For people: `month: max: saw 13, allowed at most 12`."""
        return f"{self.column or 'file'}: {self.rule}: saw {self.seen}, allowed {self.allowed}"

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
    evidence: Mapping[str, Evidence] = field(default_factory=dict)

    @property
    def is_valid(self) -> bool:
        """Whether no rule is broken."""
        return not self.violations

    @property
    def proven_from(self) -> str:
        """`metadata`, `data`, or `both` where some columns needed their values read."""
        seen = {"data" if one == "data" else "metadata" for one in self.evidence.values()}
        return "both" if len(seen) > 1 else next(iter(seen), "data")

    def to_dict(self) -> dict[str, Any]:
        """The JSON form, with `is_valid` and `proven_from` for readers that want nothing else."""
        return {
            "file": self.file,
            "is_valid": self.is_valid,
            "rows": self.rows,
            "proven_from": self.proven_from,
            "evidence": dict(self.evidence),
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
        evidence=document.nested("evidence", _read_evidence),
    )
    if document.flag("is_valid") != report.is_valid:
        raise document.refuse("is_valid", "it must be true exactly when there are no violations")
    if document.text("proven_from") != report.proven_from:
        raise document.refuse("proven_from", f"the evidence makes it {report.proven_from}")
    return report


def _read_evidence(document: Document) -> dict[str, Evidence]:
    by_name: dict[str, Evidence] = {one: one for one in EVIDENCE}
    return {name: by_name[document.one_of(name, EVIDENCE)] for name in document.names}
