"""The passes over landed files, each a function of one shard whose answers merge: fit on training rows,
write features while counting them, count again what was left undecided."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa

from contracts.artifacts import SPLITS, ManifestFile
from contracts.encoding import Encoding
from features.encode import encode_batch
from features.fit import Fit
from features.output import Part
from features.rule import Edges, OneFeatureRule
from features.servable import refuse_unservable
from features.shard import Shard
from features.split import Cut
from features.statistics_document import Statistics, Thresholds, united

TRAIN, VALIDATION, TEST = range(3)
MOST_THREADS = 16  # each keeps about 0.5 MB, and more would wait for the one that encodes


def fit_shard(shard: Shard, cut: Cut, stride: int) -> tuple[Fit, pa.Table]:
    """What the training rows teach, and every `stride`th labelled row of the file.

    Raises DataRejected for a value in any labelled row that the endpoint would refuse.
    """
    fit, sample, seen = Fit(shard.contract), list[pa.RecordBatch](), 0
    for batch in shard.read(cut):
        refuse_unservable(shard.name, batch.rows, shard.contract)
        fit.add(*batch.of(TRAIN))
        sample.append(batch.rows.take(pa.array(np.arange(-seen % stride, batch.rows.num_rows, stride))))
        seen += batch.rows.num_rows
    return fit, pa.Table.from_batches(sample)


@dataclass(frozen=True)
class Writing:
    """What the writing pass needs: the fitted encoding, the rule's bins, and thresholds to count at."""

    cut: Cut
    encoding: Encoding
    edges: Sequence[Edges]
    thresholds: tuple[Thresholds, ...]
    folder: Path


@dataclass(frozen=True)
class Written:
    """What was written and counted of one shard, or merged of several."""

    rule: OneFeatureRule
    statistics: tuple[Statistics, ...]
    rows: Mapping[str, int]
    files: tuple[ManifestFile, ...]

    def merge(self, other: Written) -> Written:
        """Adds what was counted of another shard."""
        self.rule.merge(other.rule)
        for mine, others in zip(self.statistics, other.statistics, strict=True):
            mine.merge(others)
        rows = {split: count + other.rows[split] for split, count in self.rows.items()}
        return Written(self.rule, self.statistics, rows, self.files + other.files)


def write_shard(shard: Shard, writing: Writing) -> Written:
    """Writes a part of training and one of validation where the file has such rows, and counts all rows."""
    encoding = writing.encoding
    rule = OneFeatureRule(encoding, writing.edges)
    statistics = Statistics(shard.contract, united(writing.thresholds))
    parts = [Part(writing.folder / SPLITS[split], shard.index, encoding) for split in (TRAIN, VALIDATION)]
    with ThreadPoolExecutor(min(os.cpu_count() or 1, MOST_THREADS)) as threads:
        for batch in shard.read(writing.cut):
            features = encode_batch(encoding, batch.rows)
            statistics.add(batch.rows, threads)
            is_training = batch.splits == TRAIN
            rule.add(features[is_training], batch.labels[is_training])
            for split, part in enumerate(parts):
                is_here = batch.splits == split
                part.add(features[is_here], batch.labels[is_here], batch.minutes[is_here])
    files = tuple(file for part in parts for file in part.close())
    rows = {SPLITS[split]: part.rows for split, part in enumerate(parts)}
    return Written(rule, tuple(map(statistics.at, writing.thresholds)), rows, files)


def recount_shard(shard: Shard, cut: Cut, thresholds: Thresholds) -> Statistics:
    """The features of these thresholds over all labelled rows, counted at them; the others stay empty."""
    statistics = Statistics(shard.contract, thresholds)
    for batch in shard.read(cut):
        statistics.add(batch.rows, only=thresholds.keys())
    return statistics
