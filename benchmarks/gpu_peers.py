"""What `benchmarks.gpu` measures the trainer against: the same network in loops as a textbook has them, and
in one CUDA graph, which is the limit for small steps."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import torch
from torch.nn.functional import binary_cross_entropy_with_logits
from trainer.data import Sample
from trainer.network.architecture import network_for
from trainer.network.hyperparameters import NetworkHyperparameters

from benchmarks.synthetic_table import encoding

FEATURES = 30
Step = Callable[[torch.Tensor, torch.Tensor], None]


@dataclass(frozen=True)
class Work:
    """A size of job."""

    name: str
    rows: int
    batch_size: int
    hidden_units: int


@dataclass(frozen=True)
class Epoch:
    """What an epoch took and the mean training loss in it."""

    seconds: float
    loss: float


def settings_of(work: Work, precision: str) -> NetworkHyperparameters:
    """The same for all: a constant rate, and no checkpoint that would be in the way."""
    return NetworkHyperparameters(
        batch_size=work.batch_size,
        hidden_units=work.hidden_units,
        precision=precision,
        rate_schedule="constant",
        checkpoint_seconds=86_400.0,
    )


class Plain:
    """A network, its optimizer, all data on the GPU, and a step in bfloat16, as a tutorial has them."""

    def __init__(self, work: Work, train: Sample, *, is_capturable: bool = False) -> None:
        torch.use_deterministic_algorithms(False)
        settings = settings_of(work, "bfloat16")
        self.network = network_for(encoding(FEATURES), train.features, settings).cuda().train()
        self.optimizer = torch.optim.AdamW(
            self.network.parameters(), lr=settings.learning_rate, fused=True, capturable=is_capturable
        )
        self.rows = torch.from_numpy(train.features).cuda()
        self.labels = torch.from_numpy(train.labels).cuda()
        self.loss = torch.zeros((), device="cuda")

    def step(self, rows: torch.Tensor, labels: torch.Tensor) -> None:
        """One step; adds the batch's mean loss to `loss`."""
        self.optimizer.zero_grad()
        with torch.autocast("cuda", torch.bfloat16):
            logits = self.network(rows)
        loss = binary_cross_entropy_with_logits(logits.float(), labels)
        loss.backward()
        self.optimizer.step()
        self.loss += loss.detach()

    def epochs(self, batches: Callable[[], Iterator[int]]) -> Iterator[Epoch]:
        """Runs the steps of `batches` again and again."""
        while True:
            self.loss.zero_()
            began = time.perf_counter()
            steps = sum(1 for _ in batches())
            loss = float(self.loss) / steps  # waits for the GPU
            yield Epoch(time.perf_counter() - began, loss)


def resident(work: Work, train: Sample) -> Iterator[Epoch]:
    """All data on the GPU, shuffled there."""
    plain = Plain(work, train)

    def batches() -> Iterator[int]:
        for number, chosen in enumerate(torch.randperm(work.rows, device="cuda").split(work.batch_size)):
            plain.step(plain.rows[chosen], plain.labels[chosen])
            yield number

    return plain.epochs(batches)


def textbook(work: Work, train: Sample) -> Iterator[Epoch]:
    """TensorDataset and DataLoader with page-locked memory, which fetches whole batches (`BatchSampler`)."""
    from torch.utils.data import BatchSampler, DataLoader, RandomSampler, TensorDataset

    plain = Plain(work, train)
    data = TensorDataset(torch.from_numpy(train.features), torch.from_numpy(train.labels))
    batched = BatchSampler(RandomSampler(data), work.batch_size, drop_last=False)
    loader = DataLoader(data, sampler=batched, batch_size=None, pin_memory=True)

    def batches() -> Iterator[int]:
        for number, (rows, labels) in enumerate(loader):
            plain.step(rows.cuda(non_blocking=True), labels.cuda(non_blocking=True))
            yield number

    return plain.epochs(batches)


def captured(work: Work, train: Sample) -> Iterator[Epoch]:
    """The resident loop with its step captured once and replayed: no launches between kernels."""
    plain = Plain(work, train, is_capturable=True)
    chosen = torch.arange(work.batch_size, device="cuda")
    side = torch.cuda.Stream()
    side.wait_stream(torch.cuda.current_stream())
    with torch.cuda.stream(side):
        for _ in range(3):
            plain.step(plain.rows[chosen], plain.labels[chosen])
    torch.cuda.current_stream().wait_stream(side)
    graph = torch.cuda.CUDAGraph()
    with torch.cuda.graph(graph):
        plain.step(plain.rows[chosen], plain.labels[chosen])

    def batches() -> Iterator[int]:
        for number, part in enumerate(torch.randperm(work.rows, device="cuda").split(work.batch_size)):
            chosen.copy_(part)
            graph.replay()
            yield number

    return plain.epochs(batches)
