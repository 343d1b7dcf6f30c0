"""The statistical gate: exact counts, an interval that holds the truth, and no alarm without a reason."""

from __future__ import annotations

import json
from collections import Counter

import numpy as np
import pyarrow as pa
import pytest


def counted(thresholds, values):
    from features.distribution import NumericCounts

    counts = NumericCounts(thresholds)
    counts.add(values)
    return counts


def pair(before, after):
    from features.distribution import thresholds_of

    thresholds = thresholds_of(before[:10_000])
    return counted(thresholds, before), counted(thresholds, after)


SHAPES = {
    "normal": lambda rng, n: rng.normal(size=n),
    "heavy tails": lambda rng, n: rng.standard_cauchy(size=n),
    "few values": lambda rng, n: rng.integers(0, 7, size=n).astype(float),
    "spike": lambda rng, n: np.where(rng.random(n) < 0.9, 0.0, rng.exponential(size=n)),
}


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("shift", [0.0, 0.3])
def test_the_exact_distance_lies_inside_the_interval(shape, shift):
    from features.distance import distance_interval
    from scipy import stats

    rng = np.random.default_rng(7)
    before, after = SHAPES[shape](rng, 20_000), SHAPES[shape](rng, 15_000) + shift
    low, high = distance_interval(*pair(before, after))
    exact = stats.ks_2samp(before, after).statistic
    assert low - 1e-12 <= exact <= high + 1e-12
    assert high - low <= 2.5 / 256


def test_values_are_counted_as_the_float32_that_a_model_takes():
    values = np.random.default_rng(2).normal(size=4_000)
    thresholds = np.sort(np.append(values[:99].astype(np.float32), 0.1))
    single, double = counted(thresholds, values.astype(np.float32)), counted(thresholds, values)
    assert single.to_dict() == double.to_dict()


def test_any_chunks_in_any_order_count_to_the_same():
    values = np.random.default_rng(3).normal(size=200_000).astype(np.float32)
    whole = counted(np.linspace(-2, 2, 256), values)
    parts = counted(np.linspace(-2, 2, 256), values[150_001:])
    for start in (70_007, 0):
        parts.merge(counted(np.linspace(-2, 2, 256), values[start : {0: 70_007, 70_007: 150_001}[start]]))
    assert np.array_equal(whole.below, parts.below)
    assert np.array_equal(whole.at_or_below, parts.at_or_below)
    assert (np.sort(values).searchsorted(whole.thresholds) == whole.below).all()


def test_counting_at_all_thresholds_once_gives_what_counting_at_each_gives():
    from features.statistics_document import united

    values = np.random.default_rng(5).normal(size=9_000).astype(np.float32)
    sets = {"coarse": values[:50].astype(np.float64), "fine": np.linspace(-1, 1, 999)}
    once = counted(united([{"x": one} for one in sets.values()])["x"], values)
    for thresholds in map(np.unique, sets.values()):
        alone, chosen = counted(thresholds, values), once.at(thresholds)
        assert chosen.to_dict() == alone.to_dict()


@pytest.mark.parametrize("zeros", [[-0.0, 0.0], [0.0, -0.0], [-0.0]])
def test_a_threshold_at_zero_has_no_sign_that_sorting_decides(zeros):
    from features.distribution import thresholds_of

    thresholds = thresholds_of(np.array([-1.0, *zeros, 1.0]))
    assert thresholds.tolist() == [-1, 0, 1] and not np.signbit(thresholds[1])


def test_infinite_values_are_counted_and_keep_the_report_valid_json():
    values = np.array([-np.inf, 1.0, 2.0, 3.0, np.inf, np.nan])
    from features.distribution import thresholds_of

    counts = counted(thresholds_of(values), values)
    assert (counts.rows, counts.missing, counts.below[0]) == (5, 1, 1)
    assert "Infinity" not in json.dumps(counts.to_dict())


def test_a_feature_of_a_baseline_takes_at_most_ten_kilobytes():
    values = np.random.default_rng(4).normal(size=300_000) * 1e9
    from features.distribution import FINE_THRESHOLDS, thresholds_of

    counts = counted(thresholds_of(values[:100_000], FINE_THRESHOLDS), values).coarse()
    text = json.dumps(counts.to_dict(), separators=(",", ":"))
    assert len(counts.thresholds) > 250 and len(text) <= 10_240


