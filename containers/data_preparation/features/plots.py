"""The shift report as a page: for every numeric feature its quantiles against those of the baseline and the
difference of the distributions, for a category its levels, as SVG drawn here: it needs nothing else."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

import numpy as np

from features.distance import differences
from features.distribution import Counts, LevelCounts, NumericCounts

Span = tuple[float, float]
WIDTH, HEIGHT, MARGIN = 300, 180, 26
LEVELS, BAR, LEVEL_CHARACTERS, LABEL_WIDTH = 12, 7, 18, 160
LEAST_OUTSIDE = 0.001
FIRST_RUN = "The first run: there was no baseline."
REMARKS = (
    ("undecided", "Not certain, and counted as shifted"),
    ("not_compared", "Not compared, since only one side has them or they are of another kind"),
)
SHARES = tuple(np.linspace(0.005, 0.995, 100))
STYLE = (
    ":root{color-scheme:light dark;--ink:light-dark(#222,#ddd);--bad:light-dark(#b3261e,#f2b8b5)}"
    "body{font:14px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem}"
    "body{color:var(--ink)}"
    "svg{background:light-dark(#fafafa,#222);margin-right:1rem;max-width:100%}.shifted h2{color:var(--bad)}"
    "svg[viewBox]{height:auto}path{fill:none;stroke:light-dark(#1a56a0,#8ab4f8);stroke-width:1.5}"
    ".even{stroke:#999;stroke-dasharray:4 3}.limit{stroke:var(--bad);stroke-width:1;stroke-dasharray:1 3}"
    "text{font-size:11px;fill:light-dark(#555,#bbb)}rect{fill:light-dark(#1a56a0,#8ab4f8)}.before{fill:#999}"
)


def shift_page(
    dataset: str, report: Mapping[str, Any], before: Mapping[str, Counts], after: Mapping[str, Counts]
) -> str:
    """The page for a report and the counts it rests on; a first run says that it had no baseline."""
    title = f"Shift of {escape(dataset)} against the baseline"
    ranked = sorted(report["features"], key=lambda one: (not one["is_shifted"], -one["statistic"]))
    floor = report["limits"]["ks_floor"]
    parts = [_section(one, before[one["feature"]], after[one["feature"]], floor) for one in ranked]
    summary = FIRST_RUN if report["is_first_run"] else _summary(report)
    return (
        "<!doctype html><html lang=en><meta charset=utf-8><meta name=viewport content=width=device-width>"
        f"<title>{title}</title><style>{STYLE}</style><h1>{title}</h1><p>{escape(summary)}</p>"
        f"{''.join(parts)}<p>{escape(report['assumption'])}.</p></html>\n"
    )


def _summary(report: Mapping[str, Any]) -> str:
    limits = report["limits"]
    sentences = [
        f"Shifted, of {len(report['features'])} features: {', '.join(report['shifted']) or 'none'}.",
        f"Numbers, and shares of missing values, shift from a distance of {limits['ks_floor']:g}, categories "
        f"from an index of {limits['psi_floor']:g}, where chance does not explain it "
        f"({limits['significance']:g}).",
        *(f"{words}: {', '.join(report[names])}." for names, words in REMARKS if report[names]),
    ]
    return " ".join(sentences)


def _section(feature: Mapping[str, Any], before: Counts, after: Counts, floor: float) -> str:
    low, high = (f"{end:.4f}" for end in feature["interval"])
    size = low if low == high else f"from {low} to {high}"
    facts = [*feature["moved"], f"{feature['measure']} {size}, adjusted p {feature['p_adjusted']:.3g}"]
    facts.append(f"{before.rows:,} → {after.rows:,} values")
    plots = ""
    if isinstance(before, NumericCounts) and isinstance(after, NumericCounts):
        facts += _outside(before, after)
        plots = _plots(before, after, floor) if before.rows and after.rows else ""
    elif isinstance(before, LevelCounts) and isinstance(after, LevelCounts):
        plots = _levels(before, after) if before.rows and after.rows else ""
    kind = "shifted" if feature["is_shifted"] else "like"
    words = escape("; ".join(facts))
    return f'<section class="{kind}"><h2>{escape(feature["feature"])}</h2><p>{words}</p>{plots}</section>'


def _outside(before: NumericCounts, after: NumericCounts) -> list[str]:
    """How much of the run the quantiles can't show: they end where the thresholds of the baseline do."""
    if not (len(before.thresholds) and after.rows):
        return []
    share = 1 - float(after.at_or_below[-1] - after.below[0]) / after.rows
    return [f"{share:.1%} outside of what the baseline's plot spans"] if share >= LEAST_OUTSIDE else []


