"""The training container as a process: what it leaves behind, and what it says."""

from __future__ import annotations

import re

import pytest

from contracts.failures import AlgorithmFailed, HostOutOfMemory


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


@pytest.mark.parametrize(
    ("hyperparameters", "error", "words"),
    [
        ({"max_depth": "0"}, "ConfigurationRejected", "hyperparameters.max_depth"),
        ({"algorithm": "prophet"}, "ConfigurationRejected", "one of xgboost, torch"),
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


def test_weights_that_a_gpu_cannot_hold_ask_for_a_larger_machine_not_a_smaller_batch():
    from trainer.failing import named

    assert type(named(RuntimeError("CUDA out of memory. Tried to allocate 2.00 GiB"))) is HostOutOfMemory
    assert type(named(RuntimeError("CUDA error: device-side assert triggered"))) is AlgorithmFailed
