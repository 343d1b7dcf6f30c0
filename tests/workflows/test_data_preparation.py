"""Data preparation run in virtual time: the gates, what they publish, and that bad data is never paid for."""

from __future__ import annotations

import json
from typing import Any

import pytest

RUN = {"id": "run-1", "arn": "arn:aws:states:eu-west-1:1:execution:p:run-1", "prefix": "pipeline/run-1"}
DATA = {"dataset": "flights", "contract_uri": "s3://a/datasets/flights/contract.json", "window": {}}
FILE = {"bucket": "landing", "key": "incoming/flights/2013-01.parquet", "size_bytes": 10}
CONTRACT = {"uri": "s3://a/pipeline/run-1/data/contract.json", "version": 1, "changed": None}
PLAN = {
    "contract": CONTRACT,
    "files": [FILE],
    "file_count": 1,
    "check": {"files": [], "inputs": [], "cluster": {}},
    "inputs": [{"InputName": "contract"}],
    "cluster": {"InstanceCount": 1, "InstanceType": "ml.m5.xlarge", "VolumeSizeInGB": 30},
    "environment": {"SHIFT_SIGNIFICANCE": "0.01"},
    "ingestion": {"inputs": [], "cluster": {}, "environment": {}},
    "report_prefix": "s3://a/pipeline/run-1/data/reports/",
}
REPORT = {"key": FILE["key"], "is_valid": False, "report_uri": "s3://a/report.json", "violations": 2}
ALERT = {"subject": "flights: 1", "message": "carrier is missing"}
REPLACED = {"Error": "DataReplaced", "Cause": "2013-01 was written again"}
JUDGED = {"decision": "none", "shift": {"is_flagged": False}, "dataset": {"sha256": "abc"}, "alert": ALERT}


def validated(*failed: dict[str, Any]) -> dict[str, Any]:
    output = {"is_valid": not failed, "failed": list(failed), "files": 1}
    return {"Status": "SUCCEEDED", "Output": json.dumps(output)}


@pytest.fixture
def prepare(run_workflow: Any) -> Any:
    def run(**answers: Any) -> Any:
        usual = {
            "PlanPreparation": {"Payload": PLAN},
            "ValidateFiles": validated(),
            "ValidateByJob": {"ProcessingJobName": "check", "ProcessingJobStatus": "Completed"},
            "CollectReports": {"Payload": {"is_valid": True, "failed": []}},
            "EngineerFeatures": {"ProcessingJobName": "job", "ProcessingJobStatus": "Completed"},
            "JudgeShift": {"Payload": JUDGED},
            "PublishShift": {"MessageId": "1"},
            "QuarantineFiles": {"Payload": {"alert": ALERT}},
            "ExplainJob": {"Payload": {"failure": REPLACED, "is_passing": False}},
        }
        return run_workflow("1_data_preparation", {"run": RUN, "data": DATA}, {**usual, **answers})

    return run


def test_valid_files_become_a_dataset_with_the_reports_named(prepare: Any) -> None:
    outcome = prepare()
    assert outcome.output == {
        "dataset": {"sha256": "abc", "contract": CONTRACT, "ingestion": {"status": "unused"}},
        "shift": {"is_flagged": False},
        "validation": {"files": 1, "report_prefix": PLAN["report_prefix"]},
    }


def test_the_validation_is_given_its_input_as_a_json_text(prepare: Any) -> None:
    arguments = prepare().script.arguments_of("ValidateFiles")[0]
    value = json.loads(arguments["Input"])
    assert value["files"] == [FILE]
    assert value["contract_uri"] == CONTRACT["uri"], "the run's own copy"


def test_a_file_that_breaks_the_contract_ends_as_data_rejected_unpaid(prepare: Any) -> None:
    outcome = prepare(ValidateFiles=validated(REPORT))
    assert (outcome.error, outcome.cause["message"]) == ("DataRejected", "carrier is missing")
    given = outcome.script.arguments_of("QuarantineFiles")[0]["Payload"]
    assert (given["failed"], given["contract"]) == ([REPORT], CONTRACT)
    assert not outcome.script.arguments_of("EngineerFeatures")


CHECK = {"files": [FILE], "inputs": [{"InputName": "landed"}], "cluster": {"InstanceCount": 2}}
LARGE = {"Payload": {**PLAN, "check": CHECK}}


def test_files_within_the_limits_never_pay_for_a_validating_job(prepare: Any) -> None:
    assert not prepare().script.arguments_of("ValidateByJob")