def _plots(before: NumericCounts, after: NumericCounts, floor: float) -> str:
    """Quantiles, and the difference of the distributions between the limits on either side."""
    if not len(before.thresholds):
        return ""
    x, y = ([side.quantile(share) for share in SHARES] for side in (before, after))
    span = (min(*x, *y), max(*x, *y))
    even = f'<path class=even d="{_path(span, span, span, span)}"/>'
    quantiles = _svg("quantiles: baseline → run", span, span, even + _drawn(x, y, span, span))
    gaps = differences(before, after)[1]
    places = np.arange(len(gaps)) / max(1, len(gaps) - 1)
    most = max(1.1 * floor, float(np.abs(gaps).max()))
    limits = "".join(
        f'<path class={kind} d="{_path((0, 1), (level, level), (0, 1), (-most, most))}"/>'
        for kind, level in (("even", 0), ("limit", floor), ("limit", -floor))
    )
    difference = limits + _drawn(places.tolist(), gaps.tolist(), (0, 1), (-most, most))
    ends = (float(before.thresholds[0]), float(before.thresholds[-1]))
    return quantiles + _svg("run minus baseline, by threshold; limits", ends, (-most, most), difference)


def _levels(before: LevelCounts, after: LevelCounts) -> str:
    """Shares of the most frequent levels, the baseline above the run."""
    shares = {
        level: (before.counts[level] / before.rows, after.counts[level] / after.rows)
        for level in {*before.counts, *after.counts}
    }
    shown = sorted(shares.items(), key=lambda item: (-max(item[1]), item[0]))[:LEVELS]
    most, left = max(max(pair) for _, pair in shown), LABEL_WIDTH
    rows = [
        f"<text x={left - 6} y={top + 2 * BAR - 3} text-anchor=end>{escape(_short(level))}"
        f"<title>{escape(level)}</title></text>"
        + "".join(
            f"<rect {kind} x={left} y={top + line * BAR} height={BAR - 1} "
            f"width={max(0.5, share / most * (2 * WIDTH - left - MARGIN)):.1f} />"
            for line, (kind, share) in enumerate(zip(("class=before", ""), pair, strict=True))
        )
        for top, (level, pair) in zip(range(MARGIN, 10_000, 3 * BAR), shown, strict=False)
    ]
    title, height = (
        f"shares of levels: baseline (grey), run; at most {most:.1%}",
        MARGIN + 3 * BAR * len(shown) + 6,
    )
    head = f"<text x={MARGIN} y=14>{title}</text>"
    box = f'viewBox="0 0 {2 * WIDTH} {height}" width={2 * WIDTH} height={height}'
    return f'<svg role=img aria-label="{title}" {box}>{head}{"".join(rows)}</svg>'


def _short(level: str) -> str:
    return level if len(level) <= LEVEL_CHARACTERS else f"{level[: LEVEL_CHARACTERS - 1]}…"


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
        f"<text x={MARGIN} y={HEIGHT - 6}>across {across[0]:.4g} … {across[1]:.4g}</text>"
        f"<text x={WIDTH - MARGIN} y={HEIGHT - 6} text-anchor=end>up {up[0]:.4g} … {up[1]:.4g}</text></svg>"
    )
