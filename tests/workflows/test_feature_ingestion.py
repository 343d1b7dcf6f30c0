"""The ingestion run in virtual time: it tells what went wrong, and nothing that goes wrong ends the run."""

from __future__ import annotations

from typing import Any

import pytest

from tests.workflows.test_data_preparation import DATA, JUDGED, PLAN, RUN, validated

INGESTION = {
    "inputs": [{"InputName": "landed"}],
    "cluster": {"InstanceCount": 1, "InstanceType": "ml.m5.xlarge", "VolumeSizeInGB": 30},
    "environment": {"FEATURE_GROUP": "flights-v1", "RUN_ID": "run-1"},
}
ALERT = {"subject": "flights: 7 of 10", "message": "7 x ValidationError"}
COMPLETED = {"ProcessingJobName": "job", "ProcessingJobStatus": "Completed"}


def reported(status: str) -> dict[str, Any]:
    return {"Payload": {"ingestion": {"status": status, "records": 10}, "alert": ALERT}}


@pytest.fixture
def ingest(run_workflow: Any) -> Any:
    def run(**answers: Any) -> Any:
        usual = {
            "WriteRecords": COMPLETED,
            "ReportIngestion": reported("complete"),
            "PublishIngestion": {"MessageId": "1"},
        }
        value = {"run": RUN, "data": DATA, "ingestion": INGESTION}
        return run_workflow("1b_feature_ingestion", value, {**usual, **answers})

    return run


def test_the_job_calls_the_store_inside_the_network_under_its_own_role(ingest: Any) -> None:
    request = ingest().script.arguments_of("WriteRecords")[0]
    assert request["AppSpecification"]["ContainerArguments"] == ["ingest"]
    assert request["RoleArn"].endswith(":IngestionRoleArn")
    assert request["Environment"] == INGESTION["environment"]
    assert not request["NetworkConfig"]["EnableNetworkIsolation"] and request["NetworkConfig"]["VpcConfig"]


def test_records_that_all_arrived_are_told_to_nobody(ingest: Any) -> None:
    outcome = ingest()
    assert outcome.output == {"ingestion": {"status": "complete", "records": 10}}
    assert not outcome.script.arguments_of("PublishIngestion")


def test_records_that_are_missing_are_told_and_end_nothing(ingest: Any) -> None:
    outcome = ingest(ReportIngestion=reported("partial"))
    assert outcome.script.arguments_of("PublishIngestion")[0]["Subject"] == ALERT["subject"]
    assert outcome.output["ingestion"]["status"] == "partial"


@pytest.mark.parametrize("how", ["stopped", "broken"])
def test_a_job_without_success_is_reported_with_its_reason(ingest: Any, states_error: Any, how: str) -> None:
    stopped = {"ProcessingJobName": "job", "ProcessingJobStatus": "Stopped"}
    ended = stopped if how == "stopped" else states_error("States.TaskFailed", "AlgorithmError")
    failure = ingest(WriteRecords=ended).script.arguments_of("ReportIngestion")[0]["Payload"]["failure"]
    cause = {"stopped": "job ended as Stopped", "broken": "AlgorithmError"}[how]
    assert failure["Cause"] == cause


def test_a_report_that_cannot_be_made_fails_the_ingestion(ingest: Any, states_error: Any) -> None:
    assert ingest(ReportIngestion=states_error("ArtifactCorrupt", "no sum")).error == "PreparationFailed"


def test_an_alert_that_cannot_be_sent_does_not_undo_the_report(ingest: Any, states_error: Any) -> None:
    refused = states_error("SNS.NotFoundException", "no topic")
    assert ingest(ReportIngestion=reported("partial"), PublishIngestion=refused).status == "SUCCEEDED"


@pytest.fixture
def prepare(run_workflow: Any) -> Any:
    def run(answer: Any) -> Any:
        answers = {
            "PlanPreparation": {"Payload": {**PLAN, "ingestion": INGESTION}},
            "ValidateFiles": validated(),
            "EngineerFeatures": COMPLETED,
            "JudgeShift": {"Payload": JUDGED},
            "IngestFeatures": answer,
        }
        return run_workflow("1_data_preparation", {"run": RUN, "data": DATA}, answers)

    return run


def test_the_stage_carries_what_the_ingestion_reports(prepare: Any) -> None:
    outcome = prepare({"Output": {"ingestion": {"status": "partial", "records": 10}}})
    assert outcome.output["dataset"]["ingestion"] == {"status": "partial", "records": 10}
    given = outcome.script.arguments_of("IngestFeatures")[0]["Input"]
    assert given["ingestion"] == INGESTION


def test_an_ingestion_that_fails_outright_ends_no_run(prepare: Any, states_error: Any) -> None:
    outcome = prepare(states_error("States.TaskFailed", "no such machine"))
    why = "States.TaskFailed: no such machine"
    assert outcome.output["dataset"]["ingestion"] == {"status": "failed", "why": why}
