"""The network on a real GPU: the figures of the CPU, exact after an interruption, NCCL and FSDP through the
launcher, and a batch that finds no room. Needs numpy, pyarrow, pytest and PyTorch with a CUDA device:

    python3 -m pytest tests/containers/training/test_gpu.py
"""

from __future__ import annotations

import gc
import json
import shutil
import signal
import subprocess
import sys
from contextlib import contextmanager
from functools import partial

import pytest

from contracts.failures import OutOfMemory
from functions.training.classify_failure.classification import classify
from functions.training.classify_failure.recovery import changes
from tests.containers.training.in_process import train_here

QUICK = {
    "algorithm": "torch",
    "epochs": "4",
    "hidden_units": "64",
    "batch_size": "1024",
    "processes_per_host": "1",
}
LOSS, AUC = "validation:logloss", "validation:auc"
LAUNCH = """
import sys
from trainer.job import Job
from trainer.network.launch import launch
from trainer.paths import Paths
sys.exit(not launch(Job(Paths.from_environment(), print, lambda: False), 1))
"""


@pytest.fixture(scope="module", autouse=True)
def gpu():
    torch = pytest.importorskip("torch", reason="torch is not installed")
    if not torch.cuda.is_available():
        pytest.skip("this PyTorch sees no CUDA device")
    torch.set_num_threads(4)
    return torch


run_here = partial(train_here, QUICK)


def model_of(job):
    return (job.root / "model/model.npz").read_bytes()


def metrics_of(job):
    return job.read("model/metadata.json")["metrics"]


@pytest.fixture(scope="module")
def on_cpu(synthetic, tmp_path_factory):
    """The same job where no GPU is to be seen."""
    job = type(synthetic)(tmp_path_factory.mktemp("cpu")).fill(synthetic, QUICK | {"precision": "float32"})
    ended = job.run("trainer", CUDA_VISIBLE_DEVICES="")
    assert ended.returncode == 0, ended.stderr
    return job


@pytest.mark.parametrize(
    ("precision", "tolerance"),
    [("float32", 0.002), ("tfloat32", 0.005), ("bfloat16", 0.01), ("float16", 0.01), ("auto", 0.01)],
)
def test_every_precision_reaches_the_metrics_of_the_cpu(gpu, synthetic, on_cpu, job, precision, tolerance):
    gpu.cuda.reset_peak_memory_stats()
    assert run_here(job, synthetic, precision=precision)[0]
    assert gpu.cuda.max_memory_allocated() > 0, "nothing was computed on the GPU"
    assert metrics_of(job)[LOSS] == pytest.approx(metrics_of(on_cpu)[LOSS], rel=tolerance)
    assert metrics_of(job)[AUC] == pytest.approx(metrics_of(on_cpu)[AUC], abs=tolerance)


def test_mixed_precision_is_what_auto_means_on_a_gpu_that_has_it(gpu, synthetic, tmp_path, job):
    if gpu.cuda.get_device_capability()[0] < 8:
        pytest.skip("this GPU computes bfloat16 in software")
    found = {}
    for precision in ("auto", "bfloat16", "float32"):
        one = type(job)(tmp_path / precision)
        assert run_here(one, synthetic, precision=precision)[0]
        found[precision] = model_of(one)
    assert found["auto"] == found["bfloat16"] != found["float32"]


@pytest.mark.parametrize("precision", ["auto", "float32"])
def test_stopped_at_every_few_steps_it_ends_in_the_very_same_model(synthetic, tmp_path, job, precision):
    whole = type(job)(tmp_path / "whole")
    assert run_here(whole, synthetic, precision=precision)[0]
    stops = 0
    while not run_here(job, synthetic, stop_after=17, precision=precision)[0]:
        stops += 1
    assert stops == 4
    assert model_of(job) == model_of(whole)
    assert metrics_of(job) == metrics_of(whole)


