"""The shift report as a page: for every numeric feature its quantiles against those of the baseline and the
difference of the distributions, as SVG drawn here, so that the page needs nothing else to be read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

import numpy as np

from features.distance import differences
from features.distribution import LevelCounts, NumericCounts

Span = tuple[float, float]
Counts = NumericCounts | LevelCounts
WIDTH, HEIGHT, MARGIN = 300, 180, 26
SHARES = tuple(np.linspace(0.005, 0.995, 100))
STYLE = (
    "body{font:14px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;color:#222}"
    "svg{background:#fafafa;margin-right:1rem}.shifted h2{color:#b3261e}"
    "path{fill:none;stroke:#1a56a0;stroke-width:1.5}.even{stroke:#aaa;stroke-dasharray:4 3}"
    "text{font-size:11px;fill:#555}"
)


def shift_page(report: Mapping[str, Any], before: Mapping[str, Counts], after: Mapping[str, Counts]) -> str:
    """The page for a report and the counts it rests on; a first run says that it had no baseline."""
    parts = [
        _section(feature, before[feature["feature"]], after[feature["feature"]])
        for feature in report["features"]
    ]
    shifted = ", ".join(report["shifted"]) or "none"
    summary = "The first run: there was no baseline." if report["is_first_run"] else f"Shifted: {shifted}."
    return (
        "<!doctype html><html lang=en><meta charset=utf-8><title>Shift against the baseline</title>"
        f"<style>{STYLE}</style><h1>Shift against the baseline</h1><p>{escape(summary)}</p>"
        f"{''.join(parts)}<p>{escape(report['assumption'])}.</p></html>\n"
    )


def _section(feature: Mapping[str, Any], before: Counts, after: Counts) -> str:
    low, high = feature["interval"]
    facts = (
        f"{feature['measure']} from {low:.5f} to {high:.5f}, adjusted p {feature['p_adjusted']:.3g}",
        *feature["moved"],
    )
    drawn = isinstance(before, NumericCounts) and isinstance(after, NumericCounts)
    plots = _plots(before, after) if drawn and before.rows and after.rows else ""  # type: ignore[arg-type]
    kind = "shifted" if feature["is_shifted"] else "like"
    words = escape("; ".join(facts))
    return f'<section class="{kind}"><h2>{escape(feature["feature"])}</h2><p>{words}</p>{plots}</section>'


def _plots(before: NumericCounts, after: NumericCounts) -> str:
    if not len(before.thresholds):
        return ""
    x, y = ([side.quantile(share) for share in SHARES] for side in (before, after))
    span = (min(*x, *y), max(*x, *y))
    even = f'<path class=even d="{_path(span, span, span, span)}"/>'
    quantiles = _svg("quantiles: baseline → run", span, span, even + _drawn(x, y, span, span))
    gaps = differences(before, after)[1]
    places = np.arange(len(gaps)) / max(1, len(gaps) - 1)
    limit = (-max(1e-9, float(np.abs(gaps).max())), max(1e-9, float(np.abs(gaps).max())))
    zero = f'<path class=even d="{_path((0, 1), (0, 0), (0, 1), limit)}"/>'
    difference = zero + _drawn(places.tolist(), gaps.tolist(), (0, 1), limit)
    ends = (float(before.thresholds[0]), float(before.thresholds[-1]))
    return quantiles + _svg("run minus baseline, by threshold", ends, limit, difference)


def _drawn(x: Sequence[float], y: Sequence[float], across: Span, up: Span) -> str:
    return f'<path d="{_path(x, y, across, up)}"/>'


def _path(x: Sequence[float], y: Sequence[float], across: Span, up: Span) -> str:
    points = zip(_placed(x, across, WIDTH), (HEIGHT - one for one in _placed(y, up, HEIGHT)), strict=True)
    return "M" + "L".join(f"{one:.1f},{other:.1f}" for one, other in points)


def _placed(values: Sequence[float], span: tuple[float, float], pixels: int) -> list[float]:
    size = (span[1] - span[0]) or 1.0
    return [MARGIN + (value - span[0]) / size * (pixels - 2 * MARGIN) for value in values]


def _svg(title: str, across: Span, up: Span, content: str) -> str:
    return (
        f'<svg role=img aria-label="{title}" width={WIDTH} height={HEIGHT}>{content}'
        f"<text x={MARGIN} y=14>{title}</text>"
        f"<text x={MARGIN} y={HEIGHT - 6}>{across[0]:.4g} … {across[1]:.4g}</text>"
        f"<text x={WIDTH - MARGIN} y={HEIGHT - 6} text-anchor=end>{up[0]:.4g} … {up[1]:.4g}</text></svg>"
    )
