"""The training container as a process: what it leaves, and that being killed changes nothing about the
model."""

from __future__ import annotations

import re
import signal

import pytest


def read_until(process, text):
    """The lines of a running job up to the first that holds the text."""
    for line in process.stdout:
        if text in line:
            return
    raise AssertionError(f"the job ended before it said {text!r}: {process.stderr.read()}")


def test_a_finished_job_leaves_model_encoding_and_metadata(trained, prepared):
    metadata = trained.read("model/metadata.json")
    assert {path.name for path in (trained.root / "model").iterdir()} == {
        "model.ubj",
        "encoding.json",
        "metadata.json",
    }
    assert metadata["rounds"] == 12 and 0 < metadata["threshold"] < 1
    assert sum(one["share"] for one in metadata["importance"]) == pytest.approx(1, abs=1e-4)
    assert trained.read("model/encoding.json") == prepared.read(
        "processing/output/data/encoding/encoding.json"
    )


def test_the_last_metrics_printed_are_those_of_the_model_kept(trained):
    lines = (trained.root / "stdout").read_text().splitlines()
    assert re.fullmatch(
        r"epoch=3 train:logloss=\d\.\d+ validation:logloss=\d\.\d+ validation:auc=\d\.\d+", lines[3]
    )
    metrics = trained.read("model/metadata.json")["metrics"]
    assert f"validation:auc={metrics['validation:auc']:.6f}" in lines[-1]


def test_a_job_killed_between_rounds_resumes_to_the_same_model(job, prepared, trained):
    job.train_on(prepared)
    process = job.start("trainer")
    read_until(process, "epoch=4 ")
    process.kill()
    process.communicate()
    ended = job.run("trainer")
    assert ended.returncode == 0, ended.stderr
    assert ended.stdout.startswith("resumed from the checkpoint of")
    model = "model/model.ubj"
    assert (job.root / model).read_bytes() == (trained.root / model).read_bytes()


def test_sigterm_leaves_a_checkpoint_and_no_model(job, prepared):
    rounds = {"num_boost_round": "100000", "early_stopping_rounds": "0", "checkpoint_rounds": "0"}
    job.train_on(prepared, **rounds)
    process = job.start("trainer")
    read_until(process, "epoch=1 ")
    process.send_signal(signal.SIGTERM)
    out, err = process.communicate(timeout=60)
    assert process.returncode == 128 + signal.SIGTERM, err
    assert "saved checkpoint-" in out
    assert not (job.root / "model").exists() and not (job.root / "output/failure").exists()


@pytest.mark.parametrize(
    ("hyperparameters", "error", "words"),
    [
        ({"max_depth": "0"}, "ConfigurationRejected", "hyperparameters.max_depth"),
        ({"num_boost_round": "2", "eta": "0.1"}, "ConfigurationRejected", "hyperparameters.eta"),
    ],
)
def test_a_wrong_hyperparameter_is_named_in_the_failure_file(
    job, prepared, monkeypatch, hyperparameters, error, words
):
    from trainer.__main__ import main

    job.train_on(prepared, **hyperparameters)
    monkeypatch.setenv("OPT_ML", str(job.root))
    assert main() == 1
    failure = job.read("output/failure")
    assert failure["error"] == error and words in failure["message"]


def test_a_missing_channel_is_named_in_the_failure_file(job, monkeypatch):
    from trainer.__main__ import main

    monkeypatch.setenv("OPT_ML", str(job.root))
    assert main() == 1
    failure = job.read("output/failure")
    assert failure["error"] == "DataMissing" and "channel encoding" in failure["message"]
