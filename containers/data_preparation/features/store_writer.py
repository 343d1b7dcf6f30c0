"""One call to the Feature Store with up to 25 records, repeated for those that may still succeed."""

from __future__ import annotations

import random
import re
import time
from collections.abc import Callable, Sequence
from typing import Any

from contracts.failures import ConfigurationRejected
from contracts.feature_group import RECORD_ID
from features.ingestion import Written
from features.records import Record

ENTRIES_PER_CALL = 25  # of BatchWriteRecord
MAX_ATTEMPTS = 8
FIRST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS = 0.1, 10.0
# The model has the last two; AWS's services throttle under any of the others, with 400 or 429.
PASSING = frozenset(
    {
        "ThrottlingException",
        "Throttling",
        "ThrottledException",
        "RequestThrottled",
        "RequestThrottledException",
        "RequestLimitExceeded",
        "TooManyRequestsException",
        "ProvisionedThroughputExceededException",
        "LimitExceededException",
        "SlowDown",
        "InternalFailure",
        "ServiceUnavailable",
    }
)
THROTTLED_STATUS = 429
# Whoever may not write, or has no group to write to, need not ask again for every record.
HOPELESS = frozenset({"AccessForbidden", "AccessDeniedException", "ResourceNotFound"})
REASON_CHARACTERS = 200


class StoreWriter:
    """Writes to one group; safe on many threads."""

    def __init__(
        self,
        client: Any,
        group: str,
        pause: Callable[[float], None] = time.sleep,
        chance: Callable[[], float] = random.random,
    ) -> None:
        self._client, self._group, self._pause, self._chance = client, group, pause, chance

    def write(self, records: Sequence[Record]) -> Written:
        """Writes the records, at most 25, and says what became of them.

        Raises ConfigurationRejected where the role may not write to the group, or there is none.
        """
        written = Written(len(records))
        pending = [{"FeatureGroupName": self._group, "Record": record} for record in records]
        for attempt in range(MAX_ATTEMPTS):
            if attempt:
                written.retried += len(pending)
                self._pause(self._chance() * min(LONGEST_PAUSE_SECONDS, FIRST_PAUSE_SECONDS * 2**attempt))
            written.calls += 1
            pending, reason = self._attempt(pending, written)
            if not pending:
                return written
        written.failed += [(id_of(entry), f"{reason}, {MAX_ATTEMPTS} times") for entry in pending]
        return written

    def _attempt(self, entries: list[dict[str, Any]], written: Written) -> tuple[list[dict[str, Any]], str]:
        """What of the entries may be tried again, and the last reason why."""
        from botocore.exceptions import BotoCoreError, ClientError

        try:
            answer = self._client.batch_write_record(Entries=entries)
        except ClientError as error:
            code, message = error.response["Error"]["Code"], error.response["Error"].get("Message", "")
            status = error.response["ResponseMetadata"]["HTTPStatusCode"]
            self._refuse_hopeless(code, message)
            if code in PASSING or status == THROTTLED_STATUS or status >= 500:
                return entries, code
            return self._one_by_one(entries, written, _reason(code, message))
        except BotoCoreError as error:  # a broken connection
            return entries, type(error).__name__
        again, reason = list(answer.get("UnprocessedEntries", ())), "left unprocessed"
        for failed in answer.get("Errors", ()):
            if failed["ErrorCode"] in PASSING:
                again, reason = [*again, failed["Entry"]], failed["ErrorCode"]
            else:
                self._refuse_hopeless(failed["ErrorCode"], failed.get("ErrorMessage", ""))
                why = _reason(failed["ErrorCode"], failed.get("ErrorMessage", ""))
                written.failed.append((id_of(failed["Entry"]), why))
        return again, reason

    def _refuse_hopeless(self, code: str, message: str) -> None:
        if code in HOPELESS:
            raise ConfigurationRejected.about("featureStore", self._group, f"{code}: {message}")

    def _one_by_one(
        self, entries: list[dict[str, Any]], written: Written, reason: str
    ) -> tuple[list[dict[str, Any]], str]:
        """A call that was refused as a whole hides which record is at fault: each is tried alone."""
        if len(entries) == 1:
            written.failed.append((id_of(entries[0]), reason))
            return [], reason
        again = list[dict[str, Any]]()
        for entry in entries:
            written.calls += 1
            left, reason = self._attempt([entry], written)
            again += left
        return again, reason


def id_of(entry: dict[str, Any]) -> str:
    """The record's id."""
    return next(
        (value["ValueAsString"] for value in entry["Record"] if value["FeatureName"] == RECORD_ID), "?"
    )


def _reason(code: str, message: str) -> str:
    """The reason without what is the record's own, so that equal reasons are counted together."""
    return re.sub(r"'[^']{0,300}'", "'…'", f"{code}: {message}")[:REASON_CHARACTERS]
