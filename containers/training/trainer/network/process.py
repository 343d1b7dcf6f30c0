"""This process among those that train together, and the few things they tell each other."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
import torch.distributed as dist

from trainer.job import LOCAL_RANK, is_worker
from trainer.network.hosts import Hosts

# A process that is silent for so long is lost; validation, checkpoints and model writing take less.
PATIENCE = timedelta(minutes=15)


@dataclass(frozen=True)
class Process:
    """Its number among `world` processes, and the device it computes on."""

    rank: int
    world: int
    device: torch.device

    @property
    def is_first(self) -> bool:
        """The first process speaks and writes for all."""
        return self.rank == 0

    def largest(self, values: Sequence[float]) -> list[float]:
        """The largest of each value over all processes."""
        return self._reduced(values, "max")

    def sums(self, values: Sequence[float]) -> list[float]:
        """The sum of each value over all processes."""
        return self._reduced(values, "sum")

    def from_first(self, value: Any) -> Any:
        """What the first process has."""
        if self.world == 1:
            return value
        box = [value if self.is_first else None]
        dist.broadcast_object_list(box, src=0, device=torch.device("cpu"))
        return box[0]

    def interleaved(self, part: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
        """The parts of all processes as one: element i of process r becomes element i * world + r."""
        if self.world == 1:
            return part
        mine = torch.from_numpy(part)
        parts = [torch.empty_like(mine) for _ in range(self.world)]
        dist.all_gather(parts, mine)
        whole: npt.NDArray[np.float32] = torch.stack(parts, dim=1).reshape(-1).numpy()
        return whole

    def _reduced(self, values: Sequence[float], how: str) -> list[float]:
        if self.world == 1:
            return list(values)
        tensor = torch.tensor(values, dtype=torch.float64)
        dist.all_reduce(tensor, dist.ReduceOp.MAX if how == "max" else dist.ReduceOp.SUM)
        return [float(value) for value in tensor]


@contextmanager
def joined(hosts: Hosts, processes_per_host: int) -> Iterator[Process]:
    """This process, connected to the others of the job if there are any. A launched worker that is the only
    one joins a group of one, so that one GPU is enough to see that the path of many works."""
    local_rank = int(os.environ.get(LOCAL_RANK, "0"))
    has_gpu = torch.cuda.is_available()
    device = torch.device("cuda", local_rank) if has_gpu else torch.device("cpu")
    if has_gpu:
        torch.cuda.set_device(device)
    world = len(hosts.names) * processes_per_host
    rank = hosts.rank(local_rank, processes_per_host)
    if world == 1 and not is_worker():
        yield Process(0, 1, device)
        return
    os.environ.update(hosts.interfaces())
    # What processes tell each other about stops and losses goes by the CPU: it must not wait for the GPU.
    backend = "cpu:gloo,cuda:nccl" if has_gpu else "gloo"
    dist.init_process_group(backend, hosts.meeting_point(), timeout=PATIENCE, world_size=world, rank=rank)
    yield Process(rank, world, device)
    dist.destroy_process_group()
