"""A training step as one CUDA graph: a step of a small network is over sooner than Python can start its
kernels one by one, so they are recorded once and started together.
https://docs.pytorch.org/docs/stable/notes/cuda.html#cuda-graphs"""

from __future__ import annotations

from collections.abc import Callable

import torch

WARM_UPS = 3  # what cuBLAS and autograd set up in first steps must not be recorded


class CapturedStep:
    """The step on a batch of one size; calling it is the step on the rows at these positions."""

    def __init__(
        self,
        step: Callable[[torch.Tensor], None],
        positions: torch.Tensor,
        optimizer: torch.optim.Optimizer,
        changed: list[torch.Tensor],
    ) -> None:
        """Records `step`, which takes positions on the GPU. Weights, moments and what else it has
        `changed` are afterwards what they were."""
        self._step = step  # holds what the graph reads, which does so itself by address alone
        self._positions, self._graph = positions.clone(), torch.cuda.CUDAGraph()
        before = [(tensor, tensor.detach().clone()) for tensor in [*changed, *_state_of(optimizer)]]
        side = torch.cuda.Stream()
        side.wait_stream(torch.cuda.current_stream())
        with torch.cuda.stream(side):
            for _ in range(WARM_UPS):
                step(self._positions)
        torch.cuda.current_stream().wait_stream(side)
        known = {id(tensor) for tensor, _ in before}
        with torch.no_grad():
            for tensor, value in before:
                tensor.copy_(value)
            # Moments and counts of steps begin with zero.
            for tensor in _state_of(optimizer):
                if id(tensor) not in known:
                    tensor.zero_()
        optimizer.zero_grad()  # frees the warm-ups' gradients: those of the graph lie in memory of its own
        with torch.cuda.graph(self._graph):
            step(self._positions)

    def __call__(self, positions: torch.Tensor) -> None:
        """The step."""
        self._positions.copy_(positions)
        self._graph.replay()


def _state_of(optimizer: torch.optim.Optimizer) -> list[torch.Tensor]:
    """Weights and their moments, in place."""
    weights = [weight for group in optimizer.param_groups for weight in group["params"]]
    moments = [value for state in optimizer.state.values() for value in state.values()]
    return [*weights, *(value for value in moments if isinstance(value, torch.Tensor))]
