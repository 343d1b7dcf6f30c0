"""Rows of a landed file as the unit of work: what each pass learns from them adds up with what it learns
from others, so that one machine and a cluster prepare the same."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from contracts.dataset import Contract
from contracts.failures import DataRejected
from features.key_hash import places
from features.label import labelled
from features.landed import Span, batches
from features.split import MICROSECONDS_PER_MINUTE, Cut, PlaceCounts

Integers = npt.NDArray[np.int64]


@dataclass(frozen=True)
class SplitBatch:
    """Labelled rows in file order: the columns features need, 0/1 labels, the event time in minutes since
    1970 and the split of each row."""

    rows: pa.RecordBatch
    labels: npt.NDArray[np.int8]
    minutes: Integers
    splits: Integers

    def where(self, split: int) -> slice | npt.NDArray[np.bool_]:
        """Which rows are of a split: a slice, which copies nothing, where all of them are."""
        is_here = self.splits == split
        return slice(None) if is_here.all() else is_here

    def of(self, split: int) -> tuple[pa.RecordBatch, npt.NDArray[np.int8]]:
        """The rows and labels of one split."""
        here = self.where(split)
        rows = self.rows if isinstance(here, slice) else self.rows.filter(pa.array(here))
        return rows, self.labels[here]


@dataclass(frozen=True)
class Shard:
    """Rows of one landed file under the contract, all of them without a span; `index` is their place among
    those of all files, which are in the order of their names."""

    contract: Contract
    index: int
    name: str
    path: Path
    span: Span | None = None

    def count(self) -> tuple[PlaceCounts, int]:
        """Labelled rows per place on the line that the split cuts, and all rows."""
        counts, rows = PlaceCounts(), 0
        for batch in self._batches([]):
            kept, _ = labelled(batch, self.contract.target)
            counts.add(self._places(kept, self._minutes(kept)))
            rows += batch.num_rows
        return counts, rows

    def read(self, cut: Cut, columns: Iterable[str]) -> Iterator[SplitBatch]:
        """These columns of the labelled rows, a bounded number at a time."""
        for batch in self._batches(columns):
            kept, labels = labelled(batch, self.contract.target)
            minutes = self._minutes(kept)
            yield SplitBatch(kept, labels, minutes, cut.assign(self._places(kept, minutes)))

    @property
    def inputs(self) -> Sequence[str]:
        """The columns that features are made of."""
        return [column.name for column in self.contract.input_columns]

    def _batches(self, columns: Iterable[str]) -> Iterator[pa.RecordBatch]:
        """The rows with these columns and those that every row is judged by."""
        contract = self.contract
        read = dict.fromkeys([*columns, contract.target.column, contract.event_time, *self._placing])
        return batches(self.name, self.path, contract, list(read), self.span)

    @property
    def _placing(self) -> Sequence[str]:
        """The columns that say where a row lies on the line that the split cuts."""
        is_by_hash = self.contract.split.by == "key_hash"
        return self.contract.split_key if is_by_hash else [self.contract.event_time]

    def _places(self, batch: pa.RecordBatch, minutes: Integers) -> Integers:
        if self.contract.split.by == "key_hash":
            return places(self.name, batch, self.contract.split_key)
        return minutes

    def _minutes(self, batch: pa.RecordBatch) -> Integers:
        times = batch.column(self.contract.event_time)
        if times.null_count:
            column = f"{self.name}, column {self.contract.event_time}"
            raise DataRejected.about(column, f"{times.null_count} nulls", "the event time must be there")
        moments = times.cast(pa.int64()).to_numpy(zero_copy_only=False)
        return np.asarray(moments // MICROSECONDS_PER_MINUTE)
