"""Cuts landed files into shards, so that every core and every host of a cluster has its share of a large
file, too."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet

from contracts.batch import ROWS_AT_ONCE
from contracts.dataset import Contract
from features.landed import Span
from features.shard import Shard

# What pyarrow puts into a row group at most: the ends of groups that it wrote are those of shards.
SHARD_ROWS = 32 * ROWS_AT_ONCE
# A shard is read from the start of the row group it begins in. In a group of more shards than this, what
# is decoded and thrown away would cost more than another core brings.
MOST_SHARDS_A_GROUP = 4


def shards_of(contract: Contract, landed: Iterable[tuple[str, Path]]) -> Sequence[Shard]:
    """The shards of landed files: SHARD_ROWS of Parquet each, whatever its row groups, or a whole file."""
    pieces = [(name, path, span) for name, path in landed for span in spans(path, SHARD_ROWS)]
    return [Shard(contract, index, *piece) for index, piece in enumerate(pieces)]


def spans(path: Path, shard_rows: int) -> Sequence[Span | None]:
    """Where a file is cut; text is not, since a line break may lie in a field."""
    groups = _rows_of_groups(path)
    if max(groups, default=0) > MOST_SHARDS_A_GROUP * shard_rows or sum(groups) <= shard_rows:
        return [None]
    rows = sum(groups)
    return [Span(start, min(start + shard_rows, rows)) for start in range(0, rows, shard_rows)]


def _rows_of_groups(path: Path) -> Sequence[int]:
    """Rows by row group; none of text, nor of a file that can't be read, which the first pass refuses."""
    if path.suffix != ".parquet":
        return []
    try:
        footer = pa.parquet.read_metadata(path)
    except (pa.ArrowInvalid, OSError):
        return []
    return [footer.row_group(index).num_rows for index in range(footer.num_row_groups)]
