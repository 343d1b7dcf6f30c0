"""The List operations: what they filter by, how they sort, and how they page."""

from __future__ import annotations

import time
from typing import Any

import pytest

from rehearsal.sagemaker.service import SageMakerService
from tests.rehearsal.sagemaker.fakes import FakePlatform, add_config, add_model, train, variant


@pytest.fixture
def models(service: SageMakerService, platform: FakePlatform) -> SageMakerService:
    for number in range(12):
        add_model(service, platform, f"Model-{number:02d}", "x")
    return service


def names(service: SageMakerService, **request: Any) -> list[str]:
    return [row["ModelName"] for row in service.handle("ListModels", request, None)["Models"]]


def test_ten_are_listed_where_nothing_is_said_newest_first(models: SageMakerService) -> None:
    found = names(models)
    assert len(found) == 10
    assert found[:2] == ["Model-11", "Model-10"]


def test_pages_follow_each_other_without_gap_or_overlap(models: SageMakerService) -> None:
    sorted_by_name = {"SortBy": "Name", "SortOrder": "Ascending", "MaxResults": 5}
    found, token = [], ""
    while token is not None:
        answer = models.handle("ListModels", {**sorted_by_name, "NextToken": token}, None)
        found += [row["ModelName"] for row in answer["Models"]]
        token = answer.get("NextToken")
    assert found == [f"Model-{number:02d}" for number in range(12)]


@pytest.mark.parametrize("wanted", ["model-0", "MODEL-0", "l-0"])
def test_a_part_of_the_name_is_enough_in_either_case(models: SageMakerService, wanted: str) -> None:
    assert len(names(models, NameContains=wanted)) == 10


def test_times_bound_from_both_sides(models: SageMakerService) -> None:
    hour = 3600
    assert names(models, CreationTimeAfter=time.time() + hour) == []
    assert names(models, CreationTimeBefore=time.time() - hour) == []
    assert len(names(models, CreationTimeAfter=time.time() - hour, MaxResults=100)) == 12


def test_jobs_are_listed_by_status_and_sorted_by_it(service: SageMakerService) -> None:
    for name, code in (("good", "pass"), ("ill", "sys.exit(1)"), ("well", "pass")):
        train(service, name, code)
    failed = service.handle("ListTrainingJobs", {"StatusEquals": "Failed"}, None)
    assert [row["TrainingJobName"] for row in failed["TrainingJobSummaries"]] == ["ill"]
    by_status = {"SortBy": "Status", "SortOrder": "Descending"}
    rows = service.handle("ListTrainingJobs", by_status, None)["TrainingJobSummaries"]
    assert [row["TrainingJobStatus"] for row in rows] == ["Failed", "Completed", "Completed"]


def test_configurations_are_listed_without_their_variants(
    service: SageMakerService, platform: FakePlatform
) -> None:
    add_model(service, platform, "old", "old")
    add_config(service, "blue", variant("old"))
    (row,) = service.handle("ListEndpointConfigs", {}, None)["EndpointConfigs"]
    assert sorted(row) == ["CreationTime", "EndpointConfigArn", "EndpointConfigName"]
