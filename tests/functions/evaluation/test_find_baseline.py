"""The baseline is what the live endpoint serves; what is lost is told apart from what never was."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError

from contracts.failures import DataMissing
from functions.evaluation.find_baseline.served import NO_BASELINE, served_model

PACKAGE = "arn:aws:sagemaker:eu-west-1:1:model-package/models/7"
SERVED = {"exists": True, "model_name": "model", "package_arn": PACKAGE}


class Serving:
    """SageMaker with one endpoint, its configuration and model, without what is named as missing."""

    class exceptions:  # noqa: N801
        """Where boto3 keeps its exception classes."""

        ClientError = ClientError

    def __init__(self, *missing: str, container: dict[str, Any] | None = None, **refusal: str) -> None:
        self.missing, self.refusal = missing, refusal
        self.model = {"Containers": [container or {"ModelPackageName": PACKAGE}]}

    def describe_endpoint(self, EndpointName: str) -> dict[str, Any]:  # noqa: N803
        return self._answer("endpoint", EndpointName, {"EndpointConfigName": "config"})

    def describe_endpoint_config(self, EndpointConfigName: str) -> dict[str, Any]:  # noqa: N803
        variants = [{"ModelName": "model"}, {"ModelName": "another"}]
        return self._answer("endpoint configuration", EndpointConfigName, {"ProductionVariants": variants})

    def describe_model(self, ModelName: str) -> dict[str, Any]:  # noqa: N803
        return self._answer("model", ModelName, self.model)

    def _answer(self, kind: str, name: str, answer: dict[str, Any]) -> dict[str, Any]:
        if kind not in self.missing:
            return answer
        usual = {"Code": "ValidationException", "Message": f'Could not find {kind} "arn:{name}".'}
        raise ClientError({"Error": {**usual, **self.refusal}}, "Describe")


def test_the_baseline_is_the_model_of_the_first_variant() -> None:
    assert served_model(Serving(), "live") == SERVED


def test_a_model_described_by_its_primary_container_is_read_alike() -> None:
    sagemaker = Serving()
    sagemaker.model = {"PrimaryContainer": sagemaker.model["Containers"][0]}
    assert served_model(sagemaker, "live") == SERVED


@pytest.mark.parametrize(
    "sagemaker",
    [Serving("endpoint"), Serving(container={"Image": "made-by-hand"})],
    ids=["no endpoint", "a model without a package"],
)
def test_no_endpoint_or_a_model_without_a_package_is_no_baseline(sagemaker: Serving) -> None:
    assert served_model(sagemaker, "live") == NO_BASELINE


@pytest.mark.parametrize(("kind", "name"), [("endpoint configuration", "config"), ("model", "model")])
def test_what_the_endpoint_serves_and_is_gone_is_named_with_the_remedy(kind: str, name: str) -> None:
    with pytest.raises(DataMissing, match=f"live serves {kind} {name}, which does not exist. Deploy"):
        served_model(Serving(kind), "live")


def test_a_refusal_that_is_not_about_a_missing_endpoint_is_raised() -> None:
    with pytest.raises(ClientError, match="AccessDenied"):
        served_model(Serving("endpoint", Code="AccessDeniedException"), "live")
