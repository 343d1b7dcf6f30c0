"""Cost against the checkpoint interval as an SVG picture: where the best lies, how flat it is around it."""

from __future__ import annotations

import math
from collections.abc import Sequence

WIDTH, HEIGHT, MARGIN = 720, 400, 56


def chart(title: str, points: Sequence[tuple[float, float]], chosen_seconds: float) -> str:
    """The picture; `points` are (interval in seconds, cost in US dollars), the interval on a log scale."""
    left, right = math.log(points[0][0]), math.log(points[-1][0])
    top, bottom = max(cost for _, cost in points), min(cost for _, cost in points)

    def across(seconds: float) -> float:
        return MARGIN + (math.log(seconds) - left) / (right - left) * (WIDTH - 2 * MARGIN)

    def down(cost: float) -> float:
        return HEIGHT - MARGIN - (cost - bottom) / ((top - bottom) or 1) * (HEIGHT - 2 * MARGIN)

    line = " ".join(f"{across(seconds):.1f},{down(cost):.1f}" for seconds, cost in points)
    marks = "".join(
        f'<text x="{across(seconds):.1f}" y="{HEIGHT - 36}" text-anchor="middle">{seconds} s</text>'
        for seconds in (10, 30, 100, 300, 1000, 3600)
        if left <= math.log(seconds) <= right
    )
    chosen = across(min(max(chosen_seconds, points[0][0]), points[-1][0]))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" '
        'font-family="sans-serif" font-size="13">'
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#fff"/>'
        f'<text x="{MARGIN}" y="28" font-size="15">{title}</text>'
        f'<line x1="{chosen:.1f}" x2="{chosen:.1f}" y1="{MARGIN}" y2="{HEIGHT - MARGIN}" '
        'stroke="#d97706" stroke-dasharray="4 4"/>'
        f'<text x="{chosen + 6:.1f}" y="{MARGIN + 12}" fill="#b45309">chosen: {chosen_seconds:.0f} s</text>'
        f'<polyline points="{line}" fill="none" stroke="#2563eb" stroke-width="2"/>'
        f'<text x="{MARGIN}" y="{down(top) - 6:.1f}">{top:.2f} USD</text>'
        f'<text x="{MARGIN}" y="{down(bottom) + 16:.1f}">{bottom:.2f} USD</text>{marks}'
        f'<text x="{WIDTH / 2}" y="{HEIGHT - 12}" text-anchor="middle">checkpoint interval</text></svg>\n'
    )
