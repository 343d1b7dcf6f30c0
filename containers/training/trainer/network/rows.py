"""A sample where the steps of a network take it from: on the GPU as a whole where it fits, which spares every
step a copy; else in the host's memory."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import torch

from trainer.data import Sample

# What a sample may take of a GPU's free memory, so that weights, moments and a step's activations find room.
RESIDENT_SHARE = 0.5


class Rows:
    """The features and labels of a sample, and how a step gets some of them on its device."""

    def __init__(self, sample: Sample, device: torch.device, *, is_resident: bool | None = None) -> None:
        """`is_resident` forces the place; None takes the device when it has room."""
        self._device = device
        size = sample.features.nbytes + sample.labels.nbytes
        is_resident = _has_room(device, size) if is_resident is None else is_resident
        self.is_resident = is_resident
        self._place = device if is_resident else torch.device("cpu")
        self._features = torch.from_numpy(sample.features).to(self._place)
        self._labels = torch.from_numpy(sample.labels).to(self._place)
        self.labels = sample.labels

    def __len__(self) -> int:
        return len(self.labels)

    def placed(self, positions: npt.NDArray[np.int64]) -> torch.Tensor:
        """Positions of rows, where `features` and `labels` want them: once an epoch, not once a step."""
        return torch.from_numpy(positions).to(self._place)

    def features_at(self, positions: torch.Tensor) -> torch.Tensor:
        """The features of these rows (positions x features) on the device."""
        return self._at(self._features, positions)

    def labels_at(self, positions: torch.Tensor) -> torch.Tensor:
        """Their labels, likewise."""
        return self._at(self._labels, positions)

    def _at(self, values: torch.Tensor, positions: torch.Tensor) -> torch.Tensor:
        if self._place == self._device:
            return values.index_select(0, positions)
        # From page-locked memory a copy runs beside the computation; PyTorch keeps it until the copy is done.
        shape = (len(positions), *values.shape[1:])
        gathered = torch.empty(shape, dtype=values.dtype, pin_memory=True)
        torch.index_select(values, 0, positions, out=gathered)
        return gathered.to(self._device, non_blocking=True)


def _has_room(device: torch.device, size: int) -> bool:
    if device.type == "cpu":
        return True
    free = int(torch.cuda.mem_get_info(device)[0])
    return size <= RESIDENT_SHARE * free
