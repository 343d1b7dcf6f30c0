"""Probabilities under the hypothesis that nothing changed, without scipy: Kolmogorov's series, the
chi-square tail and Holm's correction for many features."""

from __future__ import annotations

import math
from collections.abc import Sequence

TERMS = 200
TINY = 1e-300


def kolmogorov_p(distance: float, rows: int, other_rows: int) -> float:
    """P(D >= distance) for two samples of these sizes, asymptotically (Kolmogorov 1933, Smirnov 1948)."""
    if not rows or not other_rows:
        return 1.0
    x = distance * math.sqrt(rows * other_rows / (rows + other_rows))
    if x < 0.2:  # beyond here the series needs ever more terms, and the answer is 1 to 12 digits
        return 1.0
    total = sum((1 if k % 2 else -1) * math.exp(-2 * k * k * x * x) for k in range(1, TERMS))
    return float(min(1.0, max(0.0, 2 * total)))


def chi_square_p(statistic: float, degrees: int) -> float:
    """P(X >= statistic) for a chi-square variable: the regularised upper incomplete gamma function Q(k/2,
    x/2)."""
    if degrees < 1 or statistic <= 0:
        return 1.0
    shape, x = degrees / 2, statistic / 2
    scale = math.exp(shape * math.log(x) - x - math.lgamma(shape))
    if x < shape + 1:
        return max(0.0, 1 - scale * _lower_series(shape, x))
    return min(1.0, scale * _upper_fraction(shape, x))


def _lower_series(shape: float, x: float) -> float:
    term = total = 1 / shape
    n = shape
    while term > total * 1e-15:
        n += 1
        term *= x / n
        total += term
    return total


def _upper_fraction(shape: float, x: float) -> float:
    """The continued fraction of Q by Lentz's method, as modified by Thompson and Barnett."""
    b = x + 1 - shape
    c, d = 1 / TINY, 1 / b
    result = d
    for i in range(1, 10_000):
        a = -i * (i - shape)
        b += 2
        d = 1 / (a * d + b or TINY)
        c = b + a / c or TINY
        result *= c * d
        if abs(c * d - 1) < 1e-15:
            break
    return result


def holm(p_values: Sequence[float]) -> list[float]:
    """Adjusted p-values: compared with alpha, they bound the chance of any false alarm by alpha (Holm
    1979)."""
    order = sorted(range(len(p_values)), key=lambda index: p_values[index])
    adjusted, largest = [1.0] * len(p_values), 0.0
    for rank, index in enumerate(order):
        largest = max(largest, min(1.0, p_values[index] * (len(p_values) - rank)))
        adjusted[index] = largest
    return adjusted