def test_a_set_too_large_for_the_gpu_is_streamed_to_the_very_same_model(
    synthetic, tmp_path, job, monkeypatch
):
    from trainer.network import rows

    resident = type(job)(tmp_path / "resident")
    assert run_here(resident, synthetic, cuda_graph="off")[0]
    monkeypatch.setattr(rows, "RESIDENT_SHARE", 0.0)
    assert run_here(job, synthetic)[0]
    assert model_of(job) == model_of(resident)


@pytest.mark.parametrize("precision", ["auto", "float32"])
def test_a_step_recorded_as_a_graph_computes_what_its_kernels_do_one_by_one(
    synthetic, tmp_path, job, precision
):
    one_by_one = type(job)(tmp_path / "one")
    assert run_here(one_by_one, synthetic, precision=precision, cuda_graph="off")[0]
    assert run_here(job, synthetic, precision=precision)[0]
    assert model_of(job) == model_of(one_by_one)


def test_a_job_interrupted_on_the_gpu_goes_on_where_there_is_none(synthetic, on_cpu, job):
    assert not run_here(job, synthetic, stop_after=30, precision="float32")[0]
    ended = job.run("trainer", CUDA_VISIBLE_DEVICES="")
    assert ended.stdout.startswith("resumed from the checkpoint of 30 steps"), ended.stderr
    assert metrics_of(job)[LOSS] == pytest.approx(metrics_of(on_cpu)[LOSS], rel=0.005)


def read_until(process, text):
    for line in process.stdout:
        if text in line:
            return
    raise AssertionError(f"the job ended before it said {text!r}: {process.stderr.read()}")


def test_a_killed_job_resumes_to_the_very_model_of_an_uninterrupted_one(synthetic, tmp_path, job):
    whole, chosen = type(job)(tmp_path / "whole"), {"epochs": "40", "early_stopping_epochs": "0"}
    assert whole.fill(synthetic, QUICK | chosen).run("trainer").returncode == 0
    process = job.fill(synthetic, QUICK | chosen | {"checkpoint_steps": "3"}).start("trainer")
    read_until(process, "epoch=3 ")
    process.kill()
    process.communicate()
    ended = job.run("trainer")
    assert ended.returncode == 0, ended.stderr
    assert ended.stdout.startswith("resumed from the checkpoint of")
    assert model_of(job) == model_of(whole)


def test_sigterm_leaves_a_checkpoint_no_model_and_no_failure(synthetic, job):
    endless = {
        "epochs": "100000",
        "early_stopping_epochs": "0",
        "rate_schedule": "constant",
        "learning_rate": "1e-6",
    }
    process = job.fill(synthetic, QUICK | endless).start("trainer")
    read_until(process, "epoch=1 ")
    process.send_signal(signal.SIGTERM)
    _, errors = process.communicate(timeout=120)
    assert process.returncode == 128 + signal.SIGTERM, errors
    assert any((job.root / "checkpoints").iterdir())
    assert not (job.root / "model").exists() and not (job.root / "output/failure").exists()


@pytest.mark.parametrize("parallelism", ["replicated", "sharded"])
def test_a_launched_worker_trains_over_nccl_to_the_model_of_one_process(
    synthetic, tmp_path, job, parallelism
):
    alone = type(job)(tmp_path / "alone")
    assert run_here(alone, synthetic, precision="float32", dropout="0")[0]
    chosen = {"precision": "float32", "dropout": "0", "parallelism": parallelism}
    job.fill(synthetic, QUICK | chosen)
    resources = {"hosts": ["localhost"], "current_host": "localhost", "network_interface_name": "lo"}
    job.write("input/config/resourceconfig.json", resources)
    ended = launched(job)
    assert ended.returncode == 0, ended.stderr
    assert parallelism == "sharded" or "NCCL INFO" in ended.stdout, ended.stdout
    assert metrics_of(job)[LOSS] == pytest.approx(metrics_of(alone)[LOSS], rel=1e-4)


