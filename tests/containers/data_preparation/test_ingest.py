"""Records reach the store; what does not is said with its reason."""

from __future__ import annotations

import io
import json
import sys
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime
from types import SimpleNamespace

import pyarrow as pa
import pytest
from botocore.exceptions import ClientError, EndpointConnectionError

from contracts.dataset import Contract
from contracts.failures import ConfigurationRejected
from contracts.landed import document_of, listed


def failure(code, status=400, message="no"):
    response = {"Error": {"Code": code, "Message": message}, "ResponseMetadata": {"HTTPStatusCode": status}}
    return ClientError(response, "BatchWriteRecord")


class Store:
    """Keeps what it is given; `behave` says for every call what goes wrong with it."""

    def __init__(self, behave=lambda _call, _entries: {}):
        self.records, self.sizes, self._behave = [], [], behave

    def batch_write_record(self, Entries):  # noqa: N803
        self.sizes.append(len(Entries))
        answer = self._behave(len(self.sizes), Entries)
        lost = list(answer.get("UnprocessedEntries", ()))
        lost += [error["Entry"] for error in answer.get("Errors", ())]
        self.records += [entry["Record"] for entry in Entries if entry not in lost]
        return answer


def raising(error):
    def behave(_call, _entries):
        raise error

    return behave


def writer(store, pauses=None):
    from features.store_writer import StoreWriter

    return StoreWriter(store, "flights-v1", (pauses if pauses is not None else []).append, lambda: 1.0)


def some(count):
    return [[{"FeatureName": "record_id", "ValueAsString": str(number)}] for number in range(count)]


def as_dict(record):
    return {value["FeatureName"]: value["ValueAsString"] for value in record}


def test_what_was_left_undone_is_tried_again_with_growing_pauses():
    store, pauses = Store(lambda call, entries: {"UnprocessedEntries": entries[: 4 - call]}), []
    written = writer(store, pauses).write(some(25))
    assert (written.failed, written.calls, written.retried) == ([], 4, 6)
    assert store.sizes == [25, 3, 2, 1] and len(store.records) == 25
    assert pauses == [one * pauses[0] for one in (1, 2, 4)] and pauses[0] > 0


def test_a_record_that_is_throttled_for_good_fails_after_a_bounded_number_of_attempts():
    store, pauses = Store(lambda _call, entries: {"UnprocessedEntries": entries}), []
    written = writer(store, pauses).write(some(2))
    assert written.failed == [(str(one), "left unprocessed, 8 times") for one in range(2)]
    assert len(store.sizes) == 8 and pauses[-2:] == [6.4, 10.0], "no pause is longer than ten seconds"


def test_a_refused_record_is_named_with_its_reason_and_not_tried_again():
    def behave(_call, entries):
        return {
            "Errors": [{"Entry": entries[1], "ErrorCode": "ValidationError", "ErrorMessage": "'x' is bad"}]
        }

    written = writer(Store(behave)).write(some(3))
    assert (written.failed, written.calls) == ([("1", "ValidationError: '…' is bad")], 1)


@pytest.mark.parametrize(
    "error",
    [
        failure("ThrottlingException"),
        failure("TooManyRequestsException"),
        failure("Unknown", 429),
        failure("Unknown", 500),
        failure("Unknown", 503),
        EndpointConnectionError(endpoint_url="x"),
    ],
    ids=str,
)
def test_a_call_that_broke_down_is_repeated_as_a_whole(error):
    def behave(call, _entries):
        if call == 1:
            raise error
        return {}

    store = Store(behave)
    assert writer(store).write(some(3)).failed == [] and store.sizes == [3, 3]


def test_a_call_refused_as_a_whole_is_taken_apart_to_find_the_record_at_fault():
    def behave(_call, entries):
        if any(entry["Record"][0]["ValueAsString"] == "2" for entry in entries):
            raise failure("ValidationError")
        return {}

    store = Store(behave)
    written = writer(store).write(some(4))
    assert (written.failed, written.calls) == ([("2", "ValidationError: no")], len(store.sizes))
    assert len(store.records) == 3


@pytest.mark.parametrize("code", ["AccessForbidden", "ResourceNotFound"])
def test_a_store_that_cannot_be_written_ends_the_job_at_once(code):
    with pytest.raises(ConfigurationRejected, match=rf"flights-v1.*{code}"):
        writer(Store(raising(failure(code)))).write(some(3))


def test_a_record_that_no_other_could_fare_better_than_ends_the_job_too():
    def behave(_call, entries):
        error = {"Entry": entries[0], "ErrorCode": "AccessForbidden", "ErrorMessage": "no"}
        return {"Errors": [error]}

    with pytest.raises(ConfigurationRejected, match=r"flights-v1.*AccessForbidden"):
        writer(Store(behave)).write(some(3))


def test_the_report_stays_small_whatever_went_wrong():
    from features.ingestion import Ingestion, Written

    ingestion = Ingestion("flights-v1")
    for number in range(1000):
        ingestion.add(Written(1, [(str(number), f"reason {number}")], calls=1))
    report = ingestion.to_dict()
    assert (report["records"], report["failed"], report["ingested"]) == (1000, 1000, 0)
    assert len(report["samples"]) == 100 and len(report["reasons"]) == 21
    assert report["reasons"]["other reasons"] == 980


