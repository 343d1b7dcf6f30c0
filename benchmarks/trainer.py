"""The network against scikit-learn's: seconds an epoch, AUC, peak memory, and how long a step waits for a
checkpoint. Needs PyTorch (requirements/torch.in); run as `python -m benchmarks.trainer`."""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from benchmarks.synthetic_table import encoding, sample

ROOT = Path(__file__).resolve().parents[1]
ROWS, FEATURES, EPOCHS, BATCH, WIDTH = 20_000, 20, 3, 1024, 128
RUNS = 3


def fitting_in(folder: Path) -> Any:
    """The trainer's own loop, with the folder as /opt/ml."""
    import torch
    from trainer.job import Job
    from trainer.network.architecture import network_for
    from trainer.network.checkpoints import Checkpoints
    from trainer.network.hyperparameters import NetworkHyperparameters
    from trainer.network.loop import Fitting
    from trainer.network.parallel import shared
    from trainer.network.process import Process
    from trainer.paths import Paths

    settings = NetworkHyperparameters(epochs=EPOCHS, batch_size=BATCH, hidden_units=WIDTH, dropout=0.0)
    process = Process(0, 1, torch.device("cpu"))
    network = network_for(encoding(FEATURES), sample(ROWS, FEATURES)[0], settings)
    job = Job(Paths(folder), lambda _: None, lambda: False)
    shared_network = shared(network, process, "replicated", 1e-4)
    return Fitting(job, settings, process, shared_network, Checkpoints(folder, "benchmark"))


def ours() -> dict[str, float]:
    """An epoch of the loop, and how long its step waits for a checkpoint that is then written."""
    import tempfile

    from trainer.data import Sample

    train, validation = (Sample(*sample(rows, FEATURES)) for rows in (ROWS, ROWS // 5))
    with tempfile.TemporaryDirectory() as folder:
        fitting = fitting_in(Path(folder))
        epochs = timed(lambda: fitting.run(train, validation))
        pause = timed(fitting._save)
        written = pause + timed(fitting.checkpoints.finish)
    auc = fitting.history[-1]["validation:auc"]
    return {"epoch_s": epochs / EPOCHS, "auc": auc, "pause_ms": pause * 1000, "written_ms": written * 1000}


def timed(work: Callable[[], object]) -> float:
    """Seconds that it takes."""
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def scikit_learn() -> dict[str, float]:
    """The same widths, batch and epochs."""
    import warnings

    from sklearn.metrics import roc_auc_score
    from sklearn.neural_network import MLPClassifier

    warnings.simplefilter("ignore")
    (rows, labels), (held_out, truth) = sample(ROWS, FEATURES), sample(ROWS // 5, FEATURES)
    model = MLPClassifier((WIDTH, WIDTH), batch_size=BATCH, max_iter=EPOCHS, learning_rate_init=0.003)
    epochs = timed(lambda: model.fit(rows, labels))
    return {
        "epoch_s": epochs / EPOCHS,
        "auc": float(roc_auc_score(truth, model.predict_proba(held_out)[:, 1])),
    }


def measured(name: str) -> dict[str, float]:
    """One run in a process of its own, with its peak memory."""
    code = (
        "import json, resource, sys; from benchmarks import trainer; found = getattr(trainer, sys.argv[1])();"
        "peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024;"
        "print(json.dumps(found | {'peak_mib': peak}))"
    )
    path = f"{ROOT}:{ROOT / 'containers/training'}"
    command = [sys.executable, "-c", code, name]
    ended = subprocess.run(command, env={"PYTHONPATH": path}, cwd=ROOT, check=True, capture_output=True)
    found: dict[str, float] = json.loads(ended.stdout)
    return found


def main() -> None:
    """Medians of interleaved runs, and the ratio to the peer."""
    argparse.ArgumentParser(prog="python -m benchmarks.trainer", description=__doc__).parse_args()
    runs: dict[str, list[dict[str, float]]] = {"ours": [], "scikit_learn": []}
    for _ in range(RUNS):
        for name, found in runs.items():
            found.append(measured(name))
    medians = {
        name: {key: statistics.median(run[key] for run in found) for key in found[0]}
        for name, found in runs.items()
    }
    for name, values in medians.items():
        print(f"{name:13}", "  ".join(f"{key} {value:.3f}" for key, value in values.items()))
    print(f"time ratio    {medians['ours']['epoch_s'] / medians['scikit_learn']['epoch_s']:.2f}")


if __name__ == "__main__":
    main()
