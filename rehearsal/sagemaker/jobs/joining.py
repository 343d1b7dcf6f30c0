"""DataProcessing of batch transform: what of a record is sent, and what is stored with its answer.

https://docs.aws.amazon.com/sagemaker/latest/dg/batch-transform-data-processing.html
"""

from __future__ import annotations

import csv
import io
import json
from dataclasses import dataclass
from typing import Any

from rehearsal.emulator.platform import ServiceError
from rehearsal.sagemaker.jobs.record_filter import RecordFilter, compiled
from rehearsal.sagemaker.s3 import DataError

FORMATS = ("text/csv", "application/json", "application/jsonlines")


@dataclass(frozen=True)
class Joining:
    """The filters of one job, for records in CSV or in JSON."""

    is_csv: bool
    input: RecordFilter
    output: RecordFilter
    joins: bool

    @classmethod
    def of(cls, request: dict[str, Any]) -> Joining | None:
        """Read a transform job's request; None where records pass as they are. Raises ServiceError."""
        asked = request.get("DataProcessing", {})
        source, output = request["TransformInput"], request["TransformOutput"]
        found = cls(
            source.get("ContentType", "").startswith("text/csv"),
            compiled("InputFilter", asked.get("InputFilter", "$")),
            compiled("OutputFilter", asked.get("OutputFilter", "$")),
            asked.get("JoinSource") == "Input",
        )
        if found.input.is_everything and found.output.is_everything and not found.joins:
            return None
        _check_formats(source, output)
        return found

    def sent(self, record: bytes) -> bytes:
        """Return what the container gets of a record, with the line's break."""
        if self.input.is_everything:
            return record
        ending = b"\n" if record.endswith(b"\n") else b""
        if self.is_csv:
            return _csv(self.input.select_row(_row(record))) + ending
        return json.dumps(self.input.select(_json(record))).encode() + ending

    def stored(self, record: bytes, answer: bytes) -> bytes:
        """Return what is stored for a record and its answer."""
        if self.is_csv:
            row = [*_row(record), *_row(answer)] if self.joins else _row(answer)
            return _csv(self.output.select_row(row))
        joined = _joined(_json(record), _json(answer)) if self.joins else _json(answer)
        return json.dumps(self.output.select(joined)).encode()


def _check_formats(source: dict[str, Any], output: dict[str, Any]) -> None:
    for field, kind in (("ContentType", source.get("ContentType")), ("Accept", output.get("Accept"))):
        if (kind or "").partition(";")[0] not in FORMATS:
            raise ServiceError(
                "ValidationException",
                f"DataProcessing: {field} must be one of {', '.join(FORMATS)}, not {kind!r}.",
            )
    is_split = source.get("SplitType") == output.get("AssembleWith") == "Line"
    if source["ContentType"].startswith("text/csv") and not is_split:
        raise ServiceError(
            "ValidationException", "DataProcessing: text/csv needs SplitType Line and AssembleWith Line."
        )


def _joined(record: Any, answer: Any) -> dict[str, Any]:
    """Put an answer beside its record: into an object, or with what is none into a new one."""
    if isinstance(record, dict):
        return {**record, "SageMakerOutput": answer}
    return {"SageMakerInput": record, "SageMakerOutput": answer}


def _row(line: bytes) -> list[str]:
    return next(csv.reader([line.decode().rstrip("\r\n")]), [])


def _csv(row: list[str]) -> bytes:
    text = io.StringIO()
    csv.writer(text, lineterminator="").writerow(row)
    return text.getvalue().encode()


def _json(text: bytes) -> Any:
    try:
        return json.loads(text)
    except ValueError as error:
        raise DataError(f"DataProcessing: {text[:100]!r} is not JSON") from error
