"""What is wrong with a command is said in one line, before anything is started."""

from __future__ import annotations

from pathlib import Path

import pytest

from rehearsal.cli import main


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("run", "--stack", "none"), "--stack is none: there is no Pulumi.none.yaml; stacks are dev, prod"),
        (("run", "-c", "approval"), "'approval' sets nothing: write section.setting=value"),
        (("run", "-c", "training.spot.maxWindows=many"), 'training.spot.maxWindows is "many"; it must be a'),
        (("up", "-c", "training.spotty=true"), "trainyard:training.spotty is not a setting"),
        (("simulate", "meteor"), "No simulated scenario is called 'meteor'"),
    ],
)
def test_what_is_wrong_is_said_with_what_there_is(
    arguments: tuple[str, ...], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([*arguments]) == 2
    assert message in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("run", "meteor"), "invalid choice: 'meteor'"),
        (("serve", "--port", "70000"), "70000 is no port: it must be a whole number from 1 to 65535"),
        (("serve", "--wait-scale", "-1"), "-1 is no factor: it must be a number from 0 up"),
        (("serve", "--wait-scale", "nan"), "nan is no factor"),
    ],
)
def test_an_argument_that_cannot_be_taken_is_refused_with_its_rule(
    arguments: tuple[str, ...], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit, match="2"):
        main([*arguments])
    assert message in capsys.readouterr().err


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "file").touch()
    assert main(["definitions", "--out", str(tmp_path / "file/out")]) == 2
    assert f"--out is {tmp_path}/file/out" in capsys.readouterr().err
