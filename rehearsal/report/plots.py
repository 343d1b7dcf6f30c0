"""Plots of the report page as SVG text, drawn by matplotlib without a display."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

# All of them can be told from a white and from a black ground; texts take the page's own colour.
CANDIDATE, BASELINE, MUTED, WORSE = "#1a73e8", "#e8710a", "#9aa0a6", "#d93025"
STYLE: Any = {
    "font.family": "sans-serif",
    "font.size": 9,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.edgecolor": MUTED,
    "axes.titlesize": 10,
    "axes.titlelocation": "left",
    "xtick.color": MUTED,
    "ytick.color": MUTED,
    "grid.color": MUTED,
    "grid.alpha": 0.3,
    "svg.fonttype": "none",
    "svg.hashsalt": "trainyard",
}
LARGEST_SEGMENTS = 16
WIDE, NARROW, HIGH = 7.2, 3.5, 3.0
SLICE_KEYS = [
    Line2D([], [], color=BASELINE, marker="o", linestyle="", label="baseline"),
    Line2D([], [], color=CANDIDATE, marker="o", linestyle="", label="candidate"),
    Line2D([], [], color=WORSE, label="worse beyond chance"),
]
ABOVE: Any = {"frameon": False, "ncols": 3, "loc": "lower right", "bbox_to_anchor": (1.0, 1.0)}
METADATA = ("Creator", "Date", "Format", "Type")
"""What matplotlib would write about itself, with addresses of vocabularies."""


def svg(title: str, width: float, height: float, plot: Callable[[Axes], None]) -> str:
    """Run `plot` on axes of this size in inches; the SVG element alone, without a prologue."""
    with mpl.rc_context(STYLE):
        figure = Figure(figsize=(width, height), layout="constrained")
        axes = figure.subplots()
        plot(axes)
        axes.set_title(title)
        text = io.StringIO()
        figure.savefig(text, format="svg", metadata=dict.fromkeys(METADATA), transparent=True)
    return text.getvalue().partition("<svg")[1] + text.getvalue().partition("<svg")[2]


def metrics(overall: dict[str, dict[str, float] | None]) -> str:
    """Grouped bars: every metric by candidate, baseline and one-feature rule."""
    models = [
        (label, overall[key], colour)
        for key, label, colour in (
            ("candidate", "candidate", CANDIDATE),
            ("baseline", "baseline in production", BASELINE),
            ("rule", "best one-feature rule", MUTED),
        )
        if overall.get(key)
    ]
    names = [name for name in (overall["candidate"] or {}) if not name.endswith("_error")]

    def plot(axes: Axes) -> None:
        for position, (label, values, colour) in enumerate(models):
            offsets = [index + (position - (len(models) - 1) / 2) * 0.26 for index in range(len(names))]
            heights = [(values or {}).get(name, 0.0) for name in names]
            bars = axes.bar(offsets, heights, 0.24, label=label, color=colour)
            axes.bar_label(bars, fmt="%.3f", fontsize=7, padding=2)
        axes.set_xticks(range(len(names)), [name.replace("_", " ") for name in names])
        axes.set_ylim(0, 1.05)
        axes.legend(**ABOVE)

    return svg("Metrics", WIDE, HIGH, plot)


def roc(curves: dict[str, Any]) -> str:
    """True over false positive rate of each model, with the line of a coin."""
    points = {model: found["roc"] for model, found in curves.items() if found}
    return _lines("ROC curve", points, "false positive rate", "true positive rate", "a coin")


def calibration(curves: dict[str, Any]) -> str:
    """Observed share over predicted probability of each model; the diagonal is a model that knows."""
    points = {
        model: [(group["predicted"], group["observed"]) for group in found["calibration"]]
        for model, found in curves.items()
        if found
    }
    return _lines("Calibration", points, "predicted probability", "observed share", "a model that knows")


def _lines(title: str, points: dict[str, Any], x_label: str, y_label: str, diagonal: str) -> str:
    def plot(axes: Axes) -> None:
        largest = max(max(pair) for pairs in points.values() for pair in pairs)
        axes.plot([0, largest], [0, largest], color=MUTED, linewidth=0.8, linestyle="--", label=diagonal)
        for model, colour in (("baseline", BASELINE), ("candidate", CANDIDATE)):
            if model in points:
                axes.plot(*zip(*points[model], strict=True), color=colour, label=model, linewidth=1.8)
        axes.set(xlabel=x_label, ylabel=y_label)
        axes.legend(frameon=False, fontsize=8)

    return svg(title, NARROW, HIGH, plot)


def slices(segments: list[dict[str, Any]], metric: str) -> str:
    """The largest segments, the candidate's metric beside the baseline's: red where it is surely worse."""
    shown = [s for s in segments if (s.get("candidate") or {}).get(metric) is not None]
    shown = sorted(shown, key=lambda segment: -segment["rows"])[:LARGEST_SEGMENTS][::-1]

    def plot(axes: Axes) -> None:
        for row, segment in enumerate(shown):
            value = segment["candidate"][metric]
            base = (segment.get("baseline") or {}).get(metric)
            interval = (segment.get("difference") or {}).get(metric) or {}
            is_worse = interval.get("high", 0) < 0
            if base is not None:
                axes.plot([base, value], [row, row], color=WORSE if is_worse else MUTED, linewidth=1.5)
                axes.plot(base, row, "o", color=BASELINE, markersize=5)
            axes.plot(value, row, "o", color=CANDIDATE, markersize=6)
        axes.set_yticks(
            range(len(shown)), [f"{s['column']} {s['value']}  ({s['rows']:,})" for s in shown], fontsize=8
        )
        axes.set_xlabel(metric)
        axes.grid(axis="x")
        if any(segment.get("baseline") for segment in shown):
            axes.legend(
                handles=SLICE_KEYS, frameon=False, ncols=3, loc="lower right", bbox_to_anchor=(1.0, 1.0)
            )

    title = "Slices, by rows" if len(shown) == len(segments) else f"The {len(shown)} largest slices"
    return svg(title, WIDE, max(2 * HIGH, 0.6 + 0.24 * len(shown)), plot)


def importance(features: list[dict[str, Any]]) -> str:
    """Bars of the most important features, largest first; a name stands above its bar, however long it is."""
    shown = features[:10][::-1]

    def plot(axes: Axes) -> None:
        axes.barh(range(len(shown)), [f["share"] for f in shown], 0.4, color=CANDIDATE)
        for row, feature in enumerate(shown):
            axes.text(0, row + 0.28, f" {feature['feature']}", fontsize=8, va="bottom")
        axes.set_yticks([])
        axes.set_ylim(-0.5, len(shown))
        axes.set_xlabel("share of gain")

    return svg("Importance of features", NARROW, HIGH, plot)
