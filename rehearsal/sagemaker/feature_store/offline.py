"""The offline store of one group: records buffered, then Parquet files under hours of event time, as AWS lays
them out. AWS writes within 15 minutes; here the buffer waits a scaled minute."""

from __future__ import annotations

import io
import logging
import secrets
import threading
from collections import defaultdict
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from rehearsal.sagemaker.account import Account
from rehearsal.sagemaker.s3 import DataError, Files
from rehearsal.sagemaker.store import Record

logger = logging.getLogger(__name__)
WRITE_AFTER_SECONDS = 60.0
UPLOADS_AT_ONCE = 4
HOUR = "year=%Y/month=%m/day=%d/hour=%H"


@dataclass(frozen=True)
class Row:
    """One line of the offline store: a record as it came, or the marker of a deletion."""

    values: Mapping[str, str]
    moment: float
    invoked_at: float
    is_deleted: bool = False


class OfflineStore:
    """Buffers rows and writes them with the group's own role."""

    def __init__(self, account: Account, record: Record, files: Files) -> None:
        self._account, self._record, self._files = account, record, files
        self._rows: list[Row] = []
        self._lock = threading.Lock()
        self._writing = threading.Lock()
        self._timer: threading.Timer | None = None

    def add(self, row: Row) -> None:
        """Buffer a row; the buffer is written a while after its first."""
        with self._lock:
            self._rows.append(row)
            if self._timer is None:
                self._timer = threading.Timer(self._account.scaled(WRITE_AFTER_SECONDS), self.flush)
                self._timer.daemon = True
                self._timer.start()

    def flush(self) -> None:
        """Write the buffer, a file an hour; a role that may not write blocks the store, and rows wait."""
        with self._writing:
            with self._lock:
                rows, self._rows, self._timer = self._rows, [], None
            hours = defaultdict[str, list[Row]](list)
            for row in rows:
                hours[f"{datetime.fromtimestamp(row.moment, UTC):year=%Y/month=%m/day=%d/hour=%H}"].append(
                    row
                )
            try:
                with ThreadPoolExecutor(UPLOADS_AT_ONCE) as uploads:
                    list(uploads.map(self._write, hours, hours.values()))
            except DataError as error:
                self._block(str(error), rows)

    def close(self) -> None:
        """Forget what is buffered: the account goes with it."""
        with self._lock:
            timer, self._timer = self._timer, None
            self._rows = []
        if timer:
            timer.cancel()

    def _block(self, reason: str, rows: list[Row]) -> None:
        logger.warning("the offline store of %s is blocked: %s", self._record.name, reason)
        self._record.update(OfflineStoreStatus={"Status": "Blocked", "BlockedReason": reason[:2048]})
        with self._lock:
            self._rows = [*rows, *self._rows]

    def _write(self, hour: str, rows: list[Row]) -> None:
        latest = datetime.fromtimestamp(max(row.moment for row in rows), UTC)
        name = f"{latest:%Y%m%dT%H%M%SZ}_{secrets.token_hex(8)}.parquet"
        storage = self._record.details["OfflineStoreConfig"]["S3StorageConfig"]
        body = parquet(self._record.details["FeatureDefinitions"], rows, datetime.now(UTC))
        self._files.write(body, f"{storage['ResolvedOutputS3Uri']}/{hour}/{name}", storage.get("KmsKeyId"))


def parquet(definitions: Iterable[Mapping[str, str]], rows: list[Row], written_at: datetime) -> bytes:
    """The rows as one Parquet file: the features by type, then what the service adds to each record."""
    # Only a rehearsal that uses the store needs Arrow in the emulator.
    import pyarrow as pa
    import pyarrow.parquet as pq

    types = {"Integral": pa.int64(), "Fractional": pa.float64(), "String": pa.string()}
    readers: dict[str, Any] = {"Integral": int, "Fractional": float, "String": str}
    columns = {}
    for one in definitions:
        name, kind = one["FeatureName"], one["FeatureType"]
        texts = (row.values.get(name) for row in rows)
        read = readers[kind]
        columns[name] = pa.array([None if text is None else read(text) for text in texts], types[kind])
    moment = pa.timestamp("ms", tz="UTC")
    columns["write_time"] = pa.array([written_at] * len(rows), moment)
    columns["api_invocation_time"] = pa.array([int(row.invoked_at * 1000) for row in rows], moment)
    columns["is_deleted"] = pa.array([row.is_deleted for row in rows])
    buffer = io.BytesIO()
    pq.write_table(pa.table(columns), buffer)
    return buffer.getvalue()
