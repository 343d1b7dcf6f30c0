"""Turns landed files into a training set in four streaming passes: find the cut in time, fit on training
rows, encode training and validation, write the hold-out. Memory is bounded by the batch size, whatever the
rows."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from contracts.artifacts import SPLITS
from contracts.dataset import Contract
from contracts.encoding import Encoding
from contracts.failures import DataRejected
from features.encode import encode_batch
from features.fit import Fit
from features.label import labelled
from features.landed import batches
from features.output import HoldOut, Parts, seal, write_json
from features.paths import Paths
from features.rule import OneFeatureRule
from features.shift import Limits, compare, first_run
from features.split import MICROSECONDS_PER_MINUTE, Cut, MomentCounts
from features.statistics_document import Statistics, read_baseline, sample_thresholds

SAMPLE_ROWS = 100_000
TRAIN, VALIDATION, TEST = range(3)


@dataclass
class Landed:
    """The landed files under the contract, read again for every pass."""

    contract: Contract
    files: Sequence[tuple[str, Path]]
    moments: MomentCounts = field(default_factory=MomentCounts)
    rows: int = 0

    def count(self) -> Cut:
        """First pass: counts labelled rows per minute and cuts them by time."""
        contract = self.contract
        for name, path in self.files:
            for batch in batches(name, path, contract, [contract.target.column, contract.event_time]):
                kept, _ = labelled(batch, contract.target)
                self.moments.add(self._minutes(name, kept))
                self.rows += batch.num_rows
        return self.moments.cut(contract.split)

    def read(
        self, name: str, path: Path, cut: Cut
    ) -> Iterator[tuple[int, pa.RecordBatch, npt.NDArray[np.int8]]]:
        """(split, rows, labels) of one file, a batch at a time and split by split."""
        for batch in batches(name, path, self.contract, self._columns):
            kept, labels = labelled(batch, self.contract.target)
            splits = cut.assign(self._minutes(name, kept))
            for split in range(len(SPLITS)):
                is_here = splits == split
                yield split, kept.filter(pa.array(is_here)), labels[is_here]

    @property
    def _columns(self) -> list[str]:
        contract = self.contract
        inputs = [column.name for column in contract.input_columns]
        return list(dict.fromkeys([*inputs, contract.target.column, contract.event_time, *contract.segments]))

    def _minutes(self, name: str, batch: pa.RecordBatch) -> npt.NDArray[np.int64]:
        times = batch.column(self.contract.event_time)
        if times.null_count:
            column = f"{name}, column {self.contract.event_time}"
            raise DataRejected.about(column, f"{times.null_count} nulls", "the event time must be there")
        moments = times.cast(pa.int64()).to_numpy(zero_copy_only=False)
        return np.asarray(moments // MICROSECONDS_PER_MINUTE)


def prepare(paths: Paths) -> str:
    """Runs the job; the answer is one line of JSON for the log with the counts of the run (D9)."""
    contract = Contract.from_json(paths.contract.read_bytes())
    limits = Limits.from_environment()
    baseline = read_baseline(paths.baseline, contract) if paths.baseline else None
    landed = Landed(contract, paths.landed())
    cut = landed.count()
    encoding, sample = _fit(landed, cut)
    own = Statistics(contract, sample_thresholds(contract, sample))
    against = {
        name: counts.thresholds for name, counts in (baseline or {}).items() if hasattr(counts, "thresholds")
    }
    compared = Statistics(contract, against)
    write_json(paths.data / "encoding/encoding.json", encoding.to_dict())
    rows, schema = _write(
        landed, cut, encoding, OneFeatureRule(encoding, sample), paths.data, (own, compared)
    )
    manifest = seal(paths.data, contract, schema, rows, landed.rows - landed.moments.rows)
    report = first_run(limits) if baseline is None else compare(baseline, compared.counts, limits)
    write_json(paths.statistics / "statistics.json", own.to_dict())
    write_json(paths.statistics / "shift.json", report)
    return json.dumps(
        {
            "records_processed": landed.rows,
            "rows": dict(manifest.rows),
            "feature_count": len(encoding.features),
            "null_ratio": round(own.null_ratio, 6),
            "shifted": report["shifted"],
            "sha256": manifest.sha256,
        }
    )


def _fit(landed: Landed, cut: Cut) -> tuple[Encoding, npt.NDArray[np.float32]]:
    """Second pass: fits on training rows and keeps an evenly spaced sample of all rows, encoded."""
    fit, kept, seen = Fit(landed.contract), list[pa.RecordBatch](), 0
    stride = -(-landed.moments.rows // SAMPLE_ROWS)
    for name, path in landed.files:
        for split, batch, labels in landed.read(name, path, cut):
            if split == TRAIN:
                fit.add(batch, labels)
            kept.append(batch.take(pa.array(np.arange(-seen % stride, batch.num_rows, stride))))
            seen += batch.num_rows
    encoding = fit.encoding()
    return encoding, np.concatenate([encode_batch(encoding, batch) for batch in kept])


def _write(
    landed: Landed,
    cut: Cut,
    encoding: Encoding,
    rule: OneFeatureRule,
    folder: Path,
    statistics: Sequence[Statistics],
) -> tuple[dict[str, int], pa.Schema]:
    """Third and fourth pass; the answer is rows per split and the schema of the parts."""
    parts = [Parts(folder / SPLITS[split], encoding) for split in (TRAIN, VALIDATION)]
    for name, path in landed.files:
        for split, batch, labels in landed.read(name, path, cut):
            features = encode_batch(encoding, batch)
            for counts in statistics:
                counts.add(batch, features)
            if split == TRAIN:
                rule.add(features, labels)
            if split != TEST:
                parts[split].add(features, labels)
        for part in parts:
            part.end_part()
    held_out = _hold_out(landed, cut, encoding, rule, folder / SPLITS[TEST])
    return {"train": parts[TRAIN].rows, "validation": parts[VALIDATION].rows, "test": held_out}, parts[
        TRAIN
    ].schema


def _hold_out(landed: Landed, cut: Cut, encoding: Encoding, rule: OneFeatureRule, folder: Path) -> int:
    held_out = HoldOut(folder, landed.contract)
    for name, path in landed.files:
        for split, batch, labels in landed.read(name, path, cut):
            if split == TEST and len(labels):
                probabilities = rule.score(encode_batch(encoding, batch))
                held_out.add(batch, labels, {"feature": rule.feature, "probabilities": probabilities})
    held_out.close()
    return held_out.rows
