"""Learns what the transforms need from training rows only: levels, rates per level, and the moments and
quantiles that imputation, scaling and buckets take."""

from __future__ import annotations

import hashlib
import math
import re
from collections import Counter
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from contracts.artifacts import EVENT_MINUTE, LABEL
from contracts.dataset import Contract
from contracts.encoding import Encoding, FittedFeature, InputColumn
from contracts.failures import DataRejected
from contracts.transforms import IMPUTATIONS, LEVELLED, PRIOR_ROWS, Feature
from features.measures import Measures
from features.moments import NumericFit

MAX_LEVELS = 255
MAX_HOT_LEVELS = 50


class Fit:
    """Counts per level and per number of what needs it; memory grows with levels, which the contract
    bounds."""

    def __init__(self, contract: Contract) -> None:
        self._contract = contract
        columns = dict.fromkeys(f.column for f in contract.features if f.transform in LEVELLED)
        self._rows: dict[str, Counter[str]] = {column: Counter() for column in columns}
        self._positives: dict[str, Counter[str]] = {column: Counter() for column in columns}
        self._labels = Counter({0: 0, 1: 0})
        self._numbers = {f.name: NumericFit() for f in contract.features if _needs_numbers(f)}

    def add(self, measures: Measures, labels: npt.NDArray[np.int8]) -> None:
        """Counts one batch of training rows."""
        self._labels.update({1: int(labels.sum()), 0: int(len(labels) - labels.sum())})
        for column, rows in self._rows.items():
            levels = measures.levels(column)
            rows.update(levels.counts())
            self._positives[column].update(levels.counts(labels))
        for feature in self._contract.features:
            if feature.name in self._numbers:
                self._numbers[feature.name].add(measures.numbers(feature))

    def merge(self, other: Fit) -> None:
        """Adds what the training rows of the next shard taught."""
        self._labels.update(other._labels)
        for column in self._rows:
            self._rows[column].update(other._rows[column])
            self._positives[column].update(other._positives[column])
        for name, numbers in self._numbers.items():
            numbers.merge(other._numbers[name])

    def encoding(self) -> Encoding:
        """The encoding that the rows so far make.

        Raises DataRejected when a level of a one_hot makes a name that another column of the set has.
        """
        features = tuple(one for feature in self._contract.features for one in self._fitted(feature))
        names = Counter([*(feature.name for feature in features), LABEL, EVENT_MINUTE])
        repeated = sorted(name for name, count in names.items() if count > 1)
        if repeated:
            rule = "two columns of the training set would have this name: rename a feature of the contract"
            raise DataRejected.about("features", repeated[0], rule)
        return Encoding(
            dataset=self._contract.name,
            contract_version=self._contract.version,
            target=self._contract.target.name,
            input_columns=tuple(
                InputColumn(name=column.name, type=column.type) for column in self._contract.input_columns
            ),
            features=features,
        )

    def _fitted(self, feature: Feature) -> list[FittedFeature]:
        if feature.transform == "one_hot":
            return self._one_hot(feature)
        rates, prior = self._rates(feature)
        center, spread = self._scale(feature)
        return [
            FittedFeature(
                name=feature.name,
                column=feature.column,
                transform=feature.transform,
                utc_offset_hours=feature.utc_offset_hours,
                levels=self._levels(feature, MAX_LEVELS) if feature.transform == "category" else (),
                rates=rates,
                prior=prior,
                edges=self._edges(feature),
                missing=self._missing(feature),
                center=center,
                spread=spread,
            )
        ]

    def _one_hot(self, feature: Feature) -> list[FittedFeature]:
        levels = self._levels(feature, MAX_HOT_LEVELS)
        endings = zip(_endings(levels), levels, strict=True)
        hot = [(f"{feature.name}_{ending}", (level,), False) for ending, level in endings]
        return [
            FittedFeature(
                name=name, column=feature.column, transform="one_hot", levels=listed, is_other=is_other
            )
            for name, listed, is_other in [*hot, (f"{feature.name}_other", levels, True)]
        ]

    def _levels(self, feature: Feature, most: int) -> tuple[str, ...]:
        """The most frequent levels first, without those rarer than the feature keeps."""
        rows = self._rows[feature.column]
        least = feature.rare_share * rows.total()
        by_frequency = sorted(rows.items(), key=lambda item: (-item[1], item[0]))
        return tuple(level for level, count in by_frequency[:most] if count >= least)

    def _rates(self, feature: Feature) -> tuple[dict[str, float] | None, float]:
        rows = sorted(self._rows.get(feature.column, Counter()).items())
        if feature.transform == "frequency":
            total = max(1, sum(n for _, n in rows))
            return {level: round(n / total, 9) for level, n in rows}, 0.0
        if feature.transform != "target_rate":
            return None, 0.0
        prior = self._labels[1] / max(1, self._labels.total())
        positives, pseudo = self._positives[feature.column], PRIOR_ROWS * prior
        rates = {level: round((positives[level] + pseudo) / (n + PRIOR_ROWS), 9) for level, n in rows}
        return rates, round(prior, 9)

    def _edges(self, feature: Feature) -> tuple[float, ...]:
        if feature.buckets is None:
            return tuple(float(edge) for edge in feature.edges)
        return self._numbers[feature.name].edges(feature.buckets)

    def _missing(self, feature: Feature) -> float | None:
        if feature.missing == "mean":
            numbers = self._numbers[feature.name]
            return _rounded(numbers.mean, numbers.deviation)
        if feature.missing == "median":
            return _rounded(self._numbers[feature.name].quantile(0.5))
        return None if feature.missing is None else float(feature.missing)

    def _scale(self, feature: Feature) -> tuple[float, float]:
        """Center and spread; a feature that does not vary keeps a spread of 1."""
        numbers = self._numbers.get(feature.name)
        if feature.scale is None or numbers is None or not numbers.rows:
            return 0.0, 1.0
        centers = {"standard": numbers.mean, "min_max": numbers.least, "robust": numbers.quantile(0.5)}
        spreads = {
            "standard": numbers.deviation,
            "min_max": numbers.most - numbers.least,
            "robust": numbers.quantile(0.75) - numbers.quantile(0.25),
        }
        spread = _rounded(spreads[feature.scale])
        return _rounded(centers[feature.scale], spread), spread or 1.0


def _endings(levels: Sequence[str]) -> list[str]:
    """What names the feature of each level: the level in the alphabet of names, with a digest of it where
    that is also another level's, stands for all others, or leaves no letter."""
    plain = [re.sub("[^a-z0-9]+", "_", level.lower()) for level in levels]
    counts = Counter([*plain, "other", "_"])
    digests = [hashlib.sha256(level.encode()).hexdigest()[:8] for level in levels]
    pairs = zip(plain, digests, strict=True)
    return [ending if counts[ending] == 1 else f"{ending.strip('_')}_{digest}" for ending, digest in pairs]


def _rounded(value: float, unit: float = 0.0) -> float:
    """Nine digits, of the unit where that is the smaller: enough for float32, and what people can read."""
    if not 0 < unit < abs(value):
        return float(f"{value:.9g}") + 0.0  # no -0.0
    return round(value, 8 - math.floor(math.log10(unit))) + 0.0


def _needs_numbers(feature: Feature) -> bool:
    return feature.missing in IMPUTATIONS or feature.scale is not None or feature.buckets is not None
