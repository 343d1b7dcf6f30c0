"""The evaluator's report, as far as a decision reads it, and the verdict that comes out of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from contracts.document import Document, read_document
from contracts.failures import ArtifactCorrupt

METRICS = ("accuracy", "f1", "auc")  # what the thresholds of a verdict are about; the report may hold more


class Decision(StrEnum):
    """What becomes of a candidate."""

    PROMOTE = "promote"
    REVIEW = "review"
    RETRAIN = "retrain"
    REJECT = "reject"

    @property
    def is_registered(self) -> bool:
        """Whether the candidate becomes a package in the registry."""
        return self in (Decision.PROMOTE, Decision.REVIEW)


@dataclass(frozen=True, kw_only=True)
class Difference:
    """Candidate minus baseline with its paired bootstrap interval."""

    value: float
    low: float
    high: float

    @classmethod
    def read(cls, document: Document) -> Difference:
        """Reads one difference; the interval's ends must be in order."""
        low, high = document.number("low"), document.number("high")
        if low > high:
            raise document.refuse("low", f"it must not lie above the interval's high end, {high}")
        return cls(value=document.number("value"), low=low, high=high)

    @property
    def is_below(self) -> bool:
        """Whether the whole interval lies below zero: worse, and not by noise."""
        return self.high < 0

    @property
    def is_above(self) -> bool:
        """Whether the whole interval lies above zero: better, and not by noise."""
        return self.low > 0


@dataclass(frozen=True, kw_only=True)
class Segment:
    """F1 of one slice of the data, by candidate and baseline; None where there is no baseline."""

    column: str
    value: str
    rows: int
    candidate_f1: float | None
    baseline_f1: float | None
    difference: Difference | None

    @property
    def label(self) -> str:
        """How messages call it."""
        return f"{self.column}={self.value}"


@dataclass(frozen=True, kw_only=True)
class Report:
    """The evaluator's report without its curves: rows, base rate, metrics overall and per segment."""

    rows: int
    base_rate: float
    candidate: Mapping[str, float]
    baseline: Mapping[str, float] | None
    rule: Mapping[str, float]
    differences: Mapping[str, Difference]
    segments: tuple[Segment, ...]

    @classmethod
    def from_dict(cls, value: object) -> Report:
        """Reads the parsed report.json; raises ArtifactCorrupt where what a verdict needs is missing."""
        return read_document(value, "report", ArtifactCorrupt, _read_report)


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """The decision and its reasons in words, most important first."""

    decision: Decision
    reasons: tuple[str, ...]

    def to_dict(self) -> dict[str, Any]:
        """The JSON form."""
        return {"decision": self.decision.value, "reasons": list(self.reasons)}


def _read_report(document: Document) -> Report:
    document.allow_others()
    overall = document.nested("overall", _read_overall)
    has_baseline = overall["baseline"] is not None
    return Report(
        rows=document.whole("rows", 1),
        base_rate=document.number("base_rate", 0, 1),
        candidate=overall["candidate"],
        baseline=overall["baseline"],
        rule=overall["rule"],
        differences=document.nested("differences", _read_differences) if has_baseline else {},
        segments=document.items("segments", _read_segment),
    )


def _read_differences(document: Document) -> dict[str, Difference]:
    document.allow_others()
    return {name: document.nested(name, Difference.read) for name in METRICS}


def _read_overall(document: Document) -> dict[str, Any]:
    document.allow_others()
    return {
        "candidate": document.nested("candidate", _read_metrics),
        "baseline": document.nested("baseline", _read_metrics) if document.has("baseline") else None,
        "rule": document.nested("rule", _read_scores) if document.has("rule") else {},
    }


def _read_metrics(document: Document) -> dict[str, float]:
    document.allow_others()
    return {name: document.number(name, 0, 1) for name in METRICS}


def _read_scores(document: Document) -> dict[str, float]:
    document.allow_others()
    return {name: document.number(name, 0, 1) for name in METRICS if document.has(name)}


def _read_segment(document: Document) -> Segment:
    document.allow_others()
    return Segment(
        column=document.text("column"),
        value=str(document.value("value")),
        rows=document.whole("rows"),
        candidate_f1=document.nested("candidate", _read_f1) if document.has("candidate") else None,
        baseline_f1=document.nested("baseline", _read_f1) if document.has("baseline") else None,
        difference=document.nested("difference", _read_f1_difference) if document.has("difference") else None,
    )


def _read_f1(document: Document) -> float | None:
    document.allow_others()
    return document.number("f1", 0, 1) if document.has("f1") else None


def _read_f1_difference(document: Document) -> Difference | None:
    document.allow_others()
    return document.nested("f1", Difference.read) if document.has("f1") else None
