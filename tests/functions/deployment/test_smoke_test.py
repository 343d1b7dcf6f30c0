"""The smoke test as the workflow calls it: reads what is known, asks, and says what went wrong."""

from __future__ import annotations

import io
from typing import Any

import pytest
from botocore.exceptions import ClientError

from contracts.failures import DataMissing, SmokeTestFailed
from functions.deployment.smoke_test_endpoint import handler

METADATA = {"known-inputs-uri": "s3://a/inputs.csv", "known-answers-uri": "s3://a/inputs.csv.out"}
EVENT = {"run": {"id": "run-1"}, "endpoint_name": "live", "phase": "live", "metadata": METADATA}


class Aws:
    """Two known rows with their answers, and an endpoint that gives `answer`."""

    class exceptions:  # noqa: N801
        """Where boto3 keeps its exception classes."""

        ClientError = ClientError

    def __init__(self) -> None:
        self.objects = {"inputs.csv": b"a,1\nb,2\n", "inputs.csv.out": b"0.25\n0.25\n"}
        self.answer: bytes | None = b"0.25\n"

    def get_object(self, Key: str, **_: Any) -> dict[str, Any]:  # noqa: N803
        if Key not in self.objects:
            raise ClientError({"Error": {"Code": "NoSuchKey"}}, "GetObject")
        return {"Body": io.BytesIO(self.objects[Key])}

    def invoke_endpoint(self, **_: Any) -> dict[str, Any]:
        if self.answer is None:
            raise ClientError({"Error": {"Code": "ModelError"}}, "InvokeEndpoint")
        return {"Body": io.BytesIO(self.answer)}


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch) -> Aws:
    fake = Aws()
    monkeypatch.setattr(handler, "client", lambda *_, **__: fake)
    monkeypatch.setenv("MAX_LATENCY_MILLISECONDS", "60000")
    return fake


@pytest.mark.usefixtures("aws")
def test_an_endpoint_that_answers_as_in_its_evaluation_passes() -> None:
    assert handler.handle(EVENT, None)["requests"] == 2


@pytest.mark.filterwarnings("ignore:No application metrics")
@pytest.mark.parametrize("answer", [b"0.3\n", b"<html>", None])
def test_an_endpoint_that_answers_otherwise_or_not_at_all_fails(aws: Aws, answer: bytes | None) -> None:
    aws.answer = answer
    with pytest.raises(SmokeTestFailed):
        handler.handle(EVENT, None)


@pytest.mark.filterwarnings("ignore:No application metrics")
def test_known_answers_that_are_gone_are_named(aws: Aws) -> None:
    del aws.objects["inputs.csv.out"]
    with pytest.raises(DataMissing, match=r"s3://a/inputs\.csv\.out"):
        handler.handle(EVENT, None)


@pytest.mark.filterwarnings("ignore:No application metrics")
def test_a_busy_storage_is_not_taken_for_missing_answers(aws: Aws, monkeypatch: pytest.MonkeyPatch) -> None:
    def busy(**_: Any) -> None:
        raise ClientError({"Error": {"Code": "SlowDown"}}, "GetObject")

    monkeypatch.setattr(aws, "get_object", busy)
    with pytest.raises(ClientError, match="SlowDown"):
        handler.handle(EVENT, None)
