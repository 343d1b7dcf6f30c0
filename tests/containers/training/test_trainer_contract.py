"""The trainer's contract (docs/trainer-contract.md), held against every trainer there is: both algorithms of
ours, and an image of one's own that knows nothing but the contract."""

from __future__ import annotations

import json
import random
import re
import signal
import subprocess
from contextlib import suppress
from dataclasses import dataclass
from importlib.util import find_spec

import numpy as np
import pyarrow.parquet as pq
import pytest

from contracts.failures import FAILURES
from functions.training.plan_training.ladder import NUMBER
from tests.containers.training.in_process import main_here

LINE = re.compile(rf"epoch=(\d+) .*train:logloss={NUMBER} .*validation:logloss={NUMBER}")


@dataclass(frozen=True)
class Trainer:
    """A trainer's entry point, the hyperparameters of a short run with a checkpoint every `interval` (rounds,
    steps or epochs), and of an endless run."""

    package: str
    module: str
    interval: int
    short: dict[str, str]
    endless: dict[str, str]


NETWORK = {"algorithm": "torch", "hidden_units": "16", "batch_size": "512", "early_stopping_epochs": "0"}
TRAINERS = {
    "xgboost": Trainer(
        "trainer",
        "trainer.__main__",
        3,
        {"num_boost_round": "60", "subsample": "0.8", "checkpoint_rounds": "3"},
        {"num_boost_round": "100000", "early_stopping_rounds": "0"},
    ),
    "torch": Trainer(
        "trainer",
        "trainer.__main__",
        5,
        NETWORK | {"epochs": "6", "checkpoint_steps": "5"},
        NETWORK | {"epochs": "100000"},
    ),
    "own": Trainer(
        "own_trainer",
        "own_trainer",
        1,
        {"epochs": "40", "checkpoint_seconds": "0"},
        {"epochs": "100000"},
    ),
}


@pytest.fixture(scope="module", params=TRAINERS)
def trainer(request):
    if request.param == "torch" and find_spec("torch") is None:
        pytest.skip("torch is not installed")
    return TRAINERS[request.param]


@pytest.fixture(scope="module")
def finished(trainer, prepared, tmp_path_factory):
    """A short job that nobody interrupted, and what it printed; run in this process, which is quicker."""
    job = type(prepared)(tmp_path_factory.mktemp("finished")).fill(prepared, trainer.short)
    code, said = main_here(job, trainer.module)
    assert code == 0, said
    return job, said


def model_of(job):
    folder = job.root / "model"
    return next(folder / name for name in ("model.ubj", "model.npz") if (folder / name).exists())


def read_until(process, text):
    for line in process.stdout:
        if text in line:
            return
    raise AssertionError(f"the job ended before it said {text!r}: {process.stderr.read()}")


def failure_of(job, trainer):
    """The failure of a job that has to end badly; run in this process as well."""
    assert main_here(job, trainer.module)[0] == 1
    written = (job.root / "output/failure").read_text()
    failure = json.loads(written)
    assert failure["error"] in FAILURES and len(written) <= 1024
    return failure


def test_a_finished_job_prints_one_metrics_line_an_epoch(finished):
    _, lines = finished
    epochs = [int(found[1]) for found in map(LINE.match, lines) if found]
    assert epochs == list(range(len(epochs))) and len(epochs) >= 6
    assert re.search(rf"epochs={len(epochs)}$", lines[-1])


def test_serving_reads_the_model_and_agrees_on_the_threshold(finished, prepared):
    from inference.model import Model

    model, table = (
        Model.read(finished[0].root / "model"),
        pq.read_table(prepared.root / "processing/output/data/validation"),
    )
    names = model.encoding.feature_names
    scores = model.scorer.scores(np.column_stack([table[name] for name in names]).astype(np.float32))
    labels = table["label"].to_numpy()
    assert ((scores > 0) & (scores < 1)).all() and scores[labels > 0].mean() > scores[labels == 0].mean()
    assert (scores >= model.threshold).mean() == pytest.approx(labels.mean(), abs=0.05)


