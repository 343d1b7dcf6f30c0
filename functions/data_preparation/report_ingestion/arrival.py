"""Decides from the reports of an ingestion whether a run's records are in the Feature Store, and words the
alert where too few are."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from contracts.document import Document, read_document
from contracts.failures import ArtifactCorrupt
from contracts.message import message

REASONS_SHOWN = 5
SAMPLES_SHOWN = 10
WHY_CHARACTERS = 300


@dataclass(frozen=True, kw_only=True)
class Sample:
    """A record that is not in the store, or the row that made none, and why."""

    record_id: str
    reason: str

    @classmethod
    def read(cls, document: Document) -> Sample:
        """Reads `samples[i]`."""
        return cls(record_id=document.text("record_id"), reason=document.text("reason"))


@dataclass(frozen=True, kw_only=True)
class Report:
    """What the hosts of the job counted, added up; every record was ingested, failed or was refused."""

    feature_group: str
    records: int
    ingested: int
    failed: int
    refused: int
    retried: int
    seconds: float
    reasons: Mapping[str, int]
    samples: Sequence[Sample]

    @classmethod
    def from_dict(cls, value: object) -> Report:
        """Reads one host's report; raises ArtifactCorrupt naming the field."""
        return read_document(value, "ingestion", ArtifactCorrupt, cls.read)

    @classmethod
    def read(cls, document: Document) -> Report:
        """Reads what a decision needs; counts that do not add up are refused."""
        document.allow_others()
        report = cls(
            feature_group=document.text("feature_group"),
            records=document.whole("records"),
            ingested=document.whole("ingested"),
            failed=document.whole("failed"),
            refused=document.whole("refused"),
            retried=document.whole("retried"),
            seconds=document.number("seconds", 0),
            reasons=document.nested("reasons", lambda part: {name: part.whole(name) for name in part.names}),
            samples=document.items("samples", Sample.read),
        )
        if report.records != report.ingested + report.failed + report.refused:
            raise document.refuse("records", "it is not the sum of ingested, failed and refused")
        return report

    @property
    def lost(self) -> int:
        """The records that are not in the store."""
        return self.failed + self.refused


def together(reports: Sequence[Report]) -> Report:
    """The reports of all hosts as one; the job took as long as its slowest host."""
    reasons = Counter[str]()
    for report in reports:
        reasons.update(report.reasons)
    return Report(
        feature_group=reports[0].feature_group,
        records=sum(report.records for report in reports),
        ingested=sum(report.ingested for report in reports),
        failed=sum(report.failed for report in reports),
        refused=sum(report.refused for report in reports),
        retried=sum(report.retried for report in reports),
        seconds=max(report.seconds for report in reports),
        reasons=dict(reasons.most_common()),
        samples=[sample for report in reports for sample in report.samples],
    )


def summary(report: Report, max_failed_share: float) -> dict[str, Any]:
    """What the run's record carries: `complete`, or `partial` where more was lost than is tolerated."""
    is_complete = report.lost <= max_failed_share * report.records
    return {
        "status": "complete" if is_complete else "partial",
        "feature_group": report.feature_group,
        "records": report.records,
        "ingested": report.ingested,
        "failed": report.failed,
        "refused": report.refused,
        "retried": report.retried,
        "seconds": report.seconds,
        "reasons": dict(list(report.reasons.items())[:REASONS_SHOWN]),
    }


def failed(why: str) -> dict[str, Any]:
    """The same where the job ended without a report."""
    return {"status": "failed", "why": why[:WHY_CHARACTERS]}


def alert(ingestion: Mapping[str, Any], report: Report | None, dataset: str, run_id: str) -> dict[str, str]:
    """The message to people: how much is missing, why, which records, and what to do."""
    goes_on = (
        "The run goes on: training reads its own dataset. A later run of the same months fills the gaps."
    )
    if report is None:
        subject = f"{dataset}: records may be missing from the Feature Store: the job failed"
        lines = [f"Run {run_id}: {ingestion['why']}", "", goes_on]
    else:
        subject = f"{dataset}: {report.lost} of {report.records} records are not in the Feature Store"
        reasons = [f"  {count} × {reason}" for reason, count in ingestion["reasons"].items()]
        shown = [f"  {one.record_id}: {one.reason}" for one in report.samples[:SAMPLES_SHOWN]]
        lines = [f"Run {run_id}, group {report.feature_group}. {goes_on}", "", *reasons, "", *shown]
    return message(subject, lines)