def test_large_files_are_validated_by_a_job_before_features(prepare: Any) -> None:
    outcome = prepare(PlanPreparation=LARGE)
    request = outcome.script.arguments_of("ValidateByJob")[0]
    assert request["AppSpecification"]["ContainerArguments"] == ["validate"]
    assert request["ProcessingInputs"] == [{"InputName": "landed"}]
    assert request["ProcessingResources"]["ClusterConfig"] == CHECK["cluster"]
    place = request["ProcessingOutputConfig"]["Outputs"][0]["S3Output"]["S3Uri"]
    assert place == "s3://the-artifactsbucket/pipeline/run-1/data/reports"
    assert outcome.script.arguments_of("CollectReports")[0]["Payload"]["files"] == [FILE]
    assert outcome.script.arguments_of("EngineerFeatures")


@pytest.mark.parametrize("planned", [PLAN, LARGE["Payload"]])
def test_what_a_function_left_to_a_job_is_added_to_what_the_plan_left_to_it(
    prepare: Any, planned: dict[str, Any]
) -> None:
    again = {"files": [FILE], "inputs": [{"InputName": "again"}], "cluster": {"InstanceCount": 1}}
    left = {"Status": "SUCCEEDED", "Output": json.dumps({"is_valid": True, "failed": [], "for_job": ["k"]})}
    outcome = prepare(PlanPreparation={"Payload": planned}, ValidateFiles=left, PlanCheck={"Payload": again})
    [asked] = outcome.script.arguments_of("PlanCheck")
    before = [file["key"] for file in planned["check"]["files"]]
    assert asked["Payload"]["check"] == {"keys": [*before, "k"], "hosts": 1}
    assert asked["Payload"]["data"]["contract_uri"] == CONTRACT["uri"]
    [request] = outcome.script.arguments_of("ValidateByJob")
    assert request["ProcessingInputs"] == again["inputs"]


def test_a_large_file_that_breaks_the_contract_is_quarantined_too(prepare: Any) -> None:
    collected = {"Payload": {"is_valid": False, "failed": [REPORT]}}
    outcome = prepare(PlanPreparation=LARGE, CollectReports=collected)
    assert outcome.error == "DataRejected"
    assert outcome.script.arguments_of("QuarantineFiles")[0]["Payload"]["failed"] == [REPORT]
    assert not outcome.script.arguments_of("EngineerFeatures")


def test_no_job_is_started_when_a_footer_already_breaks_the_contract(prepare: Any) -> None:
    outcome = prepare(PlanPreparation=LARGE, ValidateFiles=validated(REPORT))
    assert outcome.error == "DataRejected"
    assert not outcome.script.arguments_of("ValidateByJob")


def test_a_validating_job_that_was_stopped_gives_no_verdict(prepare: Any) -> None:
    stopped = {"ProcessingJobName": "check", "ProcessingJobStatus": "Stopped"}
    outcome = prepare(PlanPreparation=LARGE, ValidateByJob=stopped)
    assert asked_to_explain(outcome) == stopped
    assert not outcome.script.arguments_of("EngineerFeatures")


def asked_to_explain(outcome: Any) -> Any:
    [asked] = outcome.script.arguments_of("ExplainJob")
    assert asked["Payload"]["failure"]["Error"] == "OperatorStopped"
    return json.loads(asked["Payload"]["failure"]["Cause"])


def test_a_check_that_took_too_long_is_told_though_no_error_comes_with_it(prepare: Any) -> None:
    outcome = prepare(ValidateFiles={"Status": "TIMED_OUT", "Output": None})
    assert outcome.cause == {"error": "JobTimedOut", "message": "the check of 1 files ended as TIMED_OUT"}


@pytest.mark.parametrize("status", ["FAILED", "TIMED_OUT"])
def test_a_validation_that_did_not_succeed_is_no_verdict_on_the_files(prepare: Any, status: str) -> None:
    outcome = prepare(ValidateFiles={"Status": status, "Error": "States.Timeout", "Output": None})
    assert outcome.error == "PreparationFailed"
    assert not outcome.script.arguments_of("QuarantineFiles")


def test_a_job_that_was_stopped_does_not_pass_for_a_completed_one(prepare: Any) -> None:
    stopped = {"ProcessingJobName": "job", "ProcessingJobStatus": "Stopped"}
    outcome = prepare(EngineerFeatures=stopped)
    assert outcome.error == "PreparationFailed"
    assert asked_to_explain(outcome) == stopped


def test_a_flagged_shift_is_told_at_once_because_the_run_goes_on(prepare: Any) -> None:
    outcome = prepare(JudgeShift={"Payload": {**JUDGED, "decision": "flag"}})
    assert outcome.status == "SUCCEEDED"
    assert outcome.script.arguments_of("PublishShift")[0]["Subject"] == "flights: 1"


