from __future__ import annotations

import itertools
from typing import Any

import pytest

from rehearsal.emulator.platform import ServiceError
from rehearsal.sagemaker.jobs.search import candidates
from rehearsal.sagemaker.service import SageMakerService
from tests.rehearsal.sagemaker.fakes import eventually, finish, tuning_request


def test_a_grid_is_searched_and_the_best_job_named(service: SageMakerService) -> None:
    service.handle(
        "CreateHyperParameterTuningJob", tuning_request("grid", "print('auc=' + hyper['depth'])"), None
    )
    job = finish(service, "HyperParameterTuningJob", "grid")
    assert job["HyperParameterTuningJobStatus"] == "Completed", job
    assert job["TrainingJobStatusCounters"]["Completed"] == 3
    assert job["BestTrainingJob"]["TunedHyperParameters"] == {"depth": "3"}
    request = {"HyperParameterTuningJobName": "grid"}
    rows = service.handle("ListTrainingJobsForHyperParameterTuningJob", request, None)
    assert [row["TunedHyperParameters"]["depth"] for row in rows["TrainingJobSummaries"]] == ["1", "3", "2"]


def test_a_tuning_job_whose_training_jobs_all_fail_fails(service: SageMakerService) -> None:
    service.handle("CreateHyperParameterTuningJob", tuning_request("bad", "sys.exit(1)"), None)
    job = finish(service, "HyperParameterTuningJob", "bad")
    assert job["HyperParameterTuningJobStatus"] == "Failed"
    assert job["TrainingJobStatusCounters"]["NonRetryableError"] == 3


def test_stopping_a_tuning_job_stops_its_training_jobs(service: SageMakerService) -> None:
    service.handle("CreateHyperParameterTuningJob", tuning_request("long", "signal.pause()"), None)
    service.handle("StopHyperParameterTuningJob", {"HyperParameterTuningJobName": "long"}, None)
    job = finish(service, "HyperParameterTuningJob", "long")
    assert job["HyperParameterTuningJobStatus"] == "Stopped"
    assert job["TrainingJobStatusCounters"]["InProgress"] == 0


def test_a_strategy_that_is_not_built_is_refused_by_name(service: SageMakerService) -> None:
    with pytest.raises(ServiceError, match="Bayesian"):
        request = tuning_request("smart", "pass", strategy="Bayesian")
        service.handle("CreateHyperParameterTuningJob", request, None)


def test_an_objective_that_no_metric_defines_is_refused(service: SageMakerService) -> None:
    request = tuning_request("blind", "pass")
    request["TrainingJobDefinition"]["AlgorithmSpecification"]["MetricDefinitions"] = []
    with pytest.raises(ServiceError, match="objective metric auc"):
        service.handle("CreateHyperParameterTuningJob", request, None)


def test_random_candidates_stay_within_their_ranges_and_repeat_by_seed() -> None:
    ranges = {
        "IntegerParameterRanges": [{"Name": "depth", "MinValue": "2", "MaxValue": "5"}],
        "ContinuousParameterRanges": [
            {"Name": "rate", "MinValue": "0.001", "MaxValue": "0.1", "ScalingType": "Logarithmic"}
        ],
    }
    found = list(itertools.islice(candidates("Random", ranges, 7), 200))
    assert found == list(itertools.islice(candidates("Random", ranges, 7), 200))
    assert {item["depth"] for item in found} == {"2", "3", "4", "5"}
    rates = sorted(float(item["rate"]) for item in found)
    assert rates[0] >= 0.001
    assert rates[-1] <= 0.1
    assert 0.005 < rates[100] < 0.02, "on a logarithmic scale the median is near the geometric middle"


def test_a_grid_over_numbers_is_refused_as_on_aws(service: SageMakerService) -> None:
    request = tuning_request("numbers", "pass")
    ranges = {"IntegerParameterRanges": [{"Name": "depth", "MinValue": "1", "MaxValue": "2"}]}
    request["HyperParameterTuningJobConfig"]["ParameterRanges"] = ranges
    with pytest.raises(ServiceError, match="categorical ranges only"):
        service.handle("CreateHyperParameterTuningJob", request, None)


def children(service: SageMakerService, name: str, **more: Any) -> dict[str, Any]:
    request = {"HyperParameterTuningJobName": name, **more}
    return service.handle("ListTrainingJobsForHyperParameterTuningJob", request, None)


def test_the_jobs_of_a_search_are_listed_by_value_and_page_by_page(service: SageMakerService) -> None:
    request = tuning_request("sorted", "print('auc=' + hyper['depth'])")
    service.handle("CreateHyperParameterTuningJob", request, None)
    finish(service, "HyperParameterTuningJob", "sorted")
    best_first = {"SortBy": "FinalObjectiveMetricValue", "SortOrder": "Descending", "MaxResults": 2}
    first = children(service, "sorted", **best_first)
    rest = children(service, "sorted", **best_first, NextToken=first["NextToken"])
    rows = [*first["TrainingJobSummaries"], *rest["TrainingJobSummaries"]]
    assert [row["TunedHyperParameters"]["depth"] for row in rows] == ["3", "2", "1"]
    assert "NextToken" not in rest


def test_the_objective_of_a_running_job_is_pending_and_counted_so(service: SageMakerService) -> None:
    service.handle("CreateHyperParameterTuningJob", tuning_request("going", "signal.pause()"), None)
    eventually(lambda: len(children(service, "going")["TrainingJobSummaries"]) == 2)
    rows = children(service, "going")["TrainingJobSummaries"]
    assert [row["ObjectiveStatus"] for row in rows] == ["Pending", "Pending"]
    service.handle("StopHyperParameterTuningJob", {"HyperParameterTuningJobName": "going"}, None)
    assert finish(service, "HyperParameterTuningJob", "going")["ObjectiveStatusCounters"]["Failed"] == 2


def test_counters_are_there_from_the_beginning(service: SageMakerService) -> None:
    service.quotas.set("ml.m5.large", "training job", 2)
    service.handle("CreateHyperParameterTuningJob", tuning_request("counted", "pass"), None)
    request = {"HyperParameterTuningJobName": "counted"}
    found = service.handle("DescribeHyperParameterTuningJob", request, None)
    assert set(found["ObjectiveStatusCounters"]) == {"Succeeded", "Pending", "Failed"}
    finish(service, "HyperParameterTuningJob", "counted")


def test_a_quota_for_fewer_instances_than_run_at_a_time_refuses_the_search(service: SageMakerService) -> None:
    service.quotas.set("ml.m5.large", "training job", 1)
    with pytest.raises(ServiceError, match="a request delta of 2 Instances"):
        service.handle("CreateHyperParameterTuningJob", tuning_request("many", "pass"), None)
