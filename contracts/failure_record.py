"""The failure record of a run, `pipeline/<run>/failure.json`: what a person needs before opening a console.

Its fields are described in docs/failure-record.md.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from contracts.document import Document, read_document
from contracts.failures import ROOTS, ArtifactCorrupt
from contracts.run import Outcome

VERSION = 1
ROOT_NAMES = tuple(root.__name__ for root in ROOTS)


@dataclass(frozen=True, kw_only=True)
class FailedJob:
    """The SageMaker job that failed last in the stage; `reason` is SageMaker's text, or empty."""

    kind: str
    name: str
    status: str
    reason: str
    instance_type: str
    is_spot: bool

    @classmethod
    def read(cls, document: Document) -> FailedJob:
        """Reads `job`."""
        return cls(
            kind=document.text("kind"),
            name=document.text("name"),
            status=document.text("status"),
            reason=document.text("reason", r"(?s).*"),
            instance_type=document.text("instance_type"),
            is_spot=document.flag("is_spot"),
        )


@dataclass(frozen=True, kw_only=True)
class LogTail:
    """The last lines that the job printed, oldest first, without what looks like a secret."""

    group: str
    stream: str
    lines: tuple[str, ...]

    @classmethod
    def read(cls, document: Document) -> LogTail:
        """Reads `log`."""
        lines = document.value("lines")
        if not isinstance(lines, list | tuple) or not all(isinstance(line, str) for line in lines):
            raise document.refuse("lines", "it must be a list of strings")
        return cls(group=document.text("group"), stream=document.text("stream"), lines=tuple(lines))


@dataclass(frozen=True, kw_only=True)
class Effort:
    """What a run's training jobs took together, on all their hosts. `lost_seconds` were trained for nothing:
    all of them once training has failed; null where that isn't known."""

    attempts: int
    spot_windows: int
    interruptions: int
    training_seconds: int
    billable_seconds: int
    lost_seconds: int | None
    cost_usd: float

    @classmethod
    def read(cls, document: Document) -> Effort:
        """Reads `effort`."""
        names = ("attempts", "spot_windows", "interruptions", "training_seconds", "billable_seconds")
        return cls(
            **{name: document.whole(name) for name in names},
            lost_seconds=document.whole("lost_seconds") if document.has("lost_seconds") else None,
            cost_usd=float(document.number("cost_usd")),
        )

    @property
    def text(self) -> str:
        """One line for people."""
        jobs = f"{self.attempts} training job{'s' if self.attempts > 1 else ''}, {self.spot_windows} on spot"
        breaks = f", {self.interruptions} interruptions" if self.interruptions else ""
        trained, billed = spoken(self.training_seconds), spoken(self.billable_seconds)
        lost = ""
        if self.lost_seconds is not None:
            is_all = self.lost_seconds == self.training_seconds
            lost = f", {'all of it' if is_all else spoken(self.lost_seconds)} lost"
        return f"{jobs}{breaks}; {trained} trained{lost}; {billed} billed, ${self.cost_usd:.4f}"


@dataclass(frozen=True, kw_only=True)
class FailureRecord:
    """One run's failure. `error` is its class (contracts/failures.py) and `root` says what may help."""

    run_id: str
    execution_arn: str
    outcome: str
    stage: str
    error: str
    root: str
    why: str
    next_step: str
    evidence: tuple[str, ...]
    failed_jobs: int
    effort: Effort | None
    job: FailedJob | None
    log: LogTail | None
    recorded_at: str

    @classmethod
    def from_dict(cls, value: object) -> FailureRecord:
        """Reads the JSON form; raises ArtifactCorrupt naming the field, also for another version."""
        return read_document(value, "failure record", ArtifactCorrupt, cls.read)

    @classmethod
    def read(cls, document: Document) -> FailureRecord:
        """Reads the record."""
        document.whole("version", VERSION, VERSION)
        return cls(
            run_id=document.text("run_id"),
            execution_arn=document.text("execution_arn"),
            outcome=document.one_of("outcome", list(Outcome)),
            stage=document.text("stage"),
            error=document.text("error"),
            root=document.one_of("root", ROOT_NAMES),
            why=document.text("why"),
            next_step=document.text("next_step"),
            evidence=document.texts("evidence"),
            failed_jobs=document.whole("failed_jobs"),
            effort=document.nested("effort", Effort.read) if document.has("effort") else None,
            job=document.nested("job", FailedJob.read) if document.has("job") else None,
            log=document.nested("log", LogTail.read) if document.has("log") else None,
            recorded_at=document.text("recorded_at"),
        )

    def to_dict(self) -> dict[str, Any]:
        """The JSON form; `from_dict` of it gives an equal record."""
        log = {**asdict(self.log), "lines": list(self.log.lines)} if self.log else None
        return {"version": VERSION, **asdict(self), "evidence": list(self.evidence), "log": log}


def spoken(seconds: int) -> str:
    """A duration as people say it: 40 s, 35 min, 2.5 h."""
    if seconds < 120:
        return f"{seconds} s"
    return f"{seconds / 60:.0f} min" if seconds < 7200 else f"{seconds / 3600:.1f} h"