def test_a_shift_that_ends_the_run_is_left_to_the_runs_own_alert(prepare: Any) -> None:
    outcome = prepare(JudgeShift={"Payload": {**JUDGED, "decision": "halt"}})
    assert (outcome.error, outcome.cause["message"]) == ("DataShifted", JUDGED["alert"]["message"])
    assert not outcome.script.arguments_of("PublishShift")


@pytest.mark.parametrize(
    "state",
    [
        "PlanPreparation",
        "CollectReports",
        "JudgeShift",
        "QuarantineFiles",
    ],
)
def test_every_failing_state_ends_as_preparation_failed_with_its_cause(
    prepare: Any, states_error: Any, state: str
) -> None:
    answers: Any = {"ValidateFiles": validated(REPORT)} if state == "QuarantineFiles" else {}
    answers |= {"PlanPreparation": LARGE} if state == "CollectReports" else {}
    outcome = prepare(**answers, **{state: states_error("DataMissing", "no file of 2013-02")})
    assert outcome.error == "PreparationFailed"
    assert outcome.cause == {"error": "DataMissing", "message": "no file of 2013-02"}


@pytest.mark.parametrize("state", ["ValidateByJob", "EngineerFeatures"])
def test_a_failed_job_is_told_as_what_became_of_its_files(
    prepare: Any, states_error: Any, state: str
) -> None:
    failed = states_error("States.TaskFailed", "AlgorithmError")
    outcome = prepare(PlanPreparation=LARGE, **{state: failed})
    assert outcome.cause == {"error": "DataReplaced", "message": REPLACED["Cause"]}
    given = outcome.script.arguments_of("ExplainJob")[0]["Payload"]
    assert given == {"run": RUN, "failure": {"Error": "States.TaskFailed", "Cause": "AlgorithmError"}}


def test_a_job_that_cannot_be_explained_keeps_its_own_failure(prepare: Any, states_error: Any) -> None:
    broken = {"EngineerFeatures": states_error("States.TaskFailed", "AlgorithmError")}
    outcome = prepare(**broken, ExplainJob=states_error("ArtifactCorrupt", "landed.files"))
    assert outcome.cause == {"error": "States.TaskFailed", "message": "AlgorithmError"}


def test_the_features_job_is_told_what_was_planned_for_it(prepare: Any) -> None:
    request = prepare().script.arguments_of("EngineerFeatures")[0]
    assert request["ProcessingResources"] == {"ClusterConfig": PLAN["cluster"]}
    assert request["ProcessingInputs"] == PLAN["inputs"]
    assert request["Environment"] == PLAN["environment"]
    outputs = request["ProcessingOutputConfig"]["Outputs"]
    assert outputs[0]["S3Output"]["S3Uri"] == "s3://the-artifactsbucket/pipeline/run-1/data"
    assert {"Key": "execution-id", "Value": RUN["arn"]} in request["Tags"]


@pytest.mark.parametrize("bad", [0, 1, 3])
def test_the_validation_counts_files_and_lists_the_failed_ones(run_workflow: Any, bad: int) -> None:
    good = {"key": "g", "is_valid": True, "report_uri": "s3://a/g", "violations": 0}
    reports = [{"Payload": REPORT}] * bad + [{"Payload": good}]
    value = {"run": RUN, "contract_uri": DATA["contract_uri"], "files": [FILE] * len(reports)}
    outcome = run_workflow("1a_data_validation", value, {"ValidateFile": reports})
    failed = [{key: REPORT[key] for key in ("key", "report_uri", "violations")}] * bad
    assert outcome.output == {"files": bad + 1, "is_valid": bad == 0, "failed": failed, "for_job": []}


@pytest.mark.parametrize("left", [1, 2])
def test_the_validation_lists_the_files_that_are_left_to_a_job(run_workflow: Any, left: int) -> None:
    heavy = {"key": "k", "is_valid": True, "is_for_job": True, "report_uri": "", "violations": 0}
    good = {**heavy, "key": "g", "is_for_job": False}
    value = {"run": RUN, "contract_uri": DATA["contract_uri"], "files": [FILE] * (left + 1)}
    answers = [{"Payload": good}] + [{"Payload": heavy}] * left
    outcome = run_workflow("1a_data_validation", value, {"ValidateFile": answers})
    assert (outcome.output["is_valid"], outcome.output["for_job"]) == (True, ["k"] * left)


def test_a_check_that_breaks_down_fails_the_validation_as_a_whole(
    run_workflow: Any, states_error: Any
) -> None:
    value = {"run": RUN, "contract_uri": DATA["contract_uri"], "files": [FILE]}
    broken = {"ValidateFile": states_error("DatasetTooLarge", "too large")}
    outcome = run_workflow("1a_data_validation", value, broken)
    assert (outcome.status, outcome.error) == ("FAILED", "PreparationFailed")