def test_counts_do_not_depend_on_how_values_are_chunked():
    values = np.random.default_rng(1).normal(size=5_000)
    values[::50] = np.nan
    thresholds = np.linspace(-2, 2, 33)
    whole, pieces = counted(thresholds, values), counted(thresholds, values[:0])
    for piece in np.array_split(values[::-1], 7):
        pieces.add(piece)
    assert np.array_equal(whole.below, pieces.below)
    assert np.array_equal(whole.at_or_below, pieces.at_or_below)
    assert (whole.rows, whole.missing) == (pieces.rows, pieces.missing) == (4_900, 100)


@pytest.mark.parametrize("distance", [0.005, 0.02, 0.05, 0.3])
def test_the_kolmogorov_series_agrees_with_that_of_scipy(distance):
    from features.significance import kolmogorov_p
    from scipy.special import kolmogorov

    expected = kolmogorov(distance * np.sqrt(4_000 * 6_000 / 10_000))
    assert kolmogorov_p(distance, 4_000, 6_000) == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize(("statistic", "degrees"), [(0.1, 1), (3.0, 2), (40.0, 15), (5.0, 30), (400.0, 100)])
def test_the_chi_square_tail_agrees_with_that_of_scipy(statistic, degrees):
    from features.significance import chi_square_p
    from scipy import stats

    assert chi_square_p(statistic, degrees) == pytest.approx(stats.chi2.sf(statistic, degrees), rel=1e-9)


def test_holm_adjusts_three_p_values_as_published():
    from features.significance import holm

    assert holm([0.01, 0.04, 0.03]) == pytest.approx([0.03, 0.06, 0.06])
    assert holm([0.6, 0.9]) == [1.0, 1.0], "a probability"


def shifted(before, after):
    from features.shift import Limits, compare

    baseline, current = pair(before, after)
    return compare({"f": baseline}, {"f": current}, Limits())


def test_a_large_sample_with_a_tiny_shift_is_significant_but_no_alarm():
    rng = np.random.default_rng(3)
    report = shifted(rng.normal(size=400_000), rng.normal(size=400_000) + 0.02)
    assert report["features"][0]["p_adjusted"] < 0.01
    assert report["shifted"] == []


def test_a_shifted_feature_is_named_with_its_direction():
    rng = np.random.default_rng(3)
    report = shifted(rng.normal(size=5_000), rng.normal(size=5_000) + 0.5)
    assert report["shifted"] == ["f"]
    assert report["features"][0]["moved"][0].startswith("median")


def test_a_category_that_changes_its_mix_is_named_with_levels():
    from features.distribution import LevelCounts
    from features.measures import Levels
    from features.shift import Limits, compare

    sides = {}
    for name, weights in (("before", (60, 40)), ("after", (20, 80))):
        sides[name] = LevelCounts()
        sides[name].add(Levels.of(pa.array(["x"] * weights[0] * 20 + ["y"] * weights[1] * 20)))
    report = compare({"f": sides["before"]}, {"f": sides["after"]}, Limits())
    assert report["shifted"] == ["f"]
    assert "x 60.0% → 20.0%" in report["features"][0]["moved"]


def test_homogeneity_test_agrees_with_scipy_on_common_levels():
    from features.distance import homogeneity_p
    from scipy import stats

    table = np.array([[50.0, 60.0, 70.0], [55.0, 40.0, 90.0]])
    assert homogeneity_p(*table) == pytest.approx(stats.chi2_contingency(table).pvalue, rel=1e-9)


def test_levels_are_pooled_below_five_expected_rows_and_not_at_five():
    from features.distance import homogeneity_p
    from scipy import stats

    for before, after in (([9, 1, 90], [1, 9, 90]), ([8, 1, 91], [1, 8, 91])):
        table = np.array([before, after], float)
        is_rare = table.sum(axis=0)[0] < 10
        kept = np.column_stack([table[:, :2].sum(axis=1), table[:, 2]]) if is_rare else table
        expected = stats.chi2_contingency(kept, correction=False).pvalue
        assert homogeneity_p(*table) == pytest.approx(expected)


