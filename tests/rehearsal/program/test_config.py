"""Stack configuration reaches the program as the Pulumi CLI would hand it over."""

from pathlib import Path

import pytest

from rehearsal.program.config import StackConfig, load
from rehearsal.program.errors import ConfigError

PROJECT = """
name: demo
config:
  days: {type: integer, default: 14}
  isPublic: {type: boolean, default: false}
  limits: {type: object}
  aws:region: {value: eu-west-1}
  plain: text
"""


def _load(
    folder: Path, stack: str, project: str = PROJECT, secrets: dict[str, str] | None = None
) -> StackConfig:
    (folder / "Pulumi.yaml").write_text(project)
    (folder / "Pulumi.dev.yaml").write_text(stack)
    return load(folder, "dev", secrets)


def test_values_become_the_text_that_the_sdk_expects(tmp_path: Path) -> None:
    config = _load(tmp_path, "config:\n  demo:limits: {top: 0.5, names: [a]}\n  aws:region: eu-north-1")
    assert config.values == {
        "demo:days": "14",
        "demo:isPublic": "false",
        "demo:limits": '{"top":0.5,"names":["a"]}',
        "demo:plain": "text",
        "aws:region": "eu-north-1",
    }


def test_a_key_without_namespace_belongs_to_the_project(tmp_path: Path) -> None:
    assert _load(tmp_path, "config:\n  limits: {}\n  days: 3").values["demo:days"] == "3"


def test_a_missing_setting_without_default_is_refused_by_name(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"Pulumi\.dev\.yaml: demo:limits is missing"):
        _load(tmp_path, "config: {}")


@pytest.mark.parametrize("value", ["'14'", "true", "1.5", "[14]"])
def test_a_value_of_another_type_than_declared_is_refused(tmp_path: Path, value: str) -> None:
    with pytest.raises(ConfigError, match=r"demo:days is .* declares it as integer"):
        _load(tmp_path, f"config:\n  limits: {{}}\n  days: {value}")


def test_an_encrypted_value_needs_one_of_the_rehearsal_itself(tmp_path: Path) -> None:
    stack = "config:\n  limits: {token: {secure: v1:abc}}"
    with pytest.raises(ConfigError, match=r"demo:limits\.token is encrypted"):
        _load(tmp_path, stack)
    config = _load(tmp_path, stack, secrets={"demo:limits.token": "open"})
    assert config.values["demo:limits"] == '{"token":"open"}'
    assert config.secrets == {"demo:limits"}


def test_a_stack_without_file_is_refused_with_those_there_are(tmp_path: Path) -> None:
    _load(tmp_path, "config:\n  limits: {}")
    with pytest.raises(ConfigError, match=r"stack 'prod' has no Pulumi\.prod\.yaml; .*: dev"):
        load(tmp_path, "prod")


def test_an_environment_of_pulumi_cloud_is_refused_by_name(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="'environment' needs Pulumi Cloud"):
        _load(tmp_path, "environment: [shared]")


def test_an_override_replaces_the_setting_of_the_stack(tmp_path: Path) -> None:
    _load(tmp_path, "config:\n  limits: {}")
    assert load(tmp_path, "dev", overrides={"days": "30"}).values["demo:days"] == "30"


def test_broken_yaml_is_reported_with_its_file(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"Pulumi\.dev\.yaml is not valid YAML"):
        _load(tmp_path, "config: [")
