"""The place of a row by the hash of its key: the same on every machine, in every run, for any order."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from contracts.failures import DataRejected
from features.records import holes, texts
from features.split import HASH_PLACES

# The finalizer of splitmix64 (Steele, Lea, Flood 2014): every bit of the input moves half of the output's.
MULTIPLIERS = (np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB))
GOLDEN = np.uint64(0x9E3779B97F4A7C15)
Hashes = npt.NDArray[np.uint64]


def places(name: str, batch: pa.RecordBatch, key: Sequence[str]) -> npt.NDArray[np.int64]:
    """The place of each row, from 0 to HASH_PLACES - 1; raises DataRejected for a key with a hole.

    Each value is hashed once a batch; what it costs grows with the values a key column has.
    """
    hashes = np.zeros(batch.num_rows, dtype=np.uint64)
    for column in key:
        values = batch.column(column)
        if missing := pc.sum(holes(values)).as_py():
            rule = "the split needs the whole key of every row"
            raise DataRejected.about(f"{name}, column {column}", f"{missing} nulls", rule)
        hashes = _mixed(hashes + GOLDEN + _hashed(values))
    return (hashes % np.uint64(HASH_PLACES)).astype(np.int64)


def _hashed(column: pa.Array) -> Hashes:
    encoded = column if pa.types.is_dictionary(column.type) else texts(column).dictionary_encode()
    known = [
        int.from_bytes(hashlib.blake2b(value.encode(), digest_size=8).digest(), "little")
        for value in encoded.dictionary.to_pylist()
    ]
    return np.asarray(np.array(known, dtype=np.uint64)[encoded.indices.to_numpy()])


def _mixed(hashes: Hashes) -> Hashes:
    hashes = (hashes ^ (hashes >> np.uint64(30))) * MULTIPLIERS[0]
    hashes = (hashes ^ (hashes >> np.uint64(27))) * MULTIPLIERS[1]
    return np.asarray(hashes ^ (hashes >> np.uint64(31)))