def test_the_levels_that_are_kept_do_not_depend_on_the_order_of_counting():
    from features.distribution import KEPT_LEVELS, LevelCounts

    names = [f"level {number}" for number in range(KEPT_LEVELS + 5)]
    one, other = (LevelCounts(Counter(order)) for order in (names, reversed(names)))
    assert one.to_dict() == other.to_dict()


def test_counts_of_just_as_many_thresholds_as_a_baseline_keeps_are_kept_whole():
    from features.distribution import THRESHOLDS

    counts = counted(np.arange(float(THRESHOLDS)), np.zeros(1_000))
    assert len(counts.coarse().thresholds) == THRESHOLDS


def test_levels_that_were_pooled_stay_counted_when_counts_are_merged_and_written_again():
    from features.distribution import LevelCounts

    counts = LevelCounts(Counter(a=5), missing=1, others=3)
    counts.merge(LevelCounts(Counter(b=2), missing=4, others=7))
    assert (counts.rows, counts.missing, counts.others) == (17, 5, 10)
    assert counts.to_dict()["others"] == 10 and counts.to_dict()["rows"] == 17


def test_false_alarms_stay_at_the_set_rate():
    from features.shift import Limits, compare

    rng, alarms = np.random.default_rng(11), 0
    for _ in range(200):
        baseline, current = pair(rng.normal(size=500), rng.normal(size=500))
        report = compare({"f": baseline}, {"f": current}, Limits(significance=0.05, ks_floor=0.001))
        alarms += bool(report["shifted"])
    assert alarms <= 18, "5 % of 200 and two standard deviations"


@pytest.mark.parametrize("text", ["0", "1.5", "much", "nan"])
def test_a_limit_out_of_range_is_refused_by_name(monkeypatch, text):
    from features.shift import Limits

    from contracts.failures import ConfigurationRejected

    monkeypatch.setenv("SHIFT_KS_FLOOR", text)
    with pytest.raises(ConfigurationRejected, match="SHIFT_KS_FLOOR"):
        Limits.from_environment()


NUMBERS = {"kind": "numeric", "rows": 3, "missing": 0, "thresholds": [1, 2], "below": [0, 2], "equal": [1, 1]}
LEVELS = {"kind": "categorical", "rows": 3, "missing": 0, "others": 1, "counts": {"a": 2}}


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"dataset": "trains"}, r"baseline\.dataset is \"trains\""),
        ({"features": None}, r"baseline\.features is null: it must be an object"),
        ({"features": {"f": {**NUMBERS, "thresholds": "all"}}}, r"f\.thresholds .*list of numbers"),
        ({"features": {"f": {**NUMBERS, "below": [0]}}}, r"f\.below .*same length"),
        ({"features": {"f": {**NUMBERS, "thresholds": [2, 1]}}}, r"f\.thresholds .*rise strictly"),
        ({"features": {"f": {**NUMBERS, "below": [0, 0]}}}, r"f\.below .*rise from 0 to rows"),
        ({"features": {"f": {**LEVELS, "rows": 4}}}, r"f\.rows .*sum of the counts"),
    ],
)
def test_a_baseline_that_cannot_be_one_is_refused_by_its_field(job, contract_file, change, words):
    from features.statistics_document import read_baseline

    from contracts.dataset import Contract
    from contracts.failures import ArtifactCorrupt

    whole = {
        "dataset": "flights",
        "contract_version": 1,
        "null_ratio": 0,
        "features": {"f": NUMBERS, "g": LEVELS},
    }
    contract = Contract.from_json(contract_file.read_bytes())
    assert set(read_baseline(job.write("baseline.json", whole), contract)) == {"f", "g"}
    with pytest.raises(ArtifactCorrupt, match=words):
        read_baseline(job.write("baseline.json", whole | change), contract)


@pytest.mark.parametrize("text", ["{", "", "[" * 100_000], ids=["open", "empty", "nested too deep"])
def test_a_baseline_that_is_no_json_is_refused(job, contract_file, text):
    from features.statistics_document import read_baseline

    from contracts.dataset import Contract
    from contracts.failures import ArtifactCorrupt

    path = job.write("baseline.json", {})
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ArtifactCorrupt, match=r"baseline is .*it is not JSON"):
        read_baseline(path, Contract.from_json(contract_file.read_bytes()))