def launched(job):
    """The job through the launcher of several processes, which starts one and is told what NCCL does."""
    environment = job.environment("trainer") | {"NCCL_DEBUG": "INFO", "TRAINING_JOB_NAME": str(job.root)}
    command = [sys.executable, "-c", LAUNCH]
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120, check=False)


def test_a_sharded_job_interrupted_on_the_gpu_resumes_as_a_replicated_one(
    synthetic, tmp_path, job, monkeypatch
):
    whole, chosen = type(job)(tmp_path / "whole"), {"precision": "float32", "dropout": "0"}
    assert run_here(whole, synthetic, **chosen)[0]
    with monkeypatch.context() as worker:
        worker.setenv("LOCAL_RANK", "0")
        assert not run_here(job, synthetic, stop_after=30, parallelism="sharded", **chosen)[0]
    is_complete, said = run_here(job, synthetic, **chosen)
    assert is_complete and said[0] == "resumed from the checkpoint of 30 steps"
    assert metrics_of(job)[LOSS] == pytest.approx(metrics_of(whole)[LOSS], rel=1e-4)


WIDE = QUICK | {"epochs": "1", "hidden_units": "4096", "hidden_layers": "3", "precision": "float32"}
ROWS = 80_000
CONTEXT_BYTES = 1.5e9  # what a process takes of a GPU beside its tensors: half of that to twice of it


@contextmanager
def only(gpu, free_bytes):
    """Fills the GPU for real, but for so much."""
    gc.collect()
    gpu.cuda.empty_cache()
    hog = gpu.empty(gpu.cuda.mem_get_info()[0] - int(free_bytes), dtype=gpu.uint8, device="cuda")
    yield
    del hog
    gpu.cuda.empty_cache()


def fill_widely(job, synthetic, batch_size):
    """The wide network over the training rows four times."""
    job.fill(synthetic, WIDE | {"batch_size": str(batch_size)})
    part = job.root / "input/data/train/part.parquet"
    for copy in range(1, ROWS // 20_000):
        shutil.copy(part, part.with_name(f"part-{copy}.parquet"))
    return job


def tensors_of(gpu, job, synthetic, batch_size):
    """The most that the tensors of one such job take at once, in bytes."""
    gc.collect()
    gpu.cuda.empty_cache()
    gpu.cuda.reset_peak_memory_stats()
    fill_widely(job, synthetic, batch_size)
    assert run_here(job, synthetic, **WIDE | {"batch_size": str(batch_size)})[0]
    return gpu.cuda.max_memory_allocated()


def test_a_batch_without_room_is_classified_halved_and_then_trains(gpu, synthetic, tmp_path, job):
    whole, half = (tensors_of(gpu, type(job)(tmp_path / str(n)), synthetic, n) for n in (ROWS, ROWS // 2))
    fill_widely(job, synthetic, ROWS)
    with only(gpu, CONTEXT_BYTES + (whole + half) / 2):
        ended = job.run("trainer")
        assert ended.returncode == 1, f"whole {whole}, half {half}, free {gpu.cuda.mem_get_info()[0]}"
        verdict = verdict_on("AlgorithmError: " + (job.root / "output/failure").read_text())
        assert verdict.kind is OutOfMemory and f"hyperparameters.batch_size is {ROWS}" in verdict.message
        assert verdict_on("AlgorithmError: ExitCode 1 " + ended.stderr[-600:]).kind is OutOfMemory
        limits = {"min_batch_size": 64, "rate_factor": 0.5}
        smaller = changes(job.read("input/config/hyperparameters.json"), limits)["smaller_batch"]
        job.write("input/config/hyperparameters.json", smaller)
        ended = job.run("trainer")
    assert ended.returncode == 0, ended.stderr
    assert job.read("model/metadata.json")["hyperparameters"]["batch_size"] == ROWS // 2


def verdict_on(reason):
    """The class of a job that SageMaker says failed for this reason."""
    job = {"TrainingJobName": "job", "TrainingJobStatus": "Failed", "FailureReason": reason[:1024]}
    return classify("States.TaskFailed", json.dumps(job))