def killed_somewhere(job, trainer, source):
    """Kills the job at a random moment after its second epoch; how many epochs it had finished."""
    process = job.start(trainer.package)
    read_until(process, "epoch=1 ")
    with suppress(subprocess.TimeoutExpired):
        process.wait(source.random() / 50)
    process.kill()
    said = [int(found[1]) for found in map(LINE.match, process.communicate()[0].splitlines()) if found]
    return max([1, *said]) + 1


def units_of(epochs, trainer, prepared):
    """Finished epochs in what checkpoints are counted by: rounds, epochs, or steps of a batch."""
    if "batch_size" not in trainer.short:
        return epochs
    rows = pq.read_table(prepared.root / "processing/output/data/train").num_rows
    return epochs * -(-rows // int(trainer.short["batch_size"]))


def test_a_job_killed_at_random_loses_an_interval_at_most_and_ends_in_the_very_same_model(
    trainer, finished, prepared, job
):
    source = random.Random(trainer.package)  # noqa: S311
    epochs = killed_somewhere(job.fill(prepared, trainer.short), trainer, source)
    kept = [int(path.name.split("-")[1]) for path in (job.root / "checkpoints").glob("checkpoint-*")]
    code, (first, *_, last) = main_here(job, trainer.module)
    assert code == 0, last
    said = re.match(r"resumed from the checkpoint of (\d+) ", first)
    resumed = int(said[1]) if said else 0  # killed before its first one
    assert max(kept, default=resumed) == resumed, "the newest whole one"
    assert units_of(epochs, trainer, prepared) - resumed <= trainer.interval
    assert last == finished[1][-1], "the metrics of the run that nobody interrupted"
    assert model_of(job).read_bytes() == model_of(finished[0]).read_bytes()


def test_sigterm_leaves_a_checkpoint_no_model_and_no_failure(trainer, prepared, job):
    process = job.fill(prepared, trainer.endless).start(trainer.package)
    read_until(process, "epoch=1 ")
    process.send_signal(signal.SIGTERM)
    _, errors = process.communicate(timeout=60)
    assert process.returncode == 128 + signal.SIGTERM, errors
    assert any((job.root / "checkpoints").iterdir())
    assert not (job.root / "model").exists() and not (job.root / "output/failure").exists()


@pytest.mark.parametrize(
    ("name", "text"), [("learning_rate", "fast"), ("learning_rate", "-1"), ("colour", "1")]
)
def test_a_hyperparameter_it_cannot_take_is_refused_by_name(trainer, prepared, job, name, text):
    failure = failure_of(job.fill(prepared, trainer.short | {name: text}), trainer)
    assert failure["error"] == "ConfigurationRejected"
    assert f"hyperparameters.{name}" in failure["message"] and text in failure["message"]


@pytest.mark.parametrize("channel", ["train", "validation", "encoding"])
def test_a_channel_without_data_is_refused_by_name(trainer, prepared, job, channel):
    job.fill(prepared, trainer.short)
    for path in (job.root / "input/data" / channel).iterdir():
        path.unlink()
    failure = failure_of(job, trainer)
    assert failure["error"] == "DataMissing" and f"channel {channel}" in failure["message"]


def test_a_checkpoint_of_other_data_is_refused_instead_of_used(trainer, finished, prepared, job):
    job.fill(prepared, trainer.short)
    job.put(finished[0].root / "checkpoints", "checkpoints")
    part = next((job.root / "input/data/train").glob("*.parquet"))
    pq.write_table(pq.read_table(part).slice(1), part)
    assert failure_of(job, trainer)["error"] == "ArtifactCorrupt"
    assert not (job.root / "model").exists()


def test_damaged_checkpoints_are_refused_instead_of_starting_over(trainer, finished, prepared, job):
    job.fill(prepared, trainer.short)
    for path in job.put(finished[0].root / "checkpoints", "checkpoints").iterdir():
        path.write_bytes(path.read_bytes()[:-40])
    assert failure_of(job, trainer)["error"] == "ArtifactCorrupt"