class Landing:
    """The S3 that the run's plan was made from: a listing of these files, and the plan itself."""

    def __init__(self, folder):
        self.listing = [
            {
                "Key": f"incoming/flights/{path.name}",
                "Size": path.stat().st_size,
                "ETag": path.name,
                "LastModified": datetime(2026, 1, 1, tzinfo=UTC),
            }
            for path in sorted(folder.iterdir())
        ]
        self._plan = json.dumps(document_of(listed(self, "landing", "incoming/flights/")))

    def get_object(self, **_):
        return {"Body": io.BytesIO(self._plan.encode())}

    def get_paginator(self, _):
        return SimpleNamespace(paginate=lambda **_: [{"Contents": self.listing}])


@pytest.fixture
def landing(landed):
    return Landing(landed)


@pytest.fixture
def ingested(job, landed, landing, contract_file, monkeypatch):
    """Runs the job in this process on two real months, against a store in memory."""
    from features import ingest
    from features.__main__ import main

    job.put(landed, "processing/input/landed")
    job.put(contract_file, "processing/input/contract/contract.json")
    given = {"FEATURE_GROUP": "flights-v1", "RUN_ID": "run-1", "ARTIFACTS_BUCKET": "artifacts"}
    for name, value in {"OPT_ML": str(job.root), **given}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(ingest, "storage_client", lambda: landing)
    monkeypatch.setattr(sys, "argv", ["features", "ingest"])

    def run(store):
        monkeypatch.setattr(ingest, "runtime_client", lambda: store)
        return main()

    return run


def test_a_job_writes_every_row_once_and_reports_it(job, ingested, landed):
    store = Store()
    assert ingested(store) == 0
    report = job.read("processing/output/ingestion/localhost.json")
    rows = sum(pa.parquet.read_metadata(path).num_rows for path in landed.iterdir())
    assert report["records"] == report["ingested"] == rows == len(store.records)
    assert max(store.sizes) == 25
    keys = Counter(as_dict(record)["record_id"] for record in store.records)
    assert max(keys.values()) == 1, "the contract's primary key tells flights apart"


def test_records_of_many_values_are_held_in_smaller_numbers(landed, contract_file):
    from features import ingest
    from features.ingestion import Ingestion

    contract = Contract.from_json(contract_file.read_bytes())
    distance = next(one for one in contract.features if one.name == "distance")
    wide = replace(contract, features=tuple(replace(distance, name=f"d{number}") for number in range(997)))
    path = sorted(landed.iterdir())[0]
    sizes = [
        [len(chunk) for chunk in ingest.chunks(one, path.name, path, "run-1", Ingestion("g"))]
        for one in (contract, wide)
    ]
    assert (len(sizes[0]), sizes[1][0]) == (1, 1_000)
    assert sum(sizes[0]) == sum(sizes[1]) == pa.parquet.read_metadata(path).num_rows


def test_a_job_that_may_not_write_says_so_where_sagemaker_shows_it(job, ingested):
    assert ingested(Store(raising(failure("AccessForbidden", 403)))) == 1
    message = job.read("output/message")
    assert message["error"] == "ConfigurationRejected" and "flights-v1" in message["message"]


@pytest.mark.parametrize("change", ["written again", "gone"])
def test_not_a_record_is_written_of_a_file_that_was_replaced_since_it_was_judged(
    job, ingested, landing, change
):
    store, changed = Store(), landing.listing.pop(0)
    if change == "written again":
        landing.listing.append({**changed, "ETag": "another"})
    assert ingested(store) == 1 and store.sizes == []
    message = job.read("output/message")
    assert message["error"] == "DataReplaced" and changed["Key"] in message["message"]


def test_a_month_that_this_host_does_not_write_may_be_replaced(job, ingested, landing):
    landing.listing[0]["ETag"] = "another"
    first = landing.listing[0]["Key"].rpartition("/")[2]
    (job.root / "processing/input/landed" / first).unlink()
    assert ingested(Store()) == 0


@pytest.mark.parametrize(("hosts", "code"), [(["algo-1"], 1), (["algo-1", "algo-2"], 0)])
def test_only_one_of_several_hosts_may_be_given_no_file(job, ingested, hosts, code):
    for path in (job.root / "processing/input/landed").iterdir():
        path.unlink()
    (job.root / "config").mkdir()
    config = {"current_host": "algo-1", "hosts": hosts}
    (job.root / "config/resourceconfig.json").write_text(json.dumps(config))
    assert ingested(Store()) == code
    if not code:
        assert job.read("processing/output/ingestion/algo-1.json")["records"] == 0


def test_a_job_without_a_group_says_which_variable_is_missing(job, ingested, monkeypatch):
    monkeypatch.delenv("FEATURE_GROUP")
    assert ingested(Store()) == 1
    assert json.loads((job.root / "output/message").read_text())["message"].startswith("FEATURE_GROUP is")
