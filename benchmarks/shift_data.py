"""What the statistical gate is timed on: 20 numeric features chosen to hurt, and the baseline they are held
against. Files are made once under build/benchmarks, in row groups of 262,144 rows (42 MB)."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

ROOT = Path(__file__).resolve().parents[1]
FOLDER = ROOT / "build/benchmarks"
sys.path[:0] = [str(ROOT / "containers/data_preparation"), str(ROOT)]
COLUMNS, BASELINE_ROWS, BLOCK_ROWS = 20, 1_000_000, 262_144
DRAWS: tuple[Callable[[Any, int], Any], ...] = (
    lambda rng, n: rng.normal(size=n),
    lambda rng, n: rng.standard_cauchy(size=n),
    lambda rng, n: np.where(rng.random(n) < 0.3, 0.0, rng.exponential(size=n)),
    lambda rng, n: rng.integers(0, 50, size=n).astype(float),
    lambda rng, n: np.where(rng.random(n) < 0.05, np.nan, rng.lognormal(size=n)),
)


def block(seed: int, rows: int, *, is_current: bool) -> pa.Table:
    """Rows of every shape, four times each; the current ones have moved a little further each time."""
    rng = np.random.default_rng(seed)
    drawn = [DRAWS[n % len(DRAWS)](rng, rows) for n in range(COLUMNS)]
    moved = [column * (1 + 0.02 * (n // len(DRAWS)) * is_current) for n, column in enumerate(drawn)]
    return pa.table({f"f{n:02}": column for n, column in enumerate(moved)})


def current_file(rows: int) -> Path:
    """The data to judge, made once."""
    path = FOLDER / f"shift-{rows}.parquet"
    FOLDER.mkdir(parents=True, exist_ok=True)
    if not path.exists():
        half = path.with_suffix(".half")
        with pq.ParquetWriter(half, block(0, 1, is_current=True).schema, compression="snappy") as writer:
            for start in range(0, rows, BLOCK_ROWS):
                writer.write_table(block(1 + start, min(BLOCK_ROWS, rows - start), is_current=True))
        half.rename(path)
    return path


def baseline_file() -> Path:
    """A million rows of before, as Parquet for the peers that need them."""
    path = FOLDER / "shift-baseline.parquet"
    if not path.exists():
        FOLDER.mkdir(parents=True, exist_ok=True)
        pq.write_table(block(999_999_999, BASELINE_ROWS, is_current=False), path)
    return path


def stored_baseline() -> Mapping[str, Any]:
    """The counts a run would have stored, of float32 as the features job measures, in their JSON form."""
    from features.distribution import NumericCounts, thresholds_of

    from contracts.document import read_document

    path = FOLDER / "shift-baseline.json"
    if not path.exists():
        documents = {}
        table = pq.read_table(baseline_file())
        for name in table.column_names:
            values = table[name].to_numpy().astype(np.float32)
            counts = NumericCounts(thresholds_of(values[:100_000]))
            counts.add(values)
            documents[name] = {key: value for key, value in counts.to_dict().items() if key != "kind"}
        path.write_text(json.dumps(documents, separators=(",", ":")))
    stored = json.loads(path.read_text())
    return {name: read_document(one, name, ValueError, NumericCounts.read) for name, one in stored.items()}
