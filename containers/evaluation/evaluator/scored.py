"""The hold-out with everybody's scores: labels, segments, and one probability per row from each scorer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv
import pyarrow.parquet

from contracts.dataset import Contract
from contracts.failures import ArtifactCorrupt, DataMissing
from evaluator.paths import Paths

LABEL = "label"
RULE = "rule_probability"
MISSING = "(missing)"
Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Segments:
    """One segmenting column: the number of each row's group, and the groups' values."""

    column: str
    groups: Integers
    values: list[str]


@dataclass(frozen=True)
class Scored:
    """Rows in one order; `scores` holds candidate, rule and, where a model is in production, baseline."""

    labels: Integers
    scores: Mapping[str, Floats]
    segments: list[Segments]
    rule_feature: str

    @property
    def base_rate(self) -> float:
        """The share of positive rows."""
        return float(self.labels.mean())

    @classmethod
    def read(cls, paths: Paths) -> Scored:
        """Reads the inputs; raises ArtifactCorrupt where they do not belong together."""
        contract = Contract.from_json(paths.single("contract", ".json").read_bytes())
        table = _labels(paths.single("labels", ".parquet"), contract)
        scores = {"candidate": read_scores(paths.single("candidate", ".out"), table.num_rows)}
        if paths.find("baseline", ".out"):
            scores["baseline"] = read_scores(paths.single("baseline", ".out"), table.num_rows)
        scores["rule"] = table[RULE].to_numpy().astype(np.float64)
        return cls(
            labels=table[LABEL].to_numpy().astype(np.int64),
            scores=scores,
            segments=[_segments(column, table[column]) for column in contract.segments],
            rule_feature=(table.schema.metadata or {}).get(b"rule_feature", b"").decode(),
        )


def _labels(path: Path, contract: Contract) -> pa.Table:
    try:
        table = pa.parquet.read_table(path)
    except (pa.ArrowInvalid, OSError) as error:
        raise ArtifactCorrupt.about("labels", str(error), "it must be Parquet") from error
    absent = sorted({LABEL, RULE, *contract.segments} - set(table.column_names))
    if absent:
        raise ArtifactCorrupt.about("labels", absent, "these columns are missing")
    seen = sorted(pc.unique(table[LABEL]).to_pylist())
    if seen != [0, 1]:
        rule = "there must be rows of both classes"
        raise DataMissing.about(f"labels.{LABEL}", seen, rule, "Widen the window")
    return table


def read_scores(path: Path, rows: int) -> Floats:
    """A transform's output: one probability a line, as many as there are labels."""
    options = pa.csv.ReadOptions(column_names=["score"])
    types = pa.csv.ConvertOptions(column_types={"score": pa.float64()}, null_values=[])
    try:
        scores = pa.csv.read_csv(path, read_options=options, convert_options=types)["score"].to_numpy()
    except (pa.ArrowInvalid, OSError) as error:
        raise ArtifactCorrupt.about(path.name, str(error), "it must hold one number a line") from error
    if len(scores) != rows:
        raise ArtifactCorrupt.about(f"rows of {path.name}", len(scores), f"there are {rows} labels")
    wrong = np.flatnonzero(~((scores >= 0) & (scores <= 1)))
    if len(wrong):
        seen = float(scores[wrong[0]])
        raise ArtifactCorrupt.about(f"{path.name}, line {wrong[0] + 1}", seen, "it must be from 0 to 1")
    return np.asarray(scores)


def _segments(column: str, values: pa.ChunkedArray) -> Segments:
    encoded = pc.fill_null(values.cast(pa.string()), MISSING).combine_chunks().dictionary_encode()
    groups = encoded.indices.to_numpy(zero_copy_only=False).astype(np.int64)
    return Segments(column, groups, encoded.dictionary.to_pylist())
