"""A network for tables: standardised numbers with a flag for what is missing, an embedding per category,
dense layers, one logit. It takes the same float32 rows as trees do, NaN included."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import nn

from contracts.encoding import Encoding
from trainer.data import Floats
from trainer.network.hyperparameters import NetworkHyperparameters


class TabularNetwork(nn.Module):  # type: ignore[misc]
    """`numbers` and `categories` are positions in a row; a category's last two codes are "unknown level" and
    "missing"."""

    def __init__(
        self, numbers: Sequence[int], levels: dict[int, int], settings: NetworkHyperparameters
    ) -> None:
        super().__init__()
        self.numbers, self.categories = list(numbers), list(levels)
        missing = [count + 1 for count in levels.values()]
        # As tensors on the network's device: a list would be copied there in every step.
        self.register_buffer("number_positions", torch.tensor(self.numbers, dtype=torch.long), False)
        self.register_buffer("category_positions", torch.tensor(self.categories, dtype=torch.long), False)
        self.register_buffer("missing_codes", torch.tensor(missing, dtype=torch.float32), False)
        self.register_buffer("mean", torch.zeros(len(numbers)))
        self.register_buffer("scale", torch.ones(len(numbers)))
        self.embeddings = nn.ModuleList(
            nn.Embedding(count + 2, settings.embedding_size) for count in levels.values()
        )
        width = 2 * len(numbers) + len(levels) * settings.embedding_size
        layers: list[nn.Module] = []
        for _ in range(settings.hidden_layers):
            layers += [nn.Linear(width, settings.hidden_units), nn.ReLU(), nn.Dropout(settings.dropout)]
            width = settings.hidden_units
        self.layers = nn.Sequential(*layers, nn.Linear(width, 1))

    def forward(self, rows: torch.Tensor) -> torch.Tensor:
        """Logits (rows) of float32 features (rows x features)."""
        numbers = rows.index_select(1, self.number_positions)
        is_missing = numbers.isnan()
        standardised = ((numbers - self.mean) / self.scale).masked_fill(is_missing, 0.0)
        parts = [standardised, is_missing.to(rows.dtype)]
        categories = rows.index_select(1, self.category_positions)
        codes = torch.where(categories.isnan(), self.missing_codes, categories).long()
        for embedding, column in zip(self.embeddings, codes.unbind(1), strict=True):
            parts.append(embedding(column))
        return self.layers(torch.cat(parts, dim=1))[:, 0].clone()


def network_for(encoding: Encoding, features: Floats, settings: NetworkHyperparameters) -> TabularNetwork:
    """A network with weights drawn from the seed, standardised to the training rows."""
    levels = {
        position: len(feature.levels)
        for position, feature in enumerate(encoding.features)
        if feature.transform == "category"
    }
    numbers = [position for position in range(len(encoding.features)) if position not in levels]
    torch.manual_seed(settings.seed)
    network = TabularNetwork(numbers, levels, settings)
    columns = torch.from_numpy(features)[:, numbers].double()
    mean = columns.nanmean(dim=0).nan_to_num(0.0)
    deviation = (columns - mean).square().nanmean(dim=0).sqrt().nan_to_num(0.0)
    network.mean.copy_(mean)
    network.scale.copy_(torch.where(deviation > 0, deviation, 1.0))
    return network
