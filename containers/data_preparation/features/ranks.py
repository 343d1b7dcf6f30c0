"""Exact ranks of thresholds among float32 numbers, by sorting chunks of them."""

from __future__ import annotations

import threading
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

Numbers = npt.NDArray[np.floating[Any]]
Singles = npt.NDArray[np.float32]
Bits = npt.NDArray[np.int32]
Integers = npt.NDArray[np.int64]
CHUNK_NUMBERS = 65_536  # sorted at once: fits a core's cache
CHUNK_NUMBERS_A_THRESHOLD = 32  # where they are many, finding them costs more than the cache saves
ENDS_OF_KINDS = np.array([0xFF80_0001, 0, 0x7F80_0001], np.uint32).view(np.int32)
"""The bits that follow minus infinity, the last NaN with a minus sign, and infinity."""


class Ranks(NamedTuple):
    """How many numbers lie below, and at or below, each threshold, how many there are, and how many NaN."""

    below: Integers
    at_or_below: Integers
    present: int
    missing: int


class _Room(threading.local):
    """Where each thread sorts its chunks: memory given back and asked for anew costs as much as sorting."""

    _numbers: Singles = np.empty(0, np.float32)

    def sorted_bits(self, numbers: Numbers) -> Bits:
        """The numbers as float32, ordered by their bits, until the next call of this thread."""
        if len(self._numbers) < len(numbers):
            self._numbers = np.empty(max(len(numbers), CHUNK_NUMBERS), np.float32)
        room = self._numbers[: len(numbers)]
        with np.errstate(over="ignore"):  # beyond float32 is infinity, as for what a model takes
            np.copyto(room, numbers, casting="same_kind")
        bits = room.view(np.int32)
        bits.sort()
        return bits


_ROOM = _Room()


class Ruler:
    """Thresholds that rise, to be found among numbers.

    Chunks are sorted as the integers that the bits of float32 are, a tenth quicker than as floats. In that
    order numbers with a minus sign come first, from -0.0 away from zero and then NaN; the others follow, from
    0.0 away from zero and then NaN again. Whatever is asked of a chunk is a sum of places in that order, so
    chunks are searched once and the places added.
    """

    def __init__(self, thresholds: npt.NDArray[np.float64]) -> None:
        with np.errstate(over="ignore"):  # beyond float32 is infinity, and so is what follows its largest
            nearest = thresholds.astype(np.float32)
            over = np.where(nearest < thresholds, np.nextafter(nearest, np.float32(np.inf)), nearest)
            under = np.where(nearest > thresholds, np.nextafter(nearest, np.float32(-np.inf)), nearest)
        over[over == 0], under[under == 0] = -0.0, 0.0  # before both zeros, and behind them
        self._is_over_negative, self._is_under_negative = np.signbit(over), np.signbit(under)
        # Among numbers with a minus sign the order is turned: what lies below a threshold stands behind it.
        below = over.view(np.int32) + self._is_over_negative
        at_or_below = under.view(np.int32) + ~self._is_under_negative
        every = [ENDS_OF_KINDS, below, at_or_below]
        self._marks, order = np.unique(np.concatenate(every), return_inverse=True)
        self._kinds, self._below, self._at_or_below = np.split(order, np.cumsum([len(e) for e in every[:-1]]))
        self._chunk = max(CHUNK_NUMBERS, CHUNK_NUMBERS_A_THRESHOLD * len(thresholds))

    def ranks(self, numbers: Numbers) -> Ranks:
        """The ranks of the thresholds among numbers, which count as float32."""
        places = np.zeros(len(self._marks), np.int64)
        for start in range(0, len(numbers), self._chunk):
            places += _ROOM.sorted_bits(numbers[start : start + self._chunk]).searchsorted(self._marks)
        negatives, with_nan, present = map(int, places[self._kinds])
        nans = with_nan - negatives
        below, at_or_below = places[self._below], places[self._at_or_below]
        return Ranks(
            np.where(self._is_over_negative, negatives - below, below - nans),
            np.where(self._is_under_negative, negatives - at_or_below, at_or_below - nans),
            present - nans,
            nans + len(numbers) - present,
        )
