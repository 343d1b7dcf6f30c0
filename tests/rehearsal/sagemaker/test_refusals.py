"""What is refused, by which code and in which words; each case says what it rests on.

`recorded`: the real service's answer was published. `documented`: AWS's documentation or model says so.
`chosen`: neither does. A case is its request, laid over the sound one that it is `like`.
"""

from __future__ import annotations

import json
from pathlib import Path
from string import Template
from typing import Any

import pytest

from rehearsal.emulator.platform import ServiceError
from rehearsal.sagemaker.service import SageMakerService
from tests.rehearsal.sagemaker.fakes import (
    ROLE,
    FakePlatform,
    add_config,
    add_model,
    finish,
    processing_request,
    train,
    training_request,
    transform_request,
    tuning_request,
    variant,
)

CASES = json.loads((Path(__file__).parent / "refusals.json").read_text())
GRID = {"CategoricalParameterRanges": [{"Name": "x", "Values": ["1", "2"]}]}
SOUND: dict[str, dict[str, Any]] = {
    "training": training_request("new"),
    "processing": processing_request("new"),
    "transform": transform_request("new"),
    "tuning": tuning_request("new", ranges=GRID),
    "model": {
        "ModelName": "new",
        "ExecutionRoleArn": ROLE,
        "PrimaryContainer": {"Image": "server:1", "ModelDataUrl": "s3://bucket/models/old.tar.gz"},
    },
    "config": {"EndpointConfigName": "new", "ProductionVariants": [variant("old")]},
}
NAMES = {
    "arn": "arn:aws:sagemaker:eu-west-1:111122223333",
    "role": ROLE,
    "account_role": "arn:aws:iam::111122223333:role",
}


@pytest.fixture
def stage(service: SageMakerService, platform: FakePlatform) -> SageMakerService:
    """What the cases name."""
    platform.s3.objects |= {"bucket/data/a": b"1", "bucket/secret/a": b"1"}
    platform.s3.forbidden.add("bucket/secret/")
    add_model(service, platform, "old", "old")
    add_config(service, "blue", variant("old"))
    service.handle("CreateModelPackageGroup", {"ModelPackageGroupName": "Group"}, None)
    service.handle("CreateModelPackage", {"ModelPackageGroupName": "Group"}, None)
    return service


def ended(service: SageMakerService, action: str) -> None:
    """Let the job "Done" of the kind that a case is about run to its end."""
    if action.endswith("TrainingJob"):
        train(service, "Done")
    elif action.endswith("ProcessingJob"):
        service.handle("CreateProcessingJob", processing_request("Done"), None)
        finish(service, "ProcessingJob", "Done")
    else:
        service.handle("CreateTransformJob", transform_request("Done"), None)
        finish(service, "TransformJob", "Done")


def laid_over(sound: dict[str, Any], changes: dict[str, Any]) -> dict[str, Any]:
    merged = dict(sound)
    for key, value in changes.items():
        merged[key] = laid_over(sound.get(key, {}), value) if isinstance(value, dict) else value
    return merged


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_what_aws_refuses_is_refused_in_its_words(stage: SageMakerService, case: dict[str, Any]) -> None:
    filled = json.loads(Template(json.dumps(case)).substitute(NAMES))
    if "Done" in filled["with"].values():
        ended(stage, case["action"])
    request = laid_over(SOUND.get(case.get("like", ""), {}), filled["with"])
    with pytest.raises(ServiceError) as caught:
        stage.handle(case["action"], request, None)
    assert caught.value.code == case["code"], caught.value
    assert filled["says"] in caught.value.message


def test_every_case_says_what_it_rests_on() -> None:
    assert {case["basis"] for case in CASES} == {"recorded", "documented", "chosen"}


@pytest.mark.parametrize("name", sorted(SOUND))
def test_what_the_cases_are_laid_over_is_accepted(stage: SageMakerService, name: str) -> None:
    actions = {
        "training": "CreateTrainingJob",
        "processing": "CreateProcessingJob",
        "transform": "CreateTransformJob",
        "tuning": "CreateHyperParameterTuningJob",
        "model": "CreateModel",
        "config": "CreateEndpointConfig",
    }
    assert stage.handle(actions[name], SOUND[name], None)
