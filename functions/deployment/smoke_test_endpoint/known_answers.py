"""Known requests and the answers they must get: hold-out rows, scored by the same model in its evaluation."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from contracts.failures import ArtifactCorrupt, ConfigurationRejected, SmokeTestFailed

# The same model on the same row differs only by how many digits were printed.
TOLERANCE = 1e-4
ROWS = 25
HEAD_BYTES = 65536  # holds far more than ROWS lines of any hold-out set


@dataclass(frozen=True, kw_only=True)
class Answer:
    """One row's request as the endpoint answered it."""

    row: int
    expected: float
    seen: str
    latency_milliseconds: float


def uris(metadata: Mapping[str, str]) -> tuple[str, str]:
    """Where the package says its known inputs and answers lie."""
    try:
        return metadata["known-inputs-uri"], metadata["known-answers-uri"]
    except KeyError as missing:
        raise ConfigurationRejected(
            f"the package's metadata lacks {missing}: register it through the evaluation workflow"
        ) from None


def pair(inputs: str, answers: str, *, is_cut: bool) -> list[tuple[str, float]]:
    """Rows with their expected probabilities, from the heads of both files; a cut last line is left out."""
    rows, scores = _lines(inputs, is_cut=is_cut), _lines(answers, is_cut=is_cut)
    pairs = list(zip(rows, scores, strict=False))[:ROWS]
    if not pairs:
        raise ArtifactCorrupt("known inputs or answers are empty: the package can't be smoke-tested")
    return [(row, float(score)) for row, score in pairs]


def verify(answers: Sequence[Answer], max_latency_milliseconds: float) -> dict[str, Any]:
    """Summarises the answers; raises SmokeTestFailed at a wrong one, or when the median is too slow.

    The median, because a new endpoint's first requests are slow and say nothing about the next ones.
    """
    wrong = [answer for answer in answers if not _is_right(answer)]
    if wrong:
        first = wrong[0]
        raise SmokeTestFailed(
            f"{len(wrong)} of {len(answers)} known requests were answered wrongly: row {first.row} got "
            f"{first.seen!r}, expected {first.expected:.6f}"
        )
    latencies = sorted(answer.latency_milliseconds for answer in answers)
    median = latencies[len(latencies) // 2]
    if median > max_latency_milliseconds:
        raise SmokeTestFailed(
            f"the median of {len(answers)} known requests took {median:.0f} ms, the limit is "
            f"{max_latency_milliseconds:g} ms"
        )
    return {
        "requests": len(answers),
        "median_latency_milliseconds": round(median, 3),
        "max_latency_milliseconds": round(latencies[-1], 3),
    }


def _is_right(answer: Answer) -> bool:
    try:
        return math.isclose(float(answer.seen), answer.expected, rel_tol=0, abs_tol=TOLERANCE)
    except ValueError:
        return False


def _lines(text: str, *, is_cut: bool) -> list[str]:
    whole = text.rsplit("\n", 1)[0] if is_cut and len(text) >= HEAD_BYTES else text
    return [line for line in whole.splitlines() if line.strip()]
