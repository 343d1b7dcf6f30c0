"""Paired bootstrap intervals by resampling counts instead of rows: rows that fall into one cell of the
joint table are alike to the metrics, so a multinomial draw over cells is a draw over rows. Rows count as
independent, which flights of one day are not: the intervals are what sampling alone explains, not what
another month would."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from evaluator.tables import Counts, auc, average_precision, threshold_metrics

RESAMPLES = 1000
RANK_BINS = 64
SEED = 20130101
LOW, HIGH = 0.025, 0.975
Floats = npt.NDArray[np.float64]
Interval = dict[str, float]


def threshold_intervals(cells: Counts) -> dict[str, Interval]:
    """Accuracy and F1 of the first minus those of the second prediction, with 95 % intervals.

    `cells` holds the rows by (label, first prediction, second prediction), flat.
    """
    draws = _draws(cells)
    return {name: _interval(_threshold_difference(draws, name)) for name in ("accuracy", "f1")}


def _threshold_difference(draws: Counts, name: str) -> Floats:
    table = draws.reshape(-1, 2, 2, 2)  # draw, label, first, second
    return threshold_metrics(table.sum(axis=3))[name] - threshold_metrics(table.sum(axis=2))[name]


def score_intervals(
    labels: Counts, first: Floats, second: Floats, values: Mapping[str, float]
) -> dict[str, Interval]:
    """AUC, average precision and log loss of the first minus those of the second scores, with 95 %
    intervals.

    `values` are the differences themselves: the table is coarser than they are, so its interval is moved
    onto them.
    """
    first_bins, second_bins = _rank_bins(first), _rank_bins(second)
    packed = (first_bins * RANK_BINS + second_bins) * 2 + labels
    occupied, cell_of_row = np.unique(packed, return_inverse=True)
    cells = np.bincount(cell_of_row)
    losses = np.bincount(cell_of_row, log_losses(first, labels) - log_losses(second, labels)) / cells
    tables = _Marginals(occupied)
    draws = _draws(cells)
    first_tables, second_tables = tables.first(draws), tables.second(draws)
    differences = {
        "auc": auc(first_tables)[0] - auc(second_tables)[0],
        "average_precision": average_precision(first_tables) - average_precision(second_tables),
        "log_loss": draws @ losses / draws.sum(axis=1),
    }
    return {name: _interval(differences[name], values[name]) for name in differences}


class _Marginals:
    """Tables of (draw, bin, label) for either side, out of draws over the occupied cells of the joint
    table."""

    def __init__(self, occupied: Counts) -> None:
        labels, joint = occupied % 2, occupied // 2
        self._first = _spread((joint // RANK_BINS) * 2 + labels)
        self._second = _spread((joint % RANK_BINS) * 2 + labels)

    def first(self, draws: Counts) -> Floats:
        """The first scorer's table of every draw."""
        return (draws @ self._first).reshape(-1, RANK_BINS, 2)

    def second(self, draws: Counts) -> Floats:
        """The second scorer's table of every draw."""
        return (draws @ self._second).reshape(-1, RANK_BINS, 2)


def _spread(target: Counts) -> Floats:
    matrix = np.zeros((len(target), RANK_BINS * 2))
    matrix[np.arange(len(target)), target] = 1
    return matrix


def log_losses(scores: Floats, labels: Counts) -> Floats:
    """The log loss of every row; scores are kept a rounding error away from 0 and 1."""
    margin = np.finfo(np.float32).eps
    likely = np.clip(np.where(labels == 1, scores, 1 - scores), margin, 1)
    return np.asarray(-np.log(likely))


def _rank_bins(scores: Floats) -> Counts:
    """64 bins of about equal size; equal scores share one."""
    edges = np.unique(np.quantile(scores, np.linspace(0, 1, RANK_BINS + 1)[1:-1]))
    return np.searchsorted(edges, scores, side="right")


def _draws(cells: Counts) -> Counts:
    """The cells themselves, then 1,000 multinomial draws of as many rows: shape (1001, cells)."""
    rows = int(cells.sum())
    drawn = np.random.default_rng(SEED).multinomial(rows, cells / rows, size=RESAMPLES)
    return np.concatenate([cells[np.newaxis, :], drawn])


def _interval(statistic: Floats, value: float | None = None) -> Interval:
    """The percentile interval of a statistic over the draws, moved onto `value` if that is given."""
    seen = float(statistic[0])
    low, high = np.nanquantile(statistic[1:], [LOW, HIGH])
    centre = seen if value is None else value
    return {"value": centre, "low": float(low) + centre - seen, "high": float(high) + centre - seen}
