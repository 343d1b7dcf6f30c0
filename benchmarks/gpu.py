"""The network on a GPU: rows a second, peak memory and loss for each precision, optimizer and place of the
data, beside plain PyTorch loops over the same network.

    PYTHONPATH=containers/training python3 -m benchmarks.gpu [--json FILE]

Needs numpy, pyarrow and PyTorch, takes about a minute. An epoch to warm up, then the median of three; `ratio`
is to the plain loop that has its data on the GPU as well.
"""

from __future__ import annotations

import argparse
import gc
import json
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any

import torch
from trainer.data import Sample
from trainer.job import Job
from trainer.network.architecture import network_for
from trainer.network.checkpoints import Checkpoints
from trainer.network.loop import Fitting
from trainer.network.parallel import shared
from trainer.network.process import Process
from trainer.network.rows import Rows
from trainer.network.train import be_reproducible
from trainer.paths import Paths

from benchmarks.gpu_peers import FEATURES, Epoch, Work, captured, resident, settings_of, textbook
from benchmarks.synthetic_table import encoding, sample

EPOCHS = 3
WORKS = (
    Work("bound by kernel starts", 524_288, 1024, 128),
    Work("bound by products", 1_048_576, 16_384, 2048),
)
OURS: dict[str, dict[str, Any]] = {
    "float32": {"precision": "float32"},
    "tfloat32": {"precision": "tfloat32"},
    "bfloat16": {"precision": "bfloat16"},
    "bfloat16, optimizer not fused": {"precision": "bfloat16", "is_fused": False},
    "bfloat16, kernel by kernel": {"precision": "bfloat16", "cuda_graph": "off"},
    "bfloat16, data streamed": {"precision": "bfloat16", "is_resident": False},
    "bfloat16, kernels of any order": {"precision": "bfloat16", "is_deterministic": False},
}
PLAIN = "plain loop, data resident"


def ours(
    work: Work,
    train: Sample,
    precision: str,
    is_fused: bool = True,
    is_resident: bool = True,
    is_deterministic: bool = True,
    cuda_graph: str = "auto",
) -> Iterator[Epoch]:
    """The trainer's own loop, one epoch after the other."""
    settings = replace(settings_of(work, precision), cuda_graph=cuda_graph)
    device = torch.device("cuda", 0)
    be_reproducible(settings.precision)
    torch.use_deterministic_algorithms(is_deterministic)
    network, process = network_for(encoding(FEATURES), train.features, settings), Process(0, 1, device)
    share = shared(network, process, settings.parallelism, settings.weight_decay)
    if not is_fused:
        for group in share.optimizer.param_groups:
            group["fused"] = False
    rows = Rows(train, device, is_resident=is_resident)
    with tempfile.TemporaryDirectory() as folder:
        job = Job(Paths(Path(folder)), lambda _: None, lambda: False)
        fitting = Fitting(job, settings, process, share, Checkpoints(Path(folder), "benchmark"))
        while True:
            began = time.perf_counter()
            fitting._run_epoch(rows)
            loss = fitting._loss_sum() / len(rows)  # waits for the GPU
            yield Epoch(time.perf_counter() - began, loss)
            fitting.epoch, fitting.rows = fitting.epoch + 1, 0
            fitting._loss.zero_()


def measured(work: Work, epochs: Iterator[Epoch]) -> dict[str, float]:
    """Rows a second (median), peak memory and the last loss of a loop that is warm."""
    gc.collect()
    torch.cuda.empty_cache()
    torch.cuda.reset_peak_memory_stats()
    next(epochs)
    found = list(islice(epochs, EPOCHS))
    return {
        "rows_per_second": work.rows / statistics.median(epoch.seconds for epoch in found),
        "peak_mib": torch.cuda.max_memory_allocated() / 2**20,
        "loss": found[-1].loss,
    }


def table(work: Work) -> dict[str, dict[str, float]]:
    """All variants and peers on one size of job."""
    train = Sample(*sample(work.rows, FEATURES))
    loops = {name: partial(ours, work, train, **chosen) for name, chosen in OURS.items()}
    loops |= {
        PLAIN: partial(resident, work, train),
        "plain loop, DataLoader": partial(textbook, work, train),
        "limit: plain step as a CUDA graph": partial(captured, work, train),
    }
    found: dict[str, dict[str, float]] = {}
    for name, loop in loops.items():
        try:
            found[name] = measured(work, loop())
        except RuntimeError as error:  # one variant that can't run leaves the others
            print(f"{name}: {type(error).__name__}: {error}", file=sys.stderr)
    return found


def main() -> int:
    """Prints one table a size of job."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--json", type=Path, help="where to write the figures as well")
    options = parser.parse_args()
    if not torch.cuda.is_available():
        print("this PyTorch sees no CUDA device: there is nothing to measure", file=sys.stderr)
        return 2
    card = f"{torch.cuda.get_device_name()}, PyTorch {torch.__version__}"
    print(card)
    figures = {work.name: table(work) for work in WORKS}
    for work in WORKS:
        print(f"\n{work.name}: {work.rows} rows, batch {work.batch_size}, 2 x {work.hidden_units} units")
        print("| loop | rows/s | ratio | peak MiB | loss |\n|---|---:|---:|---:|---:|")
        plain = figures[work.name].get(PLAIN, {}).get("rows_per_second", float("nan"))
        for name, one in figures[work.name].items():
            ratio = one["rows_per_second"] / plain
            cells = f"{one['rows_per_second']:,.0f} | {ratio:.2f} | {one['peak_mib']:.0f} | {one['loss']:.4f}"
            print(f"| {name} | {cells} |")
    if options.json:
        options.json.write_text(json.dumps({"card": card, "figures": figures}, indent=1))
    return 0


if __name__ == "__main__":
    sys.exit(main())
