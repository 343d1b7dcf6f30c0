"""The network: exact after an interruption at any step, the same on one process as on two, and served by
arrays alone. Needs PyTorch; skipped without it."""

from __future__ import annotations

import itertools
import math
import subprocess
import sys
from functools import partial
from importlib.util import find_spec

import numpy as np
import pytest

from contracts.failures import ArtifactCorrupt, ConfigurationRejected, OutOfMemory, TrainingDiverged
from tests.containers.training.in_process import train_here

pytestmark = pytest.mark.skipif(find_spec("torch") is None, reason="torch is not installed")
QUICK = {"algorithm": "torch", "epochs": "2", "hidden_units": "8", "embedding_size": "2", "batch_size": "900"}
HALVES = {"batch_size": "450", "learning_rate": "0.0015", "warmup_epochs": "0", "dropout": "0"}
PARALLELISMS = ("replicated", "sharded")
# One host's part of all jobs. Each meets its peers at the port that its name leads to.
ALL_JOBS = f"""
import os, sys
from trainer.__main__ import main
for name in {PARALLELISMS}:
    job = os.path.join(sys.argv[1], name)
    os.environ |= {{"TRAINING_JOB_NAME": job, "OPT_ML": os.path.join(job, sys.argv[2])}}
    if code := main():
        sys.exit(code)
"""


run_here = partial(train_here, QUICK)


def arrays_of(job):
    with (job.root / "model/model.npz").open("rb") as raw, np.load(raw) as file:
        return {name: file[name] for name in file.files}


@pytest.mark.parametrize("precision", ["float32", "float16"])
def test_stopped_at_every_few_steps_it_ends_in_the_very_same_model(tmp_path, prepared, job, precision):
    whole = type(job)(tmp_path / "whole")
    assert run_here(whole, prepared, precision=precision)[0]
    stops = 0
    while not run_here(job, prepared, stop_after=3, precision=precision)[0]:
        stops += 1
    assert stops == 5
    assert (job.root / "model/model.npz").read_bytes() == (whole.root / "model/model.npz").read_bytes()
    assert job.read("model/metadata.json")["metrics"] == whole.read("model/metadata.json")["metrics"]


def test_half_the_batch_and_rate_go_on_from_the_same_row(prepared, job):
    assert not run_here(job, prepared, stop_after=4)[0]
    is_complete, said = run_here(job, prepared, batch_size="450", learning_rate="0.0015")
    assert is_complete and said[0] == "resumed from the checkpoint of 4 steps"


def test_another_network_does_not_take_the_checkpoint(prepared, job):
    assert not run_here(job, prepared, stop_after=2)[0]
    with pytest.raises(ArtifactCorrupt, match="other data, features or hyperparameters"):
        run_here(job, prepared, hidden_units="9")


def test_a_checkpoint_that_would_run_code_is_refused_unread(prepared, job, tmp_path):
    import torch
    from trainer.checkpoints import CheckpointFiles

    torch.save({"weights": print}, tmp_path / "evil")
    CheckpointFiles(job.root / "checkpoints", "pt").write(1, (tmp_path / "evil").read_bytes())
    with pytest.raises(ArtifactCorrupt, match="can't be loaded"):
        run_here(job, prepared)


def test_a_rate_far_too_high_is_divergence_and_spoils_no_checkpoint(prepared, job, monkeypatch):
    from trainer.network import loop

    monkeypatch.setattr(loop, "rate_at", lambda *_: math.inf)
    with pytest.raises(TrainingDiverged, match="lower learning_rate"):
        run_here(job, prepared, checkpoint_steps="1")
    saved = [path.name[:17] for path in (job.root / "checkpoints").iterdir()]
    assert saved == [] or max(saved) == "checkpoint-000001"


@pytest.mark.parametrize(
    "text", ["CUDA out of memory. Tried to allocate", "DefaultCPUAllocator: can't allocate memory"]
)
def test_a_step_without_memory_names_the_batch_size(prepared, job, monkeypatch, text):
    from trainer.network.loop import Fitting

    def exhausted(*_):
        raise RuntimeError(text)

    monkeypatch.setattr(Fitting, "_step", exhausted)
    with pytest.raises(OutOfMemory, match=r"hyperparameters\.batch_size is 900.*Lower it"):
        run_here(job, prepared)


def test_early_stopping_keeps_the_best_epoch_of_all(prepared, job):
    chosen = {"epochs": "40", "early_stopping_epochs": "2", "learning_rate": "0.05", "dropout": "0"}
    is_complete, said = run_here(job, prepared, **chosen)
    metadata = job.read("model/metadata.json")
    assert is_complete and metadata["rounds"] == metadata["best_round"] + 3 < 40
    assert said[-1].startswith(f"best epoch={metadata['best_round']} ")


