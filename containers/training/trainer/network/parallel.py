"""Two ways to share a network among processes: a whole copy in each, or a shard in each where no device holds
it whole. Both give their state as if there were one process, so that either resumes from the other's."""

from __future__ import annotations

from inspect import signature
from typing import Any, Protocol

import torch
import torch.distributed as dist
from torch import nn

from contracts.failures import ConfigurationRejected
from trainer.network.architecture import TabularNetwork
from trainer.network.process import Process

State = dict[str, Any]


class Shared(Protocol):
    """A network in training."""

    module: nn.Module
    optimizer: torch.optim.Optimizer
    is_capturable: bool
    """Whether a step can be recorded as a CUDA graph."""

    def weights(self) -> State:
        """All weights on the CPU, a copy; where the network is sharded, in the first process only."""

    def moments(self) -> State:
        """The optimizer's state, a copy likewise."""

    def load(self, weights: State, moments: State) -> None:
        """Goes back to a state."""


class Replicated:
    """A whole copy in each process; gradients are averaged while they are computed."""

    def __init__(self, network: TabularNetwork, process: Process, weight_decay: float) -> None:
        self._network = network.to(process.device)
        self.module: nn.Module = self._network
        if dist.is_initialized():
            devices = [process.device] if process.device.type == "cuda" else None
            wrap = nn.parallel.DistributedDataParallel
            # The buffers never change. PyTorch 2.13 renames the option and warns of its old name.
            is_new = "forward_sync_buffers" in signature(wrap).parameters
            self.module = wrap(
                self._network, devices, **{"forward_sync_buffers" if is_new else "broadcast_buffers": False}
            )
        self.is_capturable = process.device.type == "cuda" and not dist.is_initialized()
        # A tensor, so that a captured step reads the rate of the moment.
        rate = torch.zeros((), device=process.device) if self.is_capturable else 0.0
        self.optimizer = torch.optim.AdamW(
            self._network.parameters(),
            rate,
            weight_decay=weight_decay,
            fused=True,
            capturable=self.is_capturable,
        )

    def weights(self) -> State:
        """All weights on the CPU, a copy."""
        return dict(copied(self._network.state_dict()))

    def moments(self) -> State:
        """The optimizer's state, a copy, without what only this device can do."""
        moments = self.optimizer.state_dict()
        groups = [
            {**group, "lr": float(group["lr"]), "fused": None, "capturable": False}
            for group in moments["param_groups"]
        ]
        return dict(copied({**moments, "param_groups": groups}))

    def load(self, weights: State, moments: State) -> None:
        """Goes back to a state."""
        self._network.load_state_dict(weights)
        own = [
            {name: group[name] for name in ("lr", "fused", "capturable")}
            for group in self.optimizer.param_groups
        ]
        groups = [{**group, **kept} for group, kept in zip(moments["param_groups"], own, strict=True)]
        self.optimizer.load_state_dict({**moments, "param_groups": groups})


class Sharded:
    """Each process holds a part of every layer and of its optimizer state, and sees a layer whole only while
    it computes it (FSDP)."""

    def __init__(self, network: TabularNetwork, process: Process, weight_decay: float) -> None:
        from torch.distributed.device_mesh import init_device_mesh
        from torch.distributed.fsdp import fully_shard

        if not dist.is_initialized():
            rule = "it takes several processes: more hosts, GPUs or processes_per_host"
            raise ConfigurationRejected.about("hyperparameters.parallelism", "sharded", rule)
        mesh = init_device_mesh(process.device.type, (process.world,))
        self.module, self.is_capturable = network.to(process.device), False
        for layer in network.layers:
            if isinstance(layer, nn.Linear):
                fully_shard(layer, mesh=mesh)
        fully_shard(network, mesh=mesh)
        self.optimizer = torch.optim.AdamW(network.parameters(), weight_decay=weight_decay)

    def weights(self) -> State:
        """All weights on the CPU of the first process."""
        from torch.distributed.checkpoint.state_dict import get_model_state_dict

        return dict(get_model_state_dict(self.module, options=_options()))

    def moments(self) -> State:
        """The optimizer's state on the CPU of the first process, by position as one process has it."""
        from torch.distributed.checkpoint.state_dict import get_optimizer_state_dict

        found = get_optimizer_state_dict(self.module, self.optimizer, options=_options())
        return by_position(found, self._names()) if found else {}

    def load(self, weights: State, moments: State) -> None:
        """Goes back to a state that every process has whole."""
        from torch.distributed.checkpoint.state_dict import set_model_state_dict, set_optimizer_state_dict

        set_model_state_dict(self.module, weights, options=_options())
        by_names = by_name(moments, self._names())
        set_optimizer_state_dict(self.module, self.optimizer, by_names, options=_options())

    def _names(self) -> list[str]:
        return [name for name, _ in self.module.named_parameters()]


def shared(network: TabularNetwork, process: Process, parallelism: str, weight_decay: float) -> Shared:
    """The network as these processes train it."""
    kind = Sharded if parallelism == "sharded" else Replicated
    return kind(network, process, weight_decay)


def copied(state: Any) -> Any:
    """A copy on the CPU, which training does not change any more."""
    if isinstance(state, torch.Tensor):
        return state.detach().to("cpu", copy=True)
    if isinstance(state, dict):
        return {name: copied(value) for name, value in state.items()}
    if isinstance(state, list):
        return [copied(value) for value in state]
    return state


def by_position(moments: State, names: list[str]) -> State:
    """An optimizer state keyed by parameter names, keyed by positions."""
    position = {name: index for index, name in enumerate(names)}
    groups = [
        {**group, "params": [position[name] for name in group["params"]]} for group in moments["param_groups"]
    ]
    return {
        "state": {position[name]: value for name, value in moments["state"].items()},
        "param_groups": groups,
    }


def by_name(moments: State, names: list[str]) -> State:
    """The reverse."""
    groups = [
        {**group, "params": [names[index] for index in group["params"]]} for group in moments["param_groups"]
    ]
    return {
        "state": {names[index]: value for index, value in moments["state"].items()},
        "param_groups": groups,
    }


def _options() -> Any:
    from torch.distributed.checkpoint.state_dict import StateDictOptions

    return StateDictOptions(full_state_dict=True, cpu_offload=True)
