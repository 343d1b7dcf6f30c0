from __future__ import annotations

import json

import pytest

from contracts.failures import TrainingDiverged
from functions.training.classify_failure.classification import classify
from rehearsal.emulator.faults import FaultError, Faults
from rehearsal.emulator.platform import ServiceError
from rehearsal.sagemaker.service import SageMakerService
from tests.rehearsal.sagemaker.fakes import train, training_request


def test_a_fault_meets_only_the_nth_opportunity_of_its_name() -> None:
    faults = Faults()
    faults.add({"fault": "killed_worker", "kind": "TrainingJob", "name": "a*", "nth": 2})
    met = [
        faults.strike("killed_worker", "TrainingJob", name) is not None for name in ("a1", "b1", "a2", "a3")
    ]
    assert met == [False, False, True, False]


def test_the_same_seed_gives_the_same_faults() -> None:
    def pattern() -> list[bool]:
        faults = Faults()
        faults.add({"fault": "throttling", "probability": 0.5, "seed": 7, "times": 100})
        return [faults.strike("throttling", "CreateModel", "x") is not None for _ in range(40)]

    assert pattern() == pattern()
    assert 5 < sum(pattern()) < 35


@pytest.mark.parametrize(
    ("wanted", "named"), [({"fault": "gremlins"}, "gremlins"), ({"fault": "slow_job", "speed": 2}, "speed")]
)
def test_a_fault_outside_the_catalogue_is_refused_by_name(wanted: dict[str, object], named: str) -> None:
    with pytest.raises(FaultError, match=named):
        Faults().add(wanted)


def test_out_of_memory_ends_the_job_with_a_failure_file(service: SageMakerService) -> None:
    service.faults.add({"fault": "out_of_memory", "after_line": "batch=3"})
    job = train(service, "oom", "print('batch=3'); signal.pause()")
    assert job["FailureReason"].startswith("AlgorithmError: OutOfMemoryError: CUDA out of memory.")
    assert job["FailureReason"].endswith(", exit code: 1")


def test_a_loss_that_is_no_number_is_told_as_the_trainer_tells_it(service: SageMakerService) -> None:
    service.faults.add({"fault": "nan", "after_line": "epoch=2"})
    reason = train(service, "nan", "print('epoch=2'); signal.pause()")["FailureReason"]
    assert classify("States.TaskFailed", json.dumps({"FailureReason": reason})).kind is TrainingDiverged


def test_a_killed_worker_ends_the_job_with_exit_code_137(service: SageMakerService) -> None:
    service.faults.add({"fault": "killed_worker", "after_line": "ready"})
    job = train(service, "killed", "print('ready'); signal.pause()")
    assert job["FailureReason"] == "AlgorithmError: , exit code: 137"


def test_an_internal_error_is_worded_as_sagemaker_words_it(service: SageMakerService) -> None:
    service.faults.add({"fault": "internal_error"})
    assert train(service, "broken")["FailureReason"].startswith("InternalServerError: We encountered")


def test_throttling_meets_the_named_operation_and_then_lets_it_pass(service: SageMakerService) -> None:
    service.control("POST", "faults", {"fault": "throttling", "kind": "CreateTrainingJob"})
    with pytest.raises(ServiceError, match="ThrottlingException: Rate exceeded"):
        service.handle("CreateTrainingJob", training_request("slowly"), None)
    assert train(service, "slowly")["TrainingJobStatus"] == "Completed"


def test_the_control_route_lists_and_clears_faults(service: SageMakerService) -> None:
    service.control("POST", "faults", {"fault": "no_capacity"})
    listed = service.control("GET", "faults", {}) or {}
    assert listed["faults"][0]["fault"] == "no_capacity"
    assert service.control("DELETE", "faults", {}) == {"faults": []}
    with pytest.raises(ServiceError, match="gremlins"):
        service.control("POST", "faults", {"fault": "gremlins"})
