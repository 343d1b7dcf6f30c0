"""The best rule that looks at one feature only: the share of positives in each of its bins. A model that
isn't better than this has learnt nothing worth its cost, so the evaluation holds every model against it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from contracts.encoding import Encoding
from features.encode import Columns

Singles = npt.NDArray[np.float32]
Edges = npt.NDArray[np.float32]
NONE = np.zeros(0, np.float32)
BINS = 20
COMPARED_EDGES = 64  # up to so many it takes less to compare with each, as vectors, than to search them


class OneFeatureRule:
    """Counts labels per bin of every feature over the training rows, then answers with the best feature's
    shares."""

    def __init__(self, encoding: Encoding, edges: Sequence[Edges]) -> None:
        self._names, self._edges = encoding.feature_names, edges
        self._counts = [np.zeros((2, len(edges) + 2)) for edges in self._edges]

    def add(self, columns: Columns, labels: npt.NDArray[np.int8]) -> None:
        """Counts one batch of training rows."""
        for counts, edges, column in zip(self._counts, self._edges, columns, strict=True):
            places = _bins(edges, column) + labels.astype(np.int64) * counts.shape[1]
            counts += np.bincount(places, minlength=counts.size).reshape(counts.shape)

    def merge(self, other: OneFeatureRule) -> None:
        """Adds the labels that another shard counted in the same bins."""
        for counts, others in zip(self._counts, other._counts, strict=True):
            counts += others

    @property
    def feature(self) -> str:
        """The feature whose bins explain the training labels best."""
        return self._names[self._best]

    def score(self, columns: Columns) -> npt.NDArray[np.float32]:
        """The rule's probability for each row."""
        bins = _bins(self._edges[self._best], columns[self._best])
        return np.asarray(_shares(self._counts[self._best])[bins], np.float32)

    @property
    def _best(self) -> int:
        return int(np.argmin([_log_loss(counts) for counts in self._counts]))


def bin_edges(encoding: Encoding, sample: Columns) -> Sequence[Edges]:
    """Where the bins of each feature begin: at quantiles of a sample of encoded rows, between the codes of a
    category."""
    return [
        np.arange(len(feature.levels), dtype=np.float32) + np.float32(0.5)
        if feature.transform == "category"
        else _quantiles(sample[index])
        for index, feature in enumerate(encoding.features)
    ]


def _bins(edges: Edges, column: Singles) -> npt.NDArray[np.signedinteger[Any]]:
    """Bin numbers; missing values have a bin of their own, the last."""
    bins: npt.NDArray[np.signedinteger[Any]]
    if len(edges) <= COMPARED_EDGES:
        bins = np.zeros(len(column), np.int16)
        for edge in edges:
            bins += column >= edge
    else:
        bins = np.searchsorted(edges, column, side="right")
    bins[np.isnan(column)] = len(edges) + 1
    return bins


def _quantiles(sample: Singles) -> Edges:
    finite = sample[~np.isnan(sample)].astype(np.float64)
    shares: Sequence[float] = [step / BINS for step in range(1, BINS)]
    return np.unique(np.quantile(finite, shares).astype(np.float32)) if len(finite) else NONE


def _shares(counts: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    return np.asarray((counts[1] + 1) / (counts.sum(axis=0) + 2))


def _log_loss(counts: npt.NDArray[np.float64]) -> float:
    shares = _shares(counts)
    return float(-(counts[1] * np.log(shares) + counts[0] * np.log(1 - shares)).sum() / counts.sum())
