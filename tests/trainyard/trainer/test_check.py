"""`trainyard trainer check`: what an image of one's own breaks is said before a job is paid for."""

from __future__ import annotations

import json
import os
import shlex
import sys
from pathlib import Path
from typing import Any

import pytest

from trainyard.__main__ import main
from trainyard.trainer.sample import write_sample

ROOT = Path(__file__).resolve().parents[3]
OWN = [sys.executable, str(ROOT / "examples/own_trainer/own_trainer.py")]
LOSS = ["--objective", "validation:logloss"]
LONG = ["--set", "epochs=3000"]
SHORT = ["--set", "epochs=2"]

# Prints the metrics and takes any hyperparameter; what it does beside that differs.
SLOPPY = """
import json, os, pathlib, sys
root = pathlib.Path(os.environ["OPT_ML"])
print("epoch=0 train:logloss=0.5 validation:logloss=0.5 validation:auc=0.7 epochs=1", flush=True)
(root / "model/metadata.json").write_text("{}")
"""


@pytest.fixture
def check(capsys: pytest.CaptureFixture[str]) -> Any:
    """Exit code and what is said of each promise, by its sign."""

    def run(*options: str) -> tuple[int, str]:
        code = main(["trainer", "check", *options])
        said = capsys.readouterr()
        return code, said.out + said.err

    return run


def test_the_example_of_an_own_trainer_keeps_every_promise(check: Any) -> None:
    code, said = check(*LOSS, *LONG, "--", *OWN)
    assert code == 0, said
    assert said.count("✓") == 6 and "ends in the very same model" in said


def test_an_objective_that_the_image_does_not_print_is_told_with_what_it_prints(check: Any) -> None:
    code, said = check("--objective", "validation:auc", *SHORT, "--", *OWN)
    assert code == 1
    [line] = [line for line in said.splitlines() if line.startswith("✗")]
    assert "training.objectiveMetric is validation:auc" in line and "validation:logloss=" in line


def test_the_stacks_objective_and_hyperparameters_are_taken_where_none_are_given(check: Any) -> None:
    code, said = check("--", *OWN)
    assert code == 1 and "✗ a job ends well: exit code 1" in said
    assert "ConfigurationRejected" in said and "hyperparameters." in said


def test_each_promise_that_a_sloppy_trainer_breaks_has_its_line(check: Any, tmp_path: Path) -> None:
    script = tmp_path / "sloppy.py"
    script.write_text(SLOPPY)
    code, said = check("--", sys.executable, str(script))
    assert code == 1
    assert "lacking: encoding.json, one of model.ubj and model.npz, threshold in metadata.json" in said
    assert "✗ an unknown hyperparameter is refused by name: exit code 0" in said
    assert "one line of JSON with error and message" in said


def test_a_job_that_does_not_end_is_ended_and_told(check: Any) -> None:
    endless = "import signal; signal.pause()"
    code, said = check("--limit-seconds", "0.5", "--", sys.executable, "-c", endless)
    assert code == 1 and "not over after 0.5 seconds" in said


def test_an_image_runs_with_docker_without_a_network_on_the_folder_of_the_job(
    check: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    docker = tmp_path / "docker"
    docker.write_text(f'#!/bin/sh\necho "$@" >> {tmp_path}/asked\n'
                      f'OPT_ML="${{6%%:*}}" exec {shlex.join(OWN)}\n')  # fmt: skip
    docker.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)
    code, said = check(*LOSS, *SHORT, "--image", "mine:1")
    assert code == 0, said
    [first, *_] = (tmp_path / "asked").read_text().splitlines()
    assert first.startswith("run --rm --network none --volume ") and first.endswith(" mine:1 train")


def test_docker_that_cannot_start_the_image_is_no_broken_promise(
    check: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    docker = tmp_path / "docker"
    docker.write_text("#!/bin/sh\necho 'docker: Cannot connect to the Docker daemon.' >&2\nexit 125\n")
    docker.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)
    assert check("--image", "mine:1") == (
        2,
        "Docker did not start mine:1: docker: Cannot connect to the Docker daemon.\n",
    )


def test_data_of_an_earlier_run_is_taken_instead(check: Any, tmp_path: Path) -> None:
    write_sample(tmp_path / "data")
    code, said = check("--json", *LOSS, *SHORT, "--data", str(tmp_path / "data"), "--", *OWN)
    assert code == 0 and json.loads(said)[0]["is_kept"]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ([], "Give either --image IMAGE, or -- and the command that trains"),
        (["--image", "mine:1", "--", "train"], "Give either --image IMAGE"),
        (["--set", "epochs", "--", "train"], "--set is 'epochs': it must be NAME=VALUE"),
        (["--data", "/nowhere", "--", "train"], "it has no train, validation, encoding"),
        (["--stack", "moon", "--", "train"], "--stack is moon"),
        (["--", "/no/such/trainer"], "/no/such/trainer: No such file or directory"),
    ],
)
def test_wrong_use_is_refused_in_one_line(check: Any, options: list[str], message: str) -> None:
    code, said = check(*options)
    assert code == 2 and message in said and said.count("\n") == 1
