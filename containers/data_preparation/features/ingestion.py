"""What became of the records of an ingestion: counts, reasons, a few samples; bounded whatever went wrong."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

MAX_SAMPLES = 100
MAX_REASONS = 20
OTHER = "other reasons"


@dataclass
class Written:
    """What became of the records of one call and its repetitions."""

    records: int
    failed: list[tuple[str, str]] = field(default_factory=list)
    retried: int = 0
    calls: int = 0


class Ingestion:
    """Adds up what was written; every record ends as ingested, failed (the service) or refused (its row)."""

    def __init__(self, group: str) -> None:
        self._group = group
        self._records = self._failed = self._refused = self._retried = self._calls = 0
        self._reasons: Counter[str] = Counter()
        self._samples: list[dict[str, str]] = []

    def add(self, written: Written) -> None:
        """Counts one call."""
        self._records += written.records
        self._retried += written.retried
        self._calls += written.calls
        self._failed += len(written.failed)
        for record_id, reason in written.failed:
            self._note(record_id, reason)

    def refuse(self, row: str, reason: str) -> None:
        """Counts a row that makes no record."""
        self._records += 1
        self._refused += 1
        self._note(row, reason)

    def to_dict(self) -> dict[str, Any]:
        """The report."""
        return {
            "feature_group": self._group,
            "records": self._records,
            "ingested": self._records - self._failed - self._refused,
            "failed": self._failed,
            "refused": self._refused,
            "retried": self._retried,
            "calls": self._calls,
            "reasons": dict(self._reasons.most_common()),
            "samples": self._samples,
        }

    def _note(self, record_id: str, reason: str) -> None:
        is_known = reason in self._reasons or len(self._reasons) < MAX_REASONS
        self._reasons[reason if is_known else OTHER] += 1
        if len(self._samples) < MAX_SAMPLES:
            self._samples.append({"record_id": record_id, "reason": reason})
