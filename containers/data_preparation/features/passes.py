"""The passes over landed files, each a function of one shard whose answers merge: fit on training rows,
write features while counting them, write the hold-out, count again what was left undecided."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa

from contracts.artifacts import SPLITS, ManifestFile
from contracts.encoding import Encoding
from features.encode import encode_batch
from features.fit import Fit
from features.hold_out import HoldOut
from features.label import LabelCounts, label_counts
from features.measures import Measures
from features.output import Part
from features.rule import Edges, OneFeatureRule
from features.servable import refuse_unservable
from features.shard import Shard
from features.split import Cut
from features.statistics_document import Statistics, Thresholds, united

TRAIN, VALIDATION, TEST = range(3)


def fit_shard(shard: Shard, cut: Cut, stride: int) -> tuple[Fit, pa.Table]:
    """What the training rows teach, and every `stride`th labelled row.

    Raises DataRejected for a value in any labelled row that the endpoint would refuse.
    """
    fit, sample, seen = Fit(shard.contract), list[pa.RecordBatch](), 0
    for batch in shard.read(cut, shard.inputs):
        refuse_unservable(shard.name, batch.rows, shard.contract)
        rows, labels = batch.of(TRAIN)
        fit.add(Measures(rows), labels)
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
    labels: LabelCounts
    files: tuple[ManifestFile, ...]
    held_out: tuple[int, ...]
    """The shards with test rows."""

    def merge(self, other: Written) -> Written:
        """Adds what was counted of another shard."""
        self.rule.merge(other.rule)
        for mine, others in zip(self.statistics, other.statistics, strict=True):
            mine.merge(others)
        labels, held_out = self.labels + other.labels, self.held_out + other.held_out
        return Written(self.rule, self.statistics, labels, self.files + other.files, held_out)


def write_shard(shard: Shard, writing: Writing) -> Written:
    """Writes a part of training and one of validation where the shard has such rows, and counts all rows."""
    encoding = writing.encoding
    rule = OneFeatureRule(encoding, writing.edges)
    statistics = Statistics(shard.contract, united(writing.thresholds))
    parts = [Part(writing.folder / SPLITS[split], shard.index, encoding) for split in (TRAIN, VALIDATION)]
    labels_seen = np.zeros((len(SPLITS), 2), np.int64)
    for batch in shard.read(writing.cut, shard.inputs):
        measures = Measures(batch.rows)
        statistics.add(measures)
        columns = encode_batch(encoding, measures)
        for split, part in enumerate(parts):
            here = batch.where(split)
            features, labels = columns[:, here], batch.labels[here]
            part.add(features, labels, batch.minutes[here])
            if split == TRAIN:
                rule.add(features, labels)
        labels_seen += label_counts(batch.splits, batch.labels)
    files = tuple(file for part in parts for file in part.close())
    held_out = (shard.index,) if labels_seen[TEST].any() else ()
    return Written(rule, tuple(map(statistics.at, writing.thresholds)), labels_seen, files, held_out)


def hold_out_shard(shard: Shard, writing: Writing, rule: OneFeatureRule) -> HoldOut:
    """Writes the test rows with what the rule says about them."""
    held_out = HoldOut(writing.folder / SPLITS[TEST], shard.index, shard.contract)
    for batch in shard.read(writing.cut, [*shard.inputs, *shard.contract.segments]):
        rows, labels = batch.of(TEST)
        if len(labels):
            probabilities = rule.score(encode_batch(writing.encoding, Measures(rows)))
            held_out.add(rows, labels, {"feature": rule.feature, "probabilities": probabilities})
    held_out.close()
    return held_out


def recount_shard(shard: Shard, cut: Cut, thresholds: Thresholds) -> Statistics:
    """The features of these thresholds over all labelled rows, counted at them; the others stay empty."""
    statistics = Statistics(shard.contract, thresholds)
    columns = [one.column for one in shard.contract.features if one.name in thresholds]
    for batch in shard.read(cut, columns):
        statistics.add(Measures(batch.rows), only=thresholds.keys())
    return statistics
