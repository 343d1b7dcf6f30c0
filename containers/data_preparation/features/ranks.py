"""Exact ranks of thresholds among float32 numbers, by sorting chunks of them."""

from __future__ import annotations

import threading
from typing import Any, Literal, NamedTuple

import numpy as np
import numpy.typing as npt

Numbers = npt.NDArray[np.floating[Any]]
Singles = npt.NDArray[np.float32]
Bits = npt.NDArray[np.int32]
Integers = npt.NDArray[np.int64]
Side = Literal["left", "right"]
CHUNK_NUMBERS = 65_536  # sorted at once: fits a core's cache
CHUNK_NUMBERS_A_THRESHOLD = 32  # where they are many, finding them costs more than the cache saves
LAST_OF_EACH_KIND = np.array([0xFF80_0000, 0xFFFF_FFFF, 0x7F80_0000], np.uint32).view(np.int32)
"""The bits of minus infinity, of the last NaN with a minus sign and of infinity."""


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
    """Thresholds that rise, to be found in chunks of numbers.

    Chunks are sorted as the integers that the bits of float32 are, a tenth quicker than as floats. In that
    order numbers with a minus sign come first, from -0.0 away from zero and then NaN; the others follow, from
    0.0 away from zero and then NaN again.
    """

    def __init__(self, thresholds: npt.NDArray[np.float64]) -> None:
        with np.errstate(over="ignore"):  # beyond float32 is infinity, and so is what follows its largest
            nearest = thresholds.astype(np.float32)
            over = np.where(nearest < thresholds, np.nextafter(nearest, np.float32(np.inf)), nearest)
            under = np.where(nearest > thresholds, np.nextafter(nearest, np.float32(-np.inf)), nearest)
        over[over == 0], under[under == 0] = -0.0, 0.0  # before both zeros, and behind them
        self._below, self._at_or_below = _Marks(over, "left"), _Marks(under, "right")
        self.chunk = max(CHUNK_NUMBERS, CHUNK_NUMBERS_A_THRESHOLD * len(thresholds))

    def ranks(self, numbers: Numbers) -> Ranks:
        """The ranks of the thresholds in one chunk, whose numbers count as float32."""
        bits = _ROOM.sorted_bits(numbers)
        negatives, with_nan, present = map(int, bits.searchsorted(LAST_OF_EACH_KIND, side="right"))
        nans = with_nan - negatives
        return Ranks(
            self._below.places(bits, negatives, nans),
            self._at_or_below.places(bits, negatives, nans),
            present - nans,
            nans + len(bits) - present,
        )


class _Marks:
    """Rising float32 numbers by their bits, those with a minus sign apart: among them the order is turned."""

    def __init__(self, numbers: Singles, side: Side) -> None:
        self._falling, self._rising = np.split(numbers.view(np.int32), [np.signbit(numbers).sum()])
        self._side: Side = side
        self._turned: Side = "right" if side == "left" else "left"

    def places(self, bits: Bits, negatives: int, nans: int) -> Integers:
        """How many numbers come before each mark, or up to it, NaN left out."""
        falling = negatives - bits[:negatives].searchsorted(self._falling, self._turned)
        rising = bits.searchsorted(self._rising, self._side) - nans
        return np.concatenate([falling, rising])
