"""The functions' clients are boto3's, made with less."""

from __future__ import annotations

import gc
import re
from collections.abc import Iterator
from pathlib import Path

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import DataNotFoundError, UnknownServiceError

from functions.clients import client, session

FUNCTIONS = Path(__file__).resolve().parents[2] / "functions"
SERVICES = sorted(
    {
        service
        for handler in FUNCTIONS.glob("*/*/*.py")
        for service in re.findall(r'client\("([\w-]+)"', handler.read_text())
    }
)


@pytest.fixture(autouse=True)
def made_anew(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-1")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "key")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    yield
    client.cache_clear()
    session.cache_clear()


@pytest.mark.parametrize("service", SERVICES)
def test_a_client_has_the_endpoint_and_the_operations_of_boto3s(service: str) -> None:
    ours, theirs = client(service).meta, boto3.client(service).meta
    assert (ours.endpoint_url, ours.region_name) == (theirs.endpoint_url, theirs.region_name)
    assert ours.config.signature_version == theirs.config.signature_version
    assert ours.service_model.api_version == theirs.service_model.api_version
    assert ours.method_to_api_mapping == theirs.method_to_api_mapping


def test_a_service_has_one_client_in_a_process_and_settings_make_another() -> None:
    impatient = Config(read_timeout=1)
    assert client("s3") is client("s3")
    assert client("s3", config=impatient) is client("s3", config=impatient)
    assert client("s3", config=impatient) is not client("s3")


def test_a_service_that_does_not_exist_is_refused_and_garbage_is_collected_again() -> None:
    with pytest.raises((UnknownServiceError, DataNotFoundError), match="nosuchservice"):
        client("nosuchservice")
    assert gc.isenabled()
