"""Decides what a shift of the data means for the run: nothing, a flag for review, or its end."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from contracts.document import Document, read_document
from contracts.failures import ArtifactCorrupt
from contracts.message import message

# What a run carries on; its states hold 256 KiB. The report has all features, and what a level is called.
FEATURES_SHOWN = 20
MOVED_CHARACTERS = 120


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """How far one feature moved from the baseline: by which measure, from what to what."""

    feature: str
    measure: str
    statistic: float
    p_adjusted: float
    is_certain: bool
    moved: Sequence[str]

    @classmethod
    def read(cls, document: Document) -> Comparison:
        """Reads `features[i]`, as far as people are told of it."""
        document.allow_others()
        return cls(
            feature=document.text("feature"),
            measure=document.text("measure"),
            statistic=document.number("statistic"),
            p_adjusted=document.number("p_adjusted", 0, 1),
            is_certain=document.flag("is_certain"),
            moved=[moved[:MOVED_CHARACTERS] for moved in document.texts("moved")],
        )


@dataclass(frozen=True, kw_only=True)
class ShiftReport:
    """What the features job found: whether there was a baseline, and the features that moved away from it."""

    is_first_run: bool
    shifted: Sequence[Comparison]

    @classmethod
    def from_dict(cls, value: object) -> ShiftReport:
        """Reads shift.json; raises ArtifactCorrupt naming the field."""
        return read_document(value, "shift", ArtifactCorrupt, cls.read)

    @classmethod
    def read(cls, document: Document) -> ShiftReport:
        """Reads what a decision needs; the report holds more for people, and may come to hold more."""
        document.allow_others()
        names = document.texts("shifted")
        measured = {one.feature: one for one in document.items("features", Comparison.read)}
        unknown = sorted(set(names) - set(measured))
        if unknown:
            raise document.refuse("shifted", f"{unknown[0]} is not among the features")
        return cls(
            is_first_run=document.flag("is_first_run"),
            shifted=[measured[name] for name in names],
        )


def decide(report: ShiftReport, action: str) -> str:
    """`none`, `flag` or `halt`; `action` is the setting that applies to a shift."""
    return action if report.shifted else "none"


def summary(report: ShiftReport) -> dict[str, Any]:
    """What the run carries on: how many features shifted, and of the first of them by how much, and what they
    moved from and to."""
    return {
        "is_flagged": bool(report.shifted),
        "is_first_run": report.is_first_run,
        "count": len(report.shifted),
        "features": [asdict(one) for one in report.shifted[:FEATURES_SHOWN]],
    }


def alert(report: ShiftReport, dataset: str, run_id: str, decision: str) -> dict[str, str]:
    """The message to people: the features, how far they moved, and what the run does about it."""
    follows = "The run goes on, flagged for review." if decision == "flag" else "The run ends as DataShifted."
    lines = [
        f"Run {run_id}: the data is no longer like the baseline. {follows}",
        "",
        *(
            f"  {one.feature}: {one.measure} {one.statistic:.3f} ({'; '.join(one.moved)})"
            for one in report.shifted
        ),
    ]
    return message(f"{dataset}: {len(report.shifted)} feature(s) shifted", lines)