def test_serving_computes_what_the_network_computes(prepared, job):
    from inference.network import Network
    from trainer.data import Channels
    from trainer.network.architecture import network_for
    from trainer.network.hyperparameters import NetworkHyperparameters
    from trainer.network.model import arrays, logits
    from trainer.network.scoring import probabilities
    from trainer.paths import Paths

    job.fill(prepared, QUICK)
    channels = Channels.read(Paths(job.root))
    rows = channels.validation.features.copy()
    rows[::3, ::2] = np.nan
    network = network_for(channels.encoding, channels.train.features, NetworkHyperparameters())
    with (job.root / "n.npz").open("wb") as file:
        np.savez(file, **arrays(network, channels.encoding.feature_names))
    served = Network.read(job.root / "n.npz").scores(rows)
    assert np.abs(served - probabilities(logits(network, rows))).max() < 1e-6


def test_half_precision_trains_to_nearly_the_same_loss(prepared, job):
    assert run_here(job, prepared)[0]
    exact = job.read("model/metadata.json")["metrics"]["validation:logloss"]
    for precision in ("bfloat16", "float16"):
        assert run_here(job, prepared, precision=precision)[0]
        metrics = job.read("model/metadata.json")["metrics"]
        assert metrics["validation:logloss"] == pytest.approx(exact, rel=0.02), precision


def test_a_scale_at_which_gradients_overflow_is_halved_and_kept_in_the_checkpoint(prepared, job, monkeypatch):
    import torch

    monkeypatch.setattr(torch.amp, "GradScaler", partial(torch.amp.GradScaler, init_scale=2.0**40))
    assert not run_here(job, prepared, stop_after=3, precision="float16")[0]
    [path] = (job.root / "checkpoints").iterdir()
    assert torch.load(path, weights_only=True)["scaling"]["scale"] == 2.0**37, "three steps were skipped"


def test_float16_is_refused_for_shards_that_would_scale_apart(prepared, job):
    with pytest.raises(ConfigurationRejected, match=r"precision is .*float16.*take bfloat16"):
        run_here(job, prepared, precision="float16", parallelism="sharded")


@pytest.fixture(scope="module")
def on_two_hosts(prepared, tmp_path_factory):
    """A job of each parallelism, run by one process on each of two hosts: this machine by two names. Each
    process takes one job after the other, for PyTorch is imported but once."""
    folder, hosts = tmp_path_factory.mktemp("hosts"), ["localhost", "127.0.0.1"]
    for parallelism, host in itertools.product(PARALLELISMS, hosts):
        job = type(prepared)(folder / parallelism / host)
        job.fill(prepared, QUICK | HALVES | {"parallelism": parallelism})
        resources = {"hosts": hosts, "current_host": host, "network_interface_name": "lo"}
        job.write("input/config/resourceconfig.json", resources)
    commands = [[sys.executable, "-c", ALL_JOBS, str(folder), host] for host in hosts]
    environment = prepared.environment("trainer")
    processes = [subprocess.Popen(command, stderr=subprocess.PIPE, env=environment) for command in commands]
    for process in processes:
        _, errors = process.communicate(timeout=120)
        assert process.returncode == 0, errors
    return {parallelism: folder / parallelism for parallelism in PARALLELISMS}


@pytest.mark.parametrize("parallelism", PARALLELISMS)
def test_two_processes_train_the_model_of_one_with_the_whole_batch(on_two_hosts, prepared, job, parallelism):
    assert run_here(job, prepared, dropout="0", warmup_epochs="0")[0]
    one, folder = arrays_of(job), on_two_hosts[parallelism]
    assert not (folder / "127.0.0.1/model").exists(), "the first host alone writes the model"
    for name, array in arrays_of(type(job)(folder / "localhost")).items():
        if array.dtype.kind == "f":
            assert np.allclose(array, one[name], atol=2e-5), name


def test_a_launched_worker_that_is_alone_shards_and_resumes_as_a_replicated_one(
    tmp_path, prepared, job, monkeypatch
):
    whole = type(job)(tmp_path / "whole")
    assert run_here(whole, prepared, dropout="0")[0]
    with monkeypatch.context() as worker:
        worker.setenv("LOCAL_RANK", "0")
        chosen = {"dropout": "0", "parallelism": "sharded", "processes_per_host": "1"}
        assert not run_here(job, prepared, stop_after=4, **chosen)[0]
    assert run_here(job, prepared, dropout="0")[1][0] == "resumed from the checkpoint of 4 steps"
    assert np.allclose(arrays_of(job)["weight_0"], arrays_of(whole)["weight_0"], atol=2e-5)


def test_a_network_that_is_to_be_sharded_by_one_process_is_refused_by_name(prepared, job):
    with pytest.raises(ConfigurationRejected, match=r"hyperparameters\.parallelism is .*sharded.*processes"):
        run_here(job, prepared, parallelism="sharded")


def test_processes_of_one_host_fail_together_with_the_first_one_s_failure(prepared, job):
    job.fill(prepared, QUICK | {"processes_per_host": "2", "parallelism": "sharded"})
    (job.root / "checkpoints").mkdir()
    (job.root / "checkpoints/checkpoint-000001-0123456789abcdef.pt").write_bytes(b"noise")
    ended = job.run("trainer", TRAINING_JOB_NAME=str(job.root))
    assert ended.returncode == 1
    assert job.read("output/failure")["error"] == "ArtifactCorrupt"
