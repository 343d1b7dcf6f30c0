"""What a command needs to ask AWS, and what it says when that is missing: always a remedy, never a trace."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.trainyard.conftest import Answer
from trainyard import stack_file

Command = Callable[..., Answer]


@pytest.fixture(autouse=True)
def _nobody_is_signed_in(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ("ACCESS_KEY_ID", "SECRET_ACCESS_KEY", "SESSION_TOKEN", "PROFILE", "DEFAULT_REGION"):
        monkeypatch.delenv(f"AWS_{name}", raising=False)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "credentials"))


@pytest.mark.parametrize(
    ("arguments", "environment", "said"),
    [
        ((), {}, ("No AWS credentials", "AWS_PROFILE", "--endpoint-url")),
        ((), {"AWS_PROFILE": "nobody"}, ("nobody", "AWS_PROFILE")),
        ((), {"AWS_ACCESS_KEY_ID": "half"}, ("No AWS credentials", "AWS_SECRET_ACCESS_KEY")),
        (("--stack", "test"), {}, ("no Pulumi.test.yaml", "dev, prod")),
        (
            ("--endpoint-url", "http://127.0.0.1:9"),
            {},
            ("127.0.0.1:9", "python -m rehearsal run SCENARIO --keep"),
        ),
    ],
    ids=["signed out", "unknown profile", "half a key", "unknown stack", "nobody answers"],
)
def test_what_is_missing_is_said_with_its_remedy_as_exit_code_2(
    arguments: tuple[str, ...],
    environment: dict[str, str],
    said: tuple[str, ...],
    trainyard: Command,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    answer = trainyard("explain", "run-1", *arguments)
    assert (answer.code, answer.out) == (2, "")
    assert [one for one in said if one not in answer.err] == []


def test_a_stack_without_a_region_asks_for_one(
    trainyard: Command, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "Pulumi.dev.yaml").write_text("config: {}\n")
    monkeypatch.setattr(stack_file, "ROOT", tmp_path)
    answer = trainyard("explain", "run-1")
    assert answer.code == 2
    assert "--region" in answer.err and "AWS_DEFAULT_REGION" in answer.err


def test_an_address_that_is_none_is_wrong_use(trainyard: Command, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        trainyard("explain", "run-1", "--endpoint-url", "4566")
    assert ended.value.code == 2 and "http://127.0.0.1:4566" in capsys.readouterr().err
