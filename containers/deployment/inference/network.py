"""A tabular network from plain arrays: standardised numbers, a flag for each missing one, an embedding per
category, dense layers. The training contract describes the file (docs/trainer-contract.md)."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]
Arrays = dict[str, npt.NDArray[Any]]


@dataclass(frozen=True)
class Network:
    """The arrays of model.npz; `numbers` and `categories` are positions in a row of features."""

    feature_names: list[str]
    numbers: list[int]
    categories: list[int]
    mean: Floats
    scale: Floats
    embeddings: list[Floats]
    layers: list[tuple[Floats, Floats]]

    @classmethod
    def read(cls, path: Path) -> Network:
        """Reads model.npz; raises ValueError naming the array that is absent or does not fit."""
        try:
            with path.open("rb") as raw, np.load(raw, allow_pickle=False) as file:
                arrays: Arrays = {name: file[name] for name in file.files}
            network = cls(
                feature_names=[str(name) for name in arrays["feature_names"]],
                numbers=[int(position) for position in arrays["numbers"]],
                categories=[int(position) for position in arrays["categories"]],
                mean=arrays["mean"].astype(np.float32),
                scale=arrays["scale"].astype(np.float32),
                embeddings=_numbered(arrays, "embedding"),
                layers=list(zip(_numbered(arrays, "weight"), _numbered(arrays, "bias"), strict=True)),
            )
        except (BadZipFile, KeyError, EOFError) as error:
            raise ValueError(f"{path.name}: {error}") from error
        network._check(path.name)
        return network

    def scores(self, rows: Floats) -> Floats:
        """Probabilities (rows) of encoded rows (rows x features), NaN where a value is missing."""
        numbers = rows[:, self.numbers]
        is_missing = np.isnan(numbers)
        standardised = np.where(is_missing, np.float32(0), (numbers - self.mean) / self.scale)
        parts = [standardised, is_missing.astype(np.float32)]
        for position, embedding in zip(self.categories, self.embeddings, strict=True):
            codes = np.nan_to_num(rows[:, position], nan=len(embedding) - 1).astype(np.int64)
            parts.append(embedding[codes])
        values = np.concatenate(parts, axis=1)
        for weight, bias in self.layers[:-1]:
            values = np.maximum(values @ weight.T + bias, np.float32(0))
        weight, bias = self.layers[-1]
        logits = (values @ weight.T + bias)[:, 0]
        shrunk = np.exp(-np.abs(logits))
        answers: Floats = np.where(logits >= 0, 1 / (1 + shrunk), shrunk / (1 + shrunk)).astype(np.float32)
        return answers

    def _check(self, name: str) -> None:
        """Shapes and numbers that would only fail, or answer nonsense, once a request comes."""
        positions = sorted([*self.numbers, *self.categories])
        widths = [2 * len(self.numbers) + sum(table.shape[1] for table in self.embeddings)]
        widths += [weight.shape[0] for weight, _ in self.layers]
        wanted = [*pairwise(widths)]
        given = [(weight.shape[1], bias.shape[0]) for weight, bias in self.layers]
        rules = {
            "numbers and categories must name each feature once": positions
            == list(range(len(self.feature_names))),
            "there must be one embedding per category": len(self.embeddings) == len(self.categories),
            "mean and scale must have one value per number": len(self.mean)
            == len(self.scale)
            == len(self.numbers),
            "scale must be above zero": bool((self.scale > 0).all()),
            "layers must fit each other and end in one value": wanted == given and widths[-1] == 1,
            "all weights must be finite": all(
                np.isfinite(array).all() for layer in self.layers for array in (*layer, *self.embeddings)
            ),
        }
        broken = [rule for rule, holds in rules.items() if not holds]
        if broken:
            raise ValueError(f"{name}: {broken[0]}")


def _numbered(arrays: Arrays, word: str) -> list[Floats]:
    """`weight_0`, `weight_1`… up to the first that is absent."""
    found: list[Floats] = []
    while f"{word}_{len(found)}" in arrays:
        found.append(arrays[f"{word}_{len(found)}"].astype(np.float32))
    return found
