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
            job=document.nested("job", FailedJob.read) if document.has("job") else None,
            log=document.nested("log", LogTail.read) if document.has("log") else None,
            recorded_at=document.text("recorded_at"),
        )

    def to_dict(self) -> dict[str, Any]:
        """The JSON form; `from_dict` of it gives an equal record."""
        log = {**asdict(self.log), "lines": list(self.log.lines)} if self.log else None
        return {"version": VERSION, **asdict(self), "evidence": list(self.evidence), "log": log}
