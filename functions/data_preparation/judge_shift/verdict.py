"""Decides what a shift of the data means for the run: nothing, a flag for review, or its end."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from contracts.document import Document, read_document
from contracts.failures import ArtifactCorrupt

SUBJECT_CHARACTERS = 100


@dataclass(frozen=True, kw_only=True)
class ShiftReport:
    """What the features job found: whether there was a baseline, and the features that moved away from it."""

    is_first_run: bool
    shifted: Sequence[Mapping[str, Any]]
    not_compared: Sequence[str]

    @classmethod
    def from_dict(cls, value: object) -> ShiftReport:
        """Reads shift.json; raises ArtifactCorrupt naming the field."""
        return read_document(value, "shift", ArtifactCorrupt, cls.read)

    @classmethod
    def read(cls, document: Document) -> ShiftReport:
        """Reads what a decision needs; the report holds more for people, and may come to hold more."""
        document.allow_others()
        names, features = document.texts("shifted"), document.value("features")
        measured = {feature["feature"]: feature for feature in features}
        unknown = sorted(set(names) - set(measured))
        if unknown:
            raise document.refuse("shifted", f"{unknown[0]} is not among the features")
        return cls(
            is_first_run=document.flag("is_first_run"),
            shifted=[measured[name] for name in names],
            not_compared=document.texts("not_compared"),
        )


def decide(report: ShiftReport, action: str) -> str:
    """`none`, `flag` or `halt`; `action` is the setting that applies to a shift."""
    return action if report.shifted else "none"


def summary(report: ShiftReport) -> dict[str, Any]:
    """What the run carries on: which features, by how much, and what they moved from and to."""
    kept = ("feature", "measure", "statistic", "p_adjusted", "is_certain", "moved")
    return {
        "is_flagged": bool(report.shifted),
        "is_first_run": report.is_first_run,
        "features": [{name: one[name] for name in kept if name in one} for one in report.shifted],
    }


def alert(report: ShiftReport, dataset: str, run_id: str, decision: str) -> dict[str, str]:
    """The message to people: the features, how far they moved, and what the run does about it."""
    subject = f"{dataset}: {len(report.shifted)} feature(s) shifted"[:SUBJECT_CHARACTERS]
    follows = "The run goes on, flagged for review." if decision == "flag" else "The run ends as DataShifted."
    lines = [f"Run {run_id}: the data is no longer like the baseline. {follows}", ""]
    for one in report.shifted:
        moved = "; ".join(one.get("moved", ()))
        lines.append(f"  {one['feature']}: {one['measure']} {one['statistic']:.3f} ({moved})")
    return {"subject": subject, "message": "\n".join(lines)}
