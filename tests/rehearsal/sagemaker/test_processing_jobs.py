from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from rehearsal.emulator.platform import ServiceError
from rehearsal.sagemaker.service import SageMakerService
from tests.rehearsal.sagemaker.fakes import (
    FakePlatform,
    eventually,
    finish,
    job_log,
    processing_request,
    training_request,
)

INPUT = {
    "InputName": "raw",
    "S3Input": {
        "S3Uri": "s3://bucket/raw/day.csv",
        "LocalPath": "/opt/ml/processing/input/raw",
        "S3DataType": "S3Prefix",
        "S3InputMode": "File",
    },
}
OUTPUT: dict[str, Any] = {
    "OutputName": "clean",
    "S3Output": {
        "S3Uri": "s3://bucket/clean",
        "LocalPath": "/opt/ml/processing/output",
        "S3UploadMode": "EndOfJob",
    },
}


def process(service: SageMakerService, name: str, code: str, **more: Any) -> dict[str, Any]:
    service.handle("CreateProcessingJob", processing_request(name, code, **more), None)
    return finish(service, "ProcessingJob", name)


def test_a_processing_job_reads_its_input_and_uploads_its_output(
    service: SageMakerService, platform: FakePlatform
) -> None:
    platform.s3.objects["bucket/raw/day.csv"] = b"a,b"
    code = (
        "text = (opt / 'processing/input/raw/day.csv').read_text();"
        "(opt / 'processing/output/day.txt').write_text(text + os.environ['STAGE'] + os.environ['COLOUR'])"
    )
    outputs = {"Outputs": [OUTPUT]}
    more = {"ProcessingInputs": [INPUT], "ProcessingOutputConfig": outputs, "Environment": {"COLOUR": "red"}}
    job = process(service, "clean", code, **more)
    assert job["ProcessingJobStatus"] == "Completed", job
    assert platform.s3.objects["bucket/clean/day.txt"] == b"a,bworkerred"


def test_the_exit_message_is_what_the_container_left(service: SageMakerService) -> None:
    job = process(service, "message", "(opt / 'output/message').write_text('3 rows refused'); sys.exit(4)")
    assert job["ExitMessage"] == "3 rows refused"
    assert job["FailureReason"] == "AlgorithmError: , exit code: 4"


def test_an_isolated_container_is_given_no_credentials(service: SageMakerService) -> None:
    code = "(opt / 'output/message').write_text(str('AWS_ACCESS_KEY_ID' in os.environ))"
    isolated = process(service, "isolated", code, NetworkConfig={"EnableNetworkIsolation": True})
    assert isolated["ExitMessage"] == "False"
    assert process(service, "open", code)["ExitMessage"] == "True"


def test_a_role_that_may_not_pull_the_image_fails_the_job(
    service: SageMakerService, platform: FakePlatform
) -> None:
    platform.denied.add("ecr:BatchGetImage")
    image = "111122223333.dkr.ecr.eu-west-1.amazonaws.com/trainyard-dev-worker@sha256:" + "0" * 64
    job = process(service, "pull", "pass", AppSpecification={"ImageUri": image})
    assert job["FailureReason"].startswith("ClientError: ")
    assert "ecr:BatchGetImage" in job["FailureReason"]


def test_closing_the_service_leaves_no_process_behind(service: SageMakerService) -> None:
    code = "import subprocess; subprocess.Popen(['sleep', '876543']); print('ready'); signal.pause()"
    service.handle("CreateTrainingJob", training_request("orphan", code), None)
    eventually(lambda: "ready" in job_log(service, "orphan"))
    assert _command_lines("876543")
    service.close()
    eventually(lambda: not _command_lines("876543"))


def test_the_containers_of_jobs_never_see_the_rehearsals_environment(service: SageMakerService) -> None:
    os.environ["REHEARSAL_SECRET"] = "visible"
    try:
        code = "(opt / 'output/message').write_text(str('REHEARSAL_SECRET' in os.environ))"
        assert process(service, "clean-room", code)["ExitMessage"] == "False"
    finally:
        del os.environ["REHEARSAL_SECRET"]


def test_a_worker_that_left_the_process_group_ends_with_its_job(service: SageMakerService) -> None:
    code = (
        "import subprocess;"
        "worker = subprocess.Popen(['sleep', '987654'], start_new_session=True);"
        "(opt / 'output/message').write_text('no namespaces' if 'OPT_ML' in os.environ else 'started')"
    )
    message = process(service, "daemon", code)["ExitMessage"]
    if message != "started":
        pytest.skip(message)
    eventually(lambda: not _command_lines("987654"))


def _command_lines(word: str) -> list[bytes]:
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            found.append(path.read_bytes())
        except OSError:
            continue  # it ended while we looked
    return [line for line in found if line.startswith(b"sleep") and word.encode() in line]


def test_a_failed_job_uploads_no_output_at_its_end(service: SageMakerService, platform: FakePlatform) -> None:
    code = "(opt / 'processing/output/half').write_text('1'); sys.exit(2)"
    process(service, "half", code, ProcessingOutputConfig={"Outputs": [OUTPUT]})
    assert platform.s3.names("bucket/clean") == []


def test_an_exit_message_that_is_no_text_fails_the_job(service: SageMakerService) -> None:
    job = process(service, "binary", "(opt / 'output/message').write_bytes(bytes([255, 254, 253]))")
    assert job["FailureReason"].startswith("ClientError: /opt/ml/output/message is not UTF-8")


def test_an_output_outside_opt_ml_processing_is_refused(service: SageMakerService) -> None:
    output = {**OUTPUT, "S3Output": {**OUTPUT["S3Output"], "LocalPath": "/opt/ml/output"}}
    with pytest.raises(ServiceError, match="must begin with /opt/ml/processing/"):
        process(service, "outside", "pass", ProcessingOutputConfig={"Outputs": [output]})


def test_every_change_of_a_processing_job_is_announced(
    service: SageMakerService, platform: FakePlatform
) -> None:
    process(service, "told", "pass")
    kind = "SageMaker Processing Job State Change"
    told = [detail["ProcessingJobStatus"] for name, detail in platform.events if name == kind]
    assert told == ["InProgress", "Completed"]


def test_two_inputs_may_not_share_a_folder_but_outputs_of_one_name_are_taken(
    service: SageMakerService,
) -> None:
    other = {**OUTPUT, "S3Output": {**OUTPUT["S3Output"], "LocalPath": "/opt/ml/processing/other"}}
    job = process(service, "twins", "pass", ProcessingOutputConfig={"Outputs": [OUTPUT, other]})
    assert job["ProcessingJobStatus"] == "Completed"
