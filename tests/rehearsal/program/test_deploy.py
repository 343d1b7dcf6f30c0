"""The sample program, created in the embedded AWS."""

import json
from functools import cache
from pathlib import Path

import pytest

from rehearsal.emulator.process import Emulator
from rehearsal.program import run
from rehearsal.program.account import Account
from rehearsal.program.deployment import Deployment
from rehearsal.program.errors import DeploymentError, ProgramError

pytestmark = pytest.mark.rehearsal
SAMPLE = Path(__file__).parent / "sample"
SECRETS = {"sample:secretToken": "s3cret"}


@cache
def deployed(endpoint_url: str) -> Deployment:
    return run.deploy(SAMPLE, "dev", endpoint_url, secrets=SECRETS)


def test_what_the_program_declares_is_there_afterwards(emulator: Emulator, account: Account) -> None:
    bucket = deployed(emulator.endpoint_url).outputs["bucket"]
    s3 = account.client("s3")
    rules = s3.get_bucket_lifecycle_configuration(Bucket=bucket)["Rules"]
    assert rules[0]["Expiration"] == {"Days": 14}
    assert s3.get_bucket_tagging(Bucket=bucket)["TagSet"] == [{"Key": "project", "Value": "sample"}]


def test_a_deployed_function_runs_the_code_of_its_archive(emulator: Emulator, account: Account) -> None:
    arn = deployed(emulator.endpoint_url).outputs["functionArn"]
    answer = account.client("lambda").invoke(FunctionName=arn, Payload=b'{"a": 1}')
    assert json.loads(answer["Payload"].read()) == {"got": {"a": 1}}


def test_a_second_deployment_names_what_is_there_and_the_remedy(emulator: Emulator) -> None:
    deployed(emulator.endpoint_url)
    with pytest.raises(DeploymentError, match="deploy into a fresh embedded AWS") as caught:
        run.deploy(SAMPLE, "dev", emulator.endpoint_url, secrets=SECRETS)
    assert "Role::role" in {
        failure.urn.split(":")[-3] + "::" + failure.urn.split(":")[-1] for failure in caught.value.failures
    }


def test_a_property_that_would_be_dropped_stops_the_deployment(emulator: Emulator) -> None:
    with pytest.raises(DeploymentError, match="does not honour httpSuccessFeedbackSampleRate") as caught:
        run.deploy(
            SAMPLE, "dev", emulator.endpoint_url, config={"variant": "dropped-property"}, secrets=SECRETS
        )
    assert any(failure.urn.endswith("::fanout") for failure in caught.value.failures)


def test_an_address_where_nothing_answers_is_one_clear_error() -> None:
    with pytest.raises(ProgramError, match=r"no embedded AWS answers at http://127\.0\.0\.1:9"):
        run.deploy(SAMPLE, "dev", "http://127.0.0.1:9", secrets=SECRETS)


def test_another_account_than_expected_is_refused(emulator: Emulator) -> None:
    with pytest.raises(ProgramError, match="is account 111122223333, not 444455556666"):
        run.deploy(SAMPLE, "dev", emulator.endpoint_url, account_id="444455556666", secrets=SECRETS)
