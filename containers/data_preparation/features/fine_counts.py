"""The finer counts that lie beside a JSON baseline, and how they settle the features it leaves undecided:
counted again at finer thresholds wherever the distance may still grow, never guessed."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet

from contracts.failures import ArtifactCorrupt
from features.distance import undecided_thresholds
from features.distribution import Counts, NumericCounts

SCHEMA = pa.schema(
    [
        ("feature", pa.string()),
        ("threshold", pa.float64()),
        ("below", pa.int64()),
        ("at_or_below", pa.int64()),
    ]
)


def write_fine(path: Path, counts: Mapping[str, Counts]) -> None:
    """Writes the counts of the numeric features, up to 4,096 thresholds each, as Parquet."""
    tables = [
        pa.table([[name] * len(one.thresholds), one.thresholds, one.below, one.at_or_below], schema=SCHEMA)
        for name, one in counts.items()
        if isinstance(one, NumericCounts)
    ]
    pa.parquet.write_table(pa.concat_tables([SCHEMA.empty_table(), *tables]), path, compression="zstd")


def read_fine(path: Path, baseline: Mapping[str, Counts]) -> dict[str, NumericCounts]:
    """What `write_fine` wrote, for the features whose counts are those of the baseline: the two files are
    replaced one after the other, so a run may meet the one of before.

    Raises ArtifactCorrupt when the file is damaged.
    """
    try:
        table = pa.parquet.read_table(path, schema=SCHEMA)
    except (pa.ArrowException, OSError) as error:
        raise ArtifactCorrupt.about(path.name, str(error), "it can't be read", "Remove it") from error
    if any(column.null_count for column in table.columns):
        raise ArtifactCorrupt.about(path.name, "nulls", "every column must be there in full", "Remove it")
    numeric = {name: counts for name, counts in baseline.items() if isinstance(counts, NumericCounts)}
    fine = {name: _fine(table.filter(pc.equal(table["feature"], name)), one) for name, one in numeric.items()}
    return {name: counts for name, counts in fine.items() if counts is not None}


def _fine(table: pa.Table, coarse: NumericCounts) -> NumericCounts | None:
    columns = [table[column].to_numpy() for column in ("threshold", "below", "at_or_below")]
    fine = NumericCounts(columns[0])
    fine.below, fine.at_or_below = columns[1], columns[2]
    fine.rows, fine.missing = coarse.rows, coarse.missing
    if not (fine.do_thresholds_rise and fine.do_counts_rise):
        return None
    if not np.isin(coarse.thresholds, fine.thresholds).all():
        return None
    same = fine.at(coarse.thresholds)
    is_same = np.array_equal(same.below, coarse.below) and np.array_equal(
        same.at_or_below, coarse.at_or_below
    )
    return fine if is_same else None


def finer(baseline: NumericCounts, current: NumericCounts, fine: NumericCounts) -> NumericCounts:
    """The baseline at more thresholds, only where the distance from `current` may still grow."""
    return fine.at(undecided_thresholds(baseline, current, fine))
