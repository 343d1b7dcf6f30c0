"""The sample program, previewed and recorded: what it declares is what we see."""

import gc
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from rehearsal.program import run, values
from rehearsal.program.child import Job, run_job
from rehearsal.program.deployment import Deployment
from rehearsal.program.errors import ConfigError, DeploymentError, ProgramError
from rehearsal.program.worker import Worker

SAMPLE = Path(__file__).parent / "sample"
SECRETS = {"sample:secretToken": "s3cret"}
# The provider warns about classes with new names; the SDK never awaits what depends on a failure.
pytestmark = [
    pytest.mark.filterwarnings("ignore:.*has been deprecated in favor:DeprecationWarning"),
    pytest.mark.filterwarnings("ignore:coroutine .* was never awaited:RuntimeWarning"),
]
TOPIC = "aws:sns/topic:Topic"


@cache
def recorded() -> Deployment:
    return run.record(SAMPLE, "dev", secrets=SECRETS)


@pytest.fixture(autouse=True)
def _nothing_left_behind() -> Iterator[None]:
    gc.freeze()  # only what this test makes has to be searched
    yield
    gc.collect()


def _here(variant: str, mode: str = "record", **more: Any) -> tuple[Deployment, list[Any]]:
    """A run in this process: faster, and good enough where no state is left behind."""
    seen: list[Any] = []
    job = Job(str(SAMPLE), "dev", mode, config={"variant": variant}, secrets=SECRETS, **more)
    return run_job(job, SimpleNamespace(send=seen.append)), seen  # type: ignore[arg-type]


def test_a_recording_has_outputs_in_the_form_aws_gives_them() -> None:
    outputs = recorded().outputs
    assert outputs["accountId"] == "111122223333"
    assert outputs["functionArn"].startswith("arn:aws:lambda:eu-west-1:111122223333:function:function-")
    assert outputs["bucket"].startswith("store-data-")


def test_a_secret_stays_marked_from_configuration_to_stack_output() -> None:
    assert recorded().secret_outputs == {"token"}
    assert recorded().outputs["token"] == "s3cret"


def test_urns_name_the_components_that_a_resource_is_in() -> None:
    bucket = recorded().named("aws:s3/bucket:Bucket", "store-data")
    assert bucket.urn == "urn:pulumi:dev::sample::sample:ground:Store$aws:s3/bucket:Bucket::store-data"
    component = recorded().named("sample:ground:Store", "store")
    assert bucket.parent == component.urn and not component.is_custom
    assert recorded().component_outputs[component.urn] == {"bucket_name": bucket.outputs["bucket"]}


def test_an_input_from_another_resource_arrives_with_its_value_and_its_dependency() -> None:
    expiry = recorded().named(
        "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration", "store-expiry"
    )
    bucket = recorded().named("aws:s3/bucket:Bucket", "store-data")
    assert expiry.inputs["bucket"] == bucket.id
    assert expiry.inputs["rules"][0]["expiration"] == {"days": 14}
    assert expiry.dependencies == (bucket.urn,)


def test_default_tags_reach_every_resource_that_has_tags() -> None:
    topic = recorded().named(TOPIC, "topic")
    assert topic.inputs["tags"] == {"kind": "alert"}
    assert topic.outputs["tagsAll"] == {"kind": "alert", "project": "sample"}


def test_the_archive_of_a_function_is_kept_as_declared() -> None:
    code = recorded().named("aws:lambda/function:Function", "function").inputs["code"]
    assert code.assets["handler.py"] == values.Asset(path="code/handler.py")


def test_asking_for_a_resource_that_is_not_declared_lists_those_there_are() -> None:
    with pytest.raises(KeyError, match="no aws:sns/topic:Topic named 'none'; there are topic"):
        recorded().named(TOPIC, "none")


def test_a_preview_leaves_unknown_what_only_a_creation_tells() -> None:
    previewed, _ = _here("plain", "preview")
    assert previewed.outputs["bucket"] == values.UNKNOWN
    assert previewed.outputs["accountId"] == "111122223333"
    assert {found.urn for found in previewed.resources} == {found.urn for found in recorded().resources}


def test_two_resources_with_one_urn_are_refused_by_that_urn() -> None:
    with pytest.raises(DeploymentError, match=r"Topic::topic\n.*another resource has this URN"):
        _here("duplicate", "preview")


def test_a_type_without_handler_is_refused_in_the_preview_already() -> None:
    with pytest.raises(DeploymentError, match="no handler for aws:glue/catalogDatabase:CatalogDatabase"):
        _here("unknown-type", "preview")


def test_a_resource_from_before_the_rehearsal_cannot_be_read() -> None:
    with pytest.raises(DeploymentError, match=r"aws:s3/bucket:Bucket.get\(\) .* a rehearsal starts empty"):
        _here("existing")


def test_an_import_is_refused_by_the_urn_of_the_resource() -> None:
    with pytest.raises(DeploymentError, match=r"Topic::adopted\n.*imports are not part of a rehearsal"):
        _here("import")


def test_another_stack_is_read_from_the_outputs_given_for_it() -> None:
    references = {"organization/network/dev": {"vpcId": "vpc-1"}}
    assert _here("reference", stack_references=references)[0].outputs["vpcId"] == "vpc-1"
    with pytest.raises(DeploymentError, match="outputs of the referenced stack 'organization/network/dev'"):
        _here("reference")


def test_an_explicit_provider_has_default_tags_of_its_own() -> None:
    assert _here("provider")[0].named(TOPIC, "tagged").outputs["tagsAll"] == {"team": "ml"}


def test_a_provider_of_another_region_is_refused() -> None:
    with pytest.raises(DeploymentError, match="region 'us-east-1': the rehearsal runs one region, eu-west-1"):
        _here("elsewhere")


def test_an_error_of_the_program_shows_its_own_frames_only() -> None:
    with pytest.raises(ProgramError, match="ValueError: no such model") as caught:
        run.record(SAMPLE, "dev", config={"variant": "crash"}, secrets=SECRETS)
    assert caught.value.exit_code == 1
    assert "sample/__main__.py" in str(caught.value)
    assert "runpy" not in str(caught.value)


def test_an_error_inside_an_apply_fails_the_run() -> None:
    with pytest.raises(ProgramError, match="JSONDecodeError"):
        _here("failing-apply")


def test_refused_settings_keep_exit_code_two() -> None:
    with pytest.raises(ProgramError) as caught:
        _here("exit")
    assert caught.value.exit_code == 2


def test_a_provider_setting_without_effect_here_is_refused() -> None:
    with pytest.raises(ConfigError, match="aws:profile have no effect in a rehearsal"):
        run.preview(SAMPLE, "dev", config={"aws:profile": "mine"}, secrets=SECRETS)


def test_every_resource_is_reported_while_the_run_goes_on() -> None:
    deployment, seen = _here("plain")
    assert [progress.done for progress in seen] == list(range(1, len(deployment.resources) + 1))


def test_each_registration_keeps_its_request_for_the_policy_pack() -> None:
    assert list(recorded().requests) == [found.urn for found in recorded().resources]
    assert b"secretToken" not in b"".join(recorded().requests.values())
    assert all(recorded().requests.values())


def test_a_worker_started_ahead_takes_one_job_and_is_gone_afterwards() -> None:
    with Worker(SAMPLE) as worker:
        deployment = worker.run(Job(str(SAMPLE), "dev", "preview", secrets=SECRETS))
    assert deployment.outputs["accountId"] == "111122223333"
    with pytest.raises(OSError, match="closed"):
        worker.run(Job(str(SAMPLE), "dev", "preview", secrets=SECRETS))
