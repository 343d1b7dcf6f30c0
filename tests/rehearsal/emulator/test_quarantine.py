"""The quarantine at every call it makes to the embedded S3: stopped there and begun again, or overtaken there
by somebody who lands the file again. Nothing is lost, and what is told is the same."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from contracts.artifacts import RunKeys, dead_letter_key, incoming_key, incoming_prefix, report_key
from contracts.file_report import FileReport, Violation
from contracts.landed import document_of, listed
from contracts.landing import mark_of
from functions.data_preparation.quarantine_files import handler, quarantine
from tests.rehearsal.conftest import Account

MONTHS = ("2013-01", "2013-02")
VIOLATION = Violation(column="carrier", rule="present", seen="not among: year", allowed="present")
MOMENTS = ("before-send", "after-call")  # the call has no effect yet, or its answer is lost
MENDED = b"mended"


class StoppedError(BaseException):
    """The process has gone: nothing that catches an Exception runs any more."""


def stop(**_: Any) -> None:
    raise StoppedError


class Landing:
    """A versioned bucket in which each dataset has the files of one refused run, and the plan of that run."""

    def __init__(self, account: Account, monkeypatch: pytest.MonkeyPatch) -> None:
        self._account, self.s3, self.bucket = account, account.client("s3"), account.bucket(account.key())
        self.calls, self._datasets = 0, iter(range(10_000))
        versioned = {"Status": "Enabled"}
        self.s3.put_bucket_versioning(Bucket=self.bucket, VersioningConfiguration=versioned)
        monkeypatch.setenv("ARTIFACTS_BUCKET", self.bucket)
        monkeypatch.setattr(handler, "client", lambda _: self.s3)

    def refused(self) -> str:
        """A dataset whose files a run has refused."""
        dataset = f"flights{next(self._datasets)}"
        for key in keys_of(dataset):
            report = FileReport(file=key, rows=1, violations=(VIOLATION,))
            self.put(key, key.encode())
            self.put(f"reports/{key}", json.dumps(report.to_dict()).encode())
        plan = document_of(listed(self.s3, self.bucket, incoming_prefix(dataset)))
        self.put(RunKeys(dataset).landed, json.dumps(plan).encode())
        return dataset

    def put(self, key: str, body: bytes) -> None:
        self.s3.put_object(Bucket=self.bucket, Key=key, Body=body)

    def run(self, dataset: str, moment: str = "", at: int = 0, act: Callable[..., None] = stop) -> Any:
        """The handler's answer; `act` happens at the nth call, before or after its effect."""
        failed = [{"key": key, "report_uri": f"s3://{self.bucket}/reports/{key}"} for key in keys_of(dataset)]
        same = {"version": 1, "sha256": "0" * 64, "changed": None}
        event = {"run": {"id": dataset}, "data": {"dataset": dataset}, "failed": failed, "contract": same}
        counter = self._counting(at, act)
        self.s3.meta.events.register(f"{moment or MOMENTS[0]}.s3", counter)
        try:
            return handler.handle(event, None)
        finally:
            self.s3.meta.events.unregister(f"{moment or MOMENTS[0]}.s3", counter)

    def _counting(self, at: int, act: Callable[..., None]) -> Callable[..., None]:
        self.calls = 0

        def count(**_: Any) -> None:
            self.calls += 1
            if self.calls == at:
                act()

        return count

    def bodies(self, dataset: str) -> dict[str, bytes]:
        """What lies below the dataset's two prefixes now, without its name in the keys."""
        prefixes = (incoming_prefix(dataset), f"dead-letter/{dataset}/")
        keys = [one.key for prefix in prefixes for one in listed(self.s3, self.bucket, prefix)]
        return {key.replace(dataset, "-"): self._body(key) for key in keys}

    def versions(self, key: str) -> list[bytes]:
        """Every version of a key that the bucket keeps."""
        found = self.s3.list_object_versions(Bucket=self.bucket, Prefix=key).get("Versions", ())
        return [self._body(key, VersionId=one["VersionId"]) for one in found if one["Key"] == key]

    def _body(self, key: str, **version: str) -> bytes:
        return bytes(self.s3.get_object(Bucket=self.bucket, Key=key, **version)["Body"].read())


def keys_of(dataset: str) -> list[str]:
    return [incoming_key(dataset, month, "parquet") for month in MONTHS]


def part_of(dataset: str) -> list[str]:
    return [f"{incoming_prefix(dataset)}{MONTHS[0]}/part-0.parquet"]


@pytest.fixture
def landing(aws: Account, monkeypatch: pytest.MonkeyPatch) -> Iterator[Landing]:
    yield Landing(aws, monkeypatch)


