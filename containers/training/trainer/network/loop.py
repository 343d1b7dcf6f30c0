"""The training loop: steps over a global batch, metrics after each epoch, checkpoints between any two
steps."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import numpy as np
import torch
from torch.nn.functional import binary_cross_entropy_with_logits

from contracts.failures import OutOfMemory
from trainer.data import Floats, Sample
from trainer.job import Job
from trainer.network.checkpoints import Checkpoint, Checkpoints
from trainer.network.graph import CapturedStep
from trainer.network.hyperparameters import NetworkHyperparameters
from trainer.network.parallel import Shared
from trainer.network.process import Process
from trainer.network.rows import Rows
from trainer.network.schedule import Orders, rate_at, seed_of
from trainer.network.scoring import measured
from trainer.progress import (
    TRAINING_LOSS,
    best_epoch,
    is_exhausted,
    is_rising,
    metrics_line,
    refuse_divergence,
    refuse_no_number,
)

SCORED_ROWS = 65_536
NO_MEMORY = ("out of memory", "can't allocate memory", "not enough memory")


@dataclass
class Fitting:
    """One network being fitted by this process and its peers; where it stands changes with every step."""

    job: Job
    settings: NetworkHyperparameters
    process: Process
    shared: Shared
    checkpoints: Checkpoints

    epoch: int = 0
    rows: int = 0
    steps: int = 0
    history: list[dict[str, float]] = field(default_factory=list)
    best_weights: dict[str, Any] | None = None
    resumed_from: int = 0

    def __post_init__(self) -> None:
        self._loss = torch.zeros((), dtype=torch.float64, device=self.process.device)
        self._precision = precision_of(self.settings.precision, self.process.device)
        # Float16 ends at 65,504 and 6e-8: small gradients survive it only when they are scaled up.
        is_scaled = self.settings.precision == "float16"
        self._scaler = torch.amp.GradScaler(self.process.device.type, enabled=is_scaled)
        self._captured: CapturedStep | None = None
        self._orders: Orders | None = None
        self._saved_at, self._saved_steps = time.monotonic(), 0

    @property
    def _generator(self) -> torch.Generator:
        """Dropout's."""
        device = self.process.device
        is_gpu = device.type == "cuda"
        return torch.cuda.default_generators[device.index or 0] if is_gpu else torch.default_generator

    def resume(self) -> None:
        """Goes on from the newest checkpoint of the first process, if there is one."""
        found: Checkpoint | None = self.process.from_first(
            self.checkpoints.latest() if self.process.is_first else None
        )
        if found is None:
            return
        self.shared.load(found.weights, found.moments)
        if found.scaling and self._scaler.is_enabled():
            self._scaler.load_state_dict(found.scaling)
        self.epoch, self.rows, self.steps = found.epoch, found.rows, found.steps
        self.history, self.best_weights = found.history, found.best_weights
        self.resumed_from, self._saved_steps = len(found.history), found.steps
        if self.process.is_first:
            self._loss.fill_(found.loss_sum)
        self._say(f"resumed from the checkpoint of {found.steps} steps")

    def run(self, train: Sample, validation: Sample) -> bool:
        """Trains to the end; false when it was asked to stop before and left a checkpoint."""
        rows, held_out = (Rows(sample, self.process.device) for sample in (train, validation))
        try:
            while not self._is_done():
                if not self._run_epoch(rows):
                    return False
                self._close_epoch(len(rows), held_out)
        except RuntimeError as error:
            raise out_of_memory(error, self.settings.batch_size) or error from error
        self._captured = None  # it holds as much memory as a step takes
        self.checkpoints.finish()
        return True

    def _is_done(self) -> bool:
        patience = self.settings.early_stopping_epochs
        return self.epoch >= self.settings.epochs or is_exhausted(self.history, patience)

    def _run_epoch(self, train: Rows) -> bool:
        if self._orders is None:
            self._orders = Orders(self.settings.seed, len(train))
        order = train.placed(self._orders.of(self.epoch))
        self.shared.module.train()
        while self.rows < len(order):
            should_stop, is_due = self.process.largest([self.job.should_stop(), self._is_due()])
            if should_stop:
                self._stop()
                return False
            if is_due:
                self._save()
            chosen = order[self.rows : self.rows + self.settings.batch_size * self.process.world]
            self._step(train, chosen, self.rows / len(order))
            self.rows += len(chosen)
            self.steps += 1
        return True

    def _step(self, train: Rows, chosen: torch.Tensor, share_of_epoch: float) -> None:
        """One step on a global batch, of which every process takes its part."""
        process, batch_size = self.process, self.settings.batch_size
        mine = chosen[process.rank :: process.world]
        set_rate(self.shared.optimizer, rate_at(self.settings, process.world, self.epoch + share_of_epoch))
        # The scaler asks the GPU whether a step overflowed, which no graph can wait for.
        is_capturable = self.shared.is_capturable and not self._scaler.is_enabled()
        is_captured = self.settings.cuda_graph == "auto" and is_capturable and train.is_resident
        if is_captured and len(mine) == batch_size:
            if self._captured is None:
                self._captured = CapturedStep(
                    partial(self._compute, train, len(chosen)), mine, self.shared.optimizer, [self._loss]
                )
            self._seed_step()
            self._captured(mine)
        else:
            self._seed_step()
            self._compute(train, len(chosen), mine)

    def _seed_step(self) -> None:
        if self.settings.dropout:
            self._generator.manual_seed(seed_of(self.settings.seed, self.process.rank, self.steps))

    def _compute(self, train: Rows, rows_in_all: int, mine: torch.Tensor) -> None:
        """Forward, backward and update; the loss is the mean over all processes' rows, however unevenly they
        are shared."""
        process, optimizer = self.process, self.shared.optimizer
        rows, labels = train.features_at(mine), train.labels_at(mine)
        optimizer.zero_grad()
        with self._precision:
            logits = self.shared.module(rows)
        loss = binary_cross_entropy_with_logits(logits.float(), labels, reduction="sum")
        # Gradients are averaged over processes, so each one's share is counted that many times.
        self._scaler.scale(loss * (process.world / rows_in_all)).backward()
        self._scaler.step(optimizer)
        self._scaler.update()
        self._loss += loss.detach().double()

    def _close_epoch(self, rows: int, validation: Rows) -> None:
        training_loss = self._loss_sum() / rows
        metrics = {TRAINING_LOSS: training_loss} | measured(self.logits(validation), validation.labels)
        self.history.append(metrics)
        self._say(metrics_line(self.epoch, metrics))
        refuse_divergence(self.history)
        if best_epoch(self.history) == self.epoch:
            self.best_weights = self.shared.weights()
        self.epoch, self.rows = self.epoch + 1, 0
        self._loss.zero_()

    def logits(self, sample: Rows) -> Floats:
        """The network's answers; every process computes its part of the rows, no more at a time than a step
        does: half the batch then needs half the memory here too."""
        process, at_once = self.process, min(self.settings.batch_size, SCORED_ROWS)
        share = -(-len(sample) // process.world)
        mine = sample.placed((np.arange(share) * process.world + process.rank) % len(sample))
        self.shared.module.eval()
        with torch.no_grad(), self._precision:
            found = [self.shared.module(sample.features_at(part)).float() for part in mine.split(at_once)]
        return process.interleaved(torch.cat(found).cpu().numpy())[: len(sample)]

    def _is_due(self) -> bool:
        """The first process decides for all."""
        if not self.process.is_first or self.steps == self._saved_steps or self.checkpoints.is_busy:
            return False
        every = self.settings.checkpoint_steps
        is_time = time.monotonic() - self._saved_at >= self.settings.checkpoint_seconds
        return (is_time or (every > 0 and self.steps % every == 0)) and not is_rising(self.history)

    def _save(self) -> None:
        loss_sum = self._loss_sum()
        refuse_no_number(TRAINING_LOSS, loss_sum, self.epoch)
        weights, moments = self.shared.weights(), self.shared.moments()
        self._saved_at, self._saved_steps = time.monotonic(), self.steps
        if self.process.is_first:
            checkpoint = Checkpoint(
                epoch=self.epoch,
                rows=self.rows,
                steps=self.steps,
                loss_sum=loss_sum,
                history=list(self.history),
                weights=weights,
                moments=moments,
                scaling=self._scaler.state_dict(),
                best_weights=self.best_weights,
            )
            self.checkpoints.start_saving(checkpoint)
            if self.settings.checkpoint_steps:
                self.checkpoints.finish()  # a loss that is bound in steps leaves none for writing

    def _stop(self) -> None:
        if self.steps > self._saved_steps:
            self._save()
        path = self.checkpoints.finish()
        self._say(f"stopped after {self.steps} steps, saved {path.name if path else 'before'}")

    def _loss_sum(self) -> float:
        """The sum of the losses of this epoch's rows so far, over all processes."""
        return self.process.sums([float(self._loss)])[0]

    def _say(self, line: str) -> None:
        if self.process.is_first:
            self.job.say(line)


def set_rate(optimizer: torch.optim.Optimizer, rate: float) -> None:
    """The learning rate of the next step; in place where a captured step reads it."""
    for group in optimizer.param_groups:
        if isinstance(group["lr"], torch.Tensor):
            group["lr"].fill_(rate)
        else:
            group["lr"] = rate


def precision_of(wanted: str, device: torch.device) -> torch.autocast:
    """What a forward pass computes in. `auto` is bfloat16 on GPUs that have it (capability 8 and up)."""
    is_capable = device.type == "cuda" and torch.cuda.get_device_capability(device)[0] >= 8
    is_half = wanted in ("float16", "bfloat16") or (wanted == "auto" and is_capable)
    half = torch.float16 if wanted == "float16" else torch.bfloat16
    return torch.autocast(device.type, half, enabled=is_half)


def out_of_memory(error: RuntimeError, batch_size: int) -> OutOfMemory | None:
    """The failure of a step whose batch found no room; None for any other error."""
    text = str(error)
    if not isinstance(error, torch.OutOfMemoryError) and not any(words in text for words in NO_MEMORY):
        return None
    rule = f"a step of it found no memory: {text[:300]}"
    remedy = "Lower it, and learning_rate with it, or take a larger machine"
    return OutOfMemory.about("hyperparameters.batch_size", batch_size, rule, remedy)
