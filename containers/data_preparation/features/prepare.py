"""Turns landed files into a training set in four streaming passes: find the cut, fit on training
rows, encode and count, write the hold-out. Memory is bounded by the batch size, whatever the rows."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial, reduce

import pyarrow as pa

from contracts.artifacts import SPLITS
from contracts.dataset import Contract
from contracts.encoding import Encoding
from features.cutting import shards_of
from features.distribution import Counts, NumericCounts
from features.encode import encode_batch
from features.engine import Engine, OneMachine
from features.fine_counts import read_fine, write_fine
from features.fit import Fit
from features.gate import judge
from features.hold_out import join
from features.label import refuse_one_label
from features.measures import Measures
from features.output import seal, write_json
from features.passes import TEST, Writing, Written, fit_shard, hold_out_shard, recount_shard, write_shard
from features.paths import Paths
from features.plots import shift_page
from features.rule import Edges, bin_edges
from features.shard import Shard
from features.shift import Limits
from features.split import Cut, PlaceCounts
from features.statistics_document import (
    Statistics,
    Thresholds,
    read_baseline,
    sample_thresholds,
    write_statistics,
)

SAMPLE_ROWS = 100_000


@dataclass
class Landed:
    """The landed files under the contract, read again for every pass, and the engine that reads them."""

    contract: Contract
    shards: Sequence[Shard]
    engine: Engine
    places: PlaceCounts = field(default_factory=PlaceCounts)
    rows: int = 0

    def count(self) -> Cut:
        """First pass: counts labelled rows per minute, or per place of their key's hash, and cuts them."""
        for counts, rows in self.engine.map(Shard.count, self.shards):
            self.places.merge(counts)
            self.rows += rows
        return self.places.cut(self.contract.split)

    def fit(self, cut: Cut) -> tuple[Encoding, Sequence[Edges], Thresholds]:
        """Second pass: fits on training rows; an evenly spaced sample of all rows gives the bins of the rule
        and the thresholds of this run's own baseline."""
        fit, samples = Fit(self.contract), list[pa.Table]()
        stride = -(-self.places.rows // SAMPLE_ROWS)
        for learnt, sample in self.engine.map(partial(fit_shard, cut=cut, stride=stride), self.shards):
            fit.merge(learnt)
            samples.append(sample)
        encoding = fit.encoding()
        measures = Measures(pa.concat_tables(samples).combine_chunks().to_batches()[0])
        edges = bin_edges(encoding, encode_batch(encoding, measures))
        return encoding, edges, sample_thresholds(self.contract, measures)

    def write(self, writing: Writing) -> Written:
        """Third pass: writes training and validation parts and counts every feature."""
        written = self.engine.map(partial(write_shard, writing=writing), self.shards)
        return reduce(Written.merge, written)

    def recount(self, cut: Cut, thresholds: Thresholds) -> Mapping[str, Counts]:
        """Another pass, only where the gate needs it: some features at finer thresholds."""
        counted = self.engine.map(partial(recount_shard, cut=cut, thresholds=thresholds), self.shards)
        return reduce(_merged, counted).counts

    def hold_out(self, writing: Writing, written: Written) -> None:
        """Last pass, over the shards with test rows: writes these in one order, on this machine, since they
        become two files."""
        shards = [self.shards[index] for index in written.held_out]
        parts = OneMachine().map(partial(hold_out_shard, writing=writing, rule=written.rule), shards)
        join(list(parts), writing.folder / SPLITS[TEST])


def prepare(paths: Paths, engine: Engine) -> str:
    """Runs the job; the answer is one line of JSON for the log with the counts of the run (D9)."""
    contract = Contract.from_json(paths.contract.read_bytes())
    limits = Limits.from_environment()
    baseline = read_baseline(paths.baseline, contract) if paths.baseline else None
    fine = read_fine(paths.fine_baseline, baseline) if baseline and paths.fine_baseline else {}
    landed = Landed(contract, shards_of(contract, paths.landed()), engine)
    cut = landed.count()
    encoding, edges, thresholds = landed.fit(cut)
    write_json(paths.data / "encoding/encoding.json", encoding.to_dict())
    thresholds_of_both = (thresholds, _thresholds(baseline or {}))
    writing = Writing(cut, encoding, edges, thresholds_of_both, paths.data)
    written = landed.write(writing)
    refuse_one_label(contract.target, written.labels)
    landed.hold_out(writing, written)
    rows, positives = written.labels.sum(axis=1).tolist(), written.labels[:, 1].tolist()
    unlabelled = landed.rows - landed.places.rows
    manifest = seal(
        paths.data, contract, encoding, dict(zip(SPLITS, rows, strict=True)), unlabelled, written.files
    )
    own, compared = written.statistics
    write_statistics(paths.statistics / "statistics.json", own)
    write_fine(paths.statistics / "fine.parquet", own.counts)
    report, before, after = judge(baseline, fine, compared.counts, limits, partial(landed.recount, cut))
    write_json(paths.statistics / "shift.json", report)
    page = shift_page(contract.name, report, before, after)
    (paths.statistics / "shift.html").write_text(page, encoding="utf-8")
    return json.dumps(
        {
            "records_processed": landed.rows,
            "rows": dict(manifest.rows),
            "positives": dict(zip(SPLITS, positives, strict=True)),
            "feature_count": len(encoding.features),
            "null_ratio": round(own.null_ratio, 6),
            "shifted": report["shifted"],
            "sha256": manifest.sha256,
        }
    )


def _merged(one: Statistics, other: Statistics) -> Statistics:
    one.merge(other)
    return one


def _thresholds(baseline: Mapping[str, Counts]) -> Thresholds:
    return {name: one.thresholds for name, one in baseline.items() if isinstance(one, NumericCounts)}
