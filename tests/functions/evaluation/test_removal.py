"""Compensation of an evaluation: everything once, nothing twice, no fuss about what is gone."""

from __future__ import annotations

import pytest
from botocore.exceptions import ClientError

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


def test_removing_models_twice_is_as_good_as_once() -> None:
    sagemaker = Models("one", "two")
    assert removal.remove_models(sagemaker, ["one", "three", "two"]) == ["one", "two"]
    assert removal.remove_models(sagemaker, ["one", "two"]) == []


def test_a_refusal_that_is_not_about_a_missing_model_is_raised() -> None:
    with pytest.raises(ClientError):
        removal.remove_models(Models(code="AccessDeniedException"), ["one"])
