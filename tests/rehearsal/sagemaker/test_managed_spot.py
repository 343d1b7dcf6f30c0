from __future__ import annotations

from typing import Any

from rehearsal.sagemaker.jobs.training import bill
from rehearsal.sagemaker.service import SageMakerService
from tests.rehearsal.sagemaker.fakes import FakePlatform, archive_names, train

SPOT = {
    "EnableManagedSpotTraining": True,
    "StoppingCondition": {"MaxRuntimeInSeconds": 60, "MaxWaitTimeInSeconds": 120},
    "CheckpointConfig": {"S3Uri": "s3://bucket/checkpoints/a"},
}
RESUMING = (
    "state = opt / 'checkpoints/step';"
    "(opt / 'model/resumed').write_text(state.read_text()) if state.exists() else "
    "(state.write_text('7'), print('step=7'), signal.pause())"
)


def phases(job: dict[str, Any]) -> list[str]:
    return [entry["Status"] for entry in job["SecondaryStatusTransitions"]]


def test_an_interruption_restarts_inside_the_job_from_the_checkpoint(
    service: SageMakerService, platform: FakePlatform
) -> None:
    service.faults.add({"fault": "spot_interruption", "after_line": "step=7"})
    job = train(service, "spot", RESUMING, **SPOT)
    assert (job["TrainingJobStatus"], job["SecondaryStatus"]) == ("Completed", "Completed"), job
    assert archive_names(platform, "bucket/out/spot/output/model.tar.gz") == ["resumed"]
    assert phases(job)[2:6] == ["Training", "Interrupted", "Starting", "Downloading"]
    assert platform.s3.objects["bucket/checkpoints/a/step"] == b"7"


def test_spot_capacity_that_never_comes_ends_as_max_wait_exceeded(service: SageMakerService) -> None:
    service.faults.add({"fault": "max_wait_exceeded"})
    job = train(service, "waiting", **SPOT)
    assert (job["TrainingJobStatus"], job["SecondaryStatus"]) == ("Stopped", "MaxWaitTimeExceeded")
    assert "FailureReason" not in job


def test_missing_on_demand_capacity_fails_the_job_in_awss_words(service: SageMakerService) -> None:
    service.faults.add({"fault": "no_capacity", "kind": "TrainingJob", "name": "cap*"})
    job = train(service, "capacity")
    assert job["FailureReason"].startswith(
        "CapacityError: Unable to provision requested ML compute capacity."
    )


def test_spot_is_billed_for_less_than_it_trained() -> None:
    assert bill(100.2, is_spot=False) == {"TrainingTimeInSeconds": 100, "BillableTimeInSeconds": 100}
    assert bill(100.2, is_spot=True)["BillableTimeInSeconds"] == 30


def test_a_checkpoint_deleted_by_the_trainer_is_deleted_in_s3(
    service: SageMakerService, platform: FakePlatform
) -> None:
    platform.s3.objects["bucket/checkpoints/a/old"] = b"1"
    code = "(opt / 'checkpoints/old').unlink(); (opt / 'checkpoints/new').write_text('2')"
    train(service, "rotating", code, CheckpointConfig=SPOT["CheckpointConfig"])
    assert platform.s3.names("bucket/checkpoints/") == ["bucket/checkpoints/a/new"]