def plain(answer: Any, dataset: str) -> Any:
    return json.loads(json.dumps(answer).replace(dataset, "-"))


@pytest.mark.filterwarnings("ignore:No application metrics")
@pytest.mark.parametrize("moment", MOMENTS)
def test_stopped_at_any_call_and_begun_again_it_ends_as_if_nothing_had_been(
    landing: Landing, moment: str
) -> None:
    first = landing.refused()
    answer, calls = landing.run(first), landing.calls
    assert calls > 12, "it counts all of them"
    for at in range(1, calls + 1):
        dataset = landing.refused()
        with pytest.raises(StoppedError):
            landing.run(dataset, moment, at)
        left = set(landing.bodies(dataset).values())
        assert {key.encode() for key in keys_of(dataset)} <= left, f"a file is lost at call {at}"
        assert plain(landing.run(dataset), dataset) == plain(answer, first), f"another alert at call {at}"
        ended = {key: body.replace(dataset.encode(), b"-") for key, body in landing.bodies(dataset).items()}
        expected = {key: body.replace(first.encode(), b"-") for key, body in landing.bodies(first).items()}
        assert ended == expected, f"another end at call {at}"


@pytest.mark.filterwarnings("ignore:No application metrics")
@pytest.mark.parametrize("moment", MOMENTS)
def test_stopped_at_any_call_no_month_in_parts_is_closed_that_lost_one(
    landing: Landing, moment: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys.modules[__name__], "keys_of", part_of)
    landing.run(landing.refused())
    for at in range(1, landing.calls + 1):
        dataset = landing.refused()
        mark, part = mark_of(dataset, MONTHS[0]), part_of(dataset)[0]
        landing.put(mark, b"")
        with pytest.raises(StoppedError):
            landing.run(dataset, moment, at)
        left = {one.key for one in listed(landing.s3, landing.bucket, incoming_prefix(dataset))}
        assert part in left or mark not in left, f"closed without the part at call {at}"


def test_landed_again_at_any_call_the_new_file_stays_and_the_refused_one_is_kept(landing: Landing) -> None:
    landing.run(landing.refused())
    for at in range(1, landing.calls + 1):
        dataset = landing.refused()
        key = keys_of(dataset)[0]
        answer = landing.run(dataset, MOMENTS[1], at, lambda key=key: landing.put(key, MENDED))
        lies_there = landing.bodies(dataset).get(key.replace(dataset, "-"))
        assert lies_there == MENDED, f"the new file is gone at call {at}"
        dead = dead_letter_key(dataset, dataset, key)
        assert MENDED not in landing.versions(dead), f"the new file was taken for the old at call {at}"
        assert key.encode() in landing.versions(key) + landing.versions(dead)
        assert answer["moved"][key] in (quarantine.LANDED_AGAIN, dead)


def test_a_file_that_somebody_removed_is_not_said_to_lie_in_the_dead_letters(landing: Landing) -> None:
    dataset = landing.refused()
    key = keys_of(dataset)[0]
    landing.s3.delete_object(Bucket=landing.bucket, Key=key)
    assert landing.run(dataset)["moved"][key] == quarantine.REMOVED
    assert landing.versions(key) == [key.encode()]


def test_a_file_too_large_for_one_copy_is_moved_in_parts(
    landing: Landing, monkeypatch: pytest.MonkeyPatch
) -> None:
    mib = 1024**2
    monkeypatch.setattr(quarantine, "ONE_COPY_BYTES", 5 * mib)
    monkeypatch.setattr(quarantine, "PART_BYTES", 5 * mib)
    dataset = landing.refused()
    key, body = keys_of(dataset)[0], bytes(range(256)) * (11 * mib // 256)
    landing.put(key, body)
    tags = [{"Key": "source", "Value": "a & b"}]
    landing.s3.put_object_tagging(Bucket=landing.bucket, Key=key, Tagging={"TagSet": tags})
    plan = document_of(listed(landing.s3, landing.bucket, incoming_prefix(dataset)))
    landing.put(RunKeys(dataset).landed, json.dumps(plan).encode())
    dead = dead_letter_key(dataset, dataset, key)
    assert landing.run(dataset)["moved"][key] == dead
    assert landing.bodies(dataset)[dead.replace(dataset, "-")] == body
    head = landing.s3.head_object(Bucket=landing.bucket, Key=dead)
    assert head["ETag"].endswith('-3"'), "three parts"
    assert landing.s3.get_object_tagging(Bucket=landing.bucket, Key=dead)["TagSet"] == tags
    assert report_key(dead).replace(dataset, "-") in landing.bodies(dataset)
