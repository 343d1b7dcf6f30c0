"""Compensation of an evaluation: everything once, nothing twice, no fuss about what is gone."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError

from functions.evaluation.find_baseline.newest import newest_approved
from functions.evaluation.remove_evaluation import removal


class Models:
    """SageMaker with some models; an unknown one is a ValidationException, as on AWS."""

    class exceptions:  # noqa: N801
        """Where boto3 keeps its exception classes."""

        ClientError = ClientError

    def __init__(self, *names: str, code: str = "ValidationException") -> None:
        self.names, self.code = set(names), code

    def delete_model(self, ModelName: str) -> None:  # noqa: N803
        if ModelName not in self.names:
            raise ClientError({"Error": {"Code": self.code, "Message": "no such model"}}, "DeleteModel")
        self.names.remove(ModelName)


class Packages:
    """A registry that lists packages newest first, a page each."""

    def __init__(self, *statuses: str) -> None:
        self.statuses = statuses

    def get_paginator(self, _: str) -> Any:
        return self

    def paginate(self, **_: Any) -> list[dict[str, Any]]:
        found = [
            {"ModelPackageArn": f"arn:{number}", "ModelPackageStatus": status}
            for number, status in enumerate(self.statuses)
        ]
        return [{"ModelPackageSummaryList": [package]} for package in found]


def test_removing_models_twice_is_as_good_as_once() -> None:
    sagemaker = Models("one", "two")
    assert removal.remove_models(sagemaker, ["one", "three", "two"]) == ["one", "two"]
    assert removal.remove_models(sagemaker, ["one", "two"]) == []


def test_a_refusal_that_is_not_about_a_missing_model_is_raised() -> None:
    with pytest.raises(ClientError):
        removal.remove_models(Models(code="AccessDeniedException"), ["one"])


@pytest.mark.parametrize(
    ("statuses", "expected"),
    [
        ([], {"exists": False, "package_arn": None}),
        (["Completed", "Completed"], {"exists": True, "package_arn": "arn:0"}),
        (["Failed", "Completed"], {"exists": True, "package_arn": "arn:1"}),
    ],
)
def test_the_baseline_is_the_newest_package_that_is_complete(statuses: Any, expected: Any) -> None:
    assert newest_approved(Packages(*statuses), "models") == expected
