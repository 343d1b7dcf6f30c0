"""What the reports of an ingestion say together, when somebody is told, and what is no report."""

from __future__ import annotations

import json
from typing import Any

import pytest

from contracts.artifacts import RunKeys
from contracts.failures import ArtifactCorrupt
from functions.data_preparation.report_ingestion import arrival, handler

KEY = "incoming/flights/2013-01.parquet"
EVENT = {"run": {"id": "r"}, "data": {"dataset": "flights"}, "failure": None}


def host(records: int = 100, failed: int = 0, refused: int = 0, **more: Any) -> dict[str, Any]:
    return {
        "feature_group": "flights-v1",
        "records": records,
        "ingested": records - failed - refused,
        "failed": failed,
        "refused": refused,
        "retried": 2,
        "calls": 4,
        "seconds": 1.5,
        "reasons": {"ValidationError: bad": failed} if failed else {},
        "samples": [{"record_id": "a|b", "reason": "ValidationError: bad"}] if failed else [],
        **more,
    }


@pytest.fixture
def report(fake_s3: Any, environment: pytest.MonkeyPatch, plan_run: Any) -> Any:
    environment.setattr(handler, "client", lambda _: fake_s3)
    plan_run(KEY)

    def run(*hosts: dict[str, Any], share: str = "0", failure: Any = None) -> Any:
        environment.setenv("MAX_FAILED_SHARE", share)
        for number, one in enumerate(hosts):
            fake_s3.put_object(
                "artifacts", f"{RunKeys('r').ingestion}algo-{number}.json", json.dumps(one).encode()
            )
        return handler.handle({**EVENT, "failure": failure}, None)

    return run


def test_the_hosts_of_a_job_are_added_up_and_the_slowest_counts(report: Any) -> None:
    ingestion = report(host(), host(50, seconds=9.0))["ingestion"]
    assert (ingestion["status"], ingestion["records"], ingestion["ingested"]) == ("complete", 150, 150)
    assert (ingestion["retried"], ingestion["seconds"]) == (4, 9.0)


def test_a_lost_record_is_told_with_its_reason_and_its_id(report: Any) -> None:
    answer = report(host(failed=3, refused=1))
    assert answer["ingestion"]["status"] == "partial"
    assert answer["alert"]["subject"] == "flights: 4 of 100 records are not in the Feature Store"
    assert "3 × ValidationError: bad" in answer["alert"]["message"]
    assert "a|b: ValidationError: bad" in answer["alert"]["message"]


@pytest.mark.parametrize(("share", "status"), [("0.04", "complete"), ("0.039", "partial")])
def test_as_many_may_be_lost_as_the_setting_says(report: Any, share: str, status: str) -> None:
    assert report(host(failed=4), share=share)["ingestion"]["status"] == status


def test_a_job_whose_file_had_gone_before_it_was_downloaded_is_told_as_replaced(
    report: Any, fake_s3: Any
) -> None:
    fake_s3.delete_object("landing", KEY)
    described = {"ProcessingJobStatus": "Failed", "FailureReason": "ClientError: Data download failed"}
    answer = report(failure={"Error": "States.TaskFailed", "Cause": json.dumps(described)})
    assert answer["ingestion"]["status"] == "failed"
    assert answer["ingestion"]["why"].startswith(f"DataReplaced: {KEY} has gone")
    assert f"{KEY} has gone" in answer["alert"]["message"]


def test_what_the_container_wrote_is_told_and_not_the_description_around_it(
    report: Any, fake_s3: Any
) -> None:
    fake_s3.put_object("landing", KEY, b"another")
    written = json.dumps({"error": "ConfigurationRejected", "message": "the role may not write"})
    described = {"FailureReason": "AlgorithmError: , exit code: 1", "ExitMessage": written}
    answer = report(failure={"Error": "States.TaskFailed", "Cause": json.dumps(described)})
    assert answer["ingestion"]["why"] == "ConfigurationRejected: the role may not write"


def test_a_job_that_failed_is_reported_with_its_error(report: Any) -> None:
    answer = report(failure={"Error": "States.TaskFailed", "Cause": "AlgorithmError: " + "x" * 999})
    assert answer["ingestion"]["status"] == "failed"
    assert answer["ingestion"]["why"].startswith("States.TaskFailed: AlgorithmError")
    assert len(answer["ingestion"]["why"]) == 300 and "goes on" in answer["alert"]["message"]


def test_a_job_without_a_report_is_no_success(report: Any) -> None:
    assert report()["ingestion"] == {
        "status": "failed",
        "why": "DataMissing: the job ended without a report; see its log",
    }


@pytest.mark.filterwarnings("ignore:No application metrics")
@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"ingested": 7}, r"ingestion\.records is 100: it is not the sum"),
        ({"reasons": 5}, r"ingestion\.reasons is 5: it must be an object"),
        ({"reasons": {"late": "often"}}, r"ingestion\.reasons\.late is .often.: .*whole number"),
        ({"samples": [{"record_id": "a"}]}, r"ingestion\.samples\[0\]\.reason is missing"),
    ],
)
def test_a_report_that_makes_no_sense_is_refused_by_its_field(
    report: Any, change: dict[str, Any], words: str
) -> None:
    with pytest.raises(ArtifactCorrupt, match=words):
        report(host(**change))


def test_the_alert_is_short_however_many_records_were_lost() -> None:
    samples = [{"record_id": str(number), "reason": "r" * 200} for number in range(100)]
    reasons = {f"reason {number}": 1 for number in range(20)}
    lost = arrival.Report.from_dict(host(failed=20, reasons=reasons, samples=samples))
    message = arrival.alert(arrival.summary(lost, 0), lost, "flights", "r")["message"]
    assert message.count("reason ") == 5 and len(message) < 4_000


def test_the_counts_are_published_as_metrics(report: Any, capsys: pytest.CaptureFixture[str]) -> None:
    report(host(failed=3))
    line = next(one for one in capsys.readouterr().out.splitlines() if "CloudWatchMetrics" in one)
    published = json.loads(line)
    assert (published["RecordsIngested"], published["RecordsNotIngested"]) == ([97.0], [3.0])
    assert published["_aws"]["CloudWatchMetrics"][0]["Dimensions"] == [["service"]]
