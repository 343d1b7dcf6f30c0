"""The gate over two sides: an open verdict is settled by counting again, and real months differ by season."""

from __future__ import annotations

import json
from collections import Counter

import numpy as np
import pyarrow.parquet as pq
import pytest

from contracts.dataset import Contract
from contracts.failures import ArtifactCorrupt
from rehearsal.landing import write_month


def exact_distance(before, after):
    from scipy import stats  # by the test process that runs this file only: it takes most of a second

    return stats.ks_2samp(before, after).statistic


def sides(rows=60_000, shift=0.25):
    """A baseline of 4,096 thresholds, the values of both sides, and the exact distance."""
    from features.distribution import FINE_THRESHOLDS, NumericCounts, thresholds_of

    rng = np.random.default_rng(8)
    before, after = rng.normal(size=rows), rng.normal(size=rows) + shift
    fine = NumericCounts(thresholds_of(before, FINE_THRESHOLDS))
    fine.add(before)
    return fine, after, exact_distance(before, after)


def judged(fine, after, floor, finer_counts):
    """The report at this floor, and how often values were counted again."""
    from features.distribution import NumericCounts
    from features.gate import judge
    from features.shift import Limits

    calls = []

    def recount(thresholds):
        calls.append({name: len(each) for name, each in thresholds.items()})
        return {name: count(each) for name, each in thresholds.items()}

    def count(thresholds):
        counts = NumericCounts(thresholds)
        counts.add(after)
        return counts

    baseline = fine.coarse()
    current = {"f": count(baseline.thresholds)}
    report, _, _ = judge({"f": baseline}, finer_counts, current, Limits(ks_floor=floor), recount)
    return report, calls


@pytest.mark.parametrize(("offset", "is_shifted"), [(-0.0002, True), (0.0006, False)])
def test_a_limit_inside_the_interval_is_settled_by_counting_again(offset, is_shifted):
    fine, after, exact = sides()
    report, calls = judged(fine, after, exact + offset, {"f": fine})
    assert calls and calls[0]["f"] < 2_048, "only where the distance may still grow"
    assert report["recounted"] == ["f"] and report["undecided"] == []
    assert report["shifted"] == (["f"] if is_shifted else [])
    low, high = report["features"][0]["interval"]
    assert low <= exact <= high <= low + 0.0006


def test_an_open_verdict_without_finer_counts_is_a_shift_and_says_so():
    fine, after, exact = sides()
    report, calls = judged(fine, after, exact + 0.0006, {})
    assert not calls and report["undecided"] == report["shifted"] == ["f"]


def test_a_clear_verdict_is_reached_without_counting_again():
    fine, after, exact = sides()
    report, calls = judged(fine, after, exact / 2, {"f": fine})
    assert not calls and report["shifted"] == ["f"] and report["recounted"] == []


@pytest.mark.parametrize("rows", [1_000, 10_000, 100_000])
def test_many_features_of_one_distribution_seldom_alarm_at_any_size(rows):
    from features.distribution import NumericCounts, thresholds_of
    from features.shift import Limits, compare

    rng, alarms = np.random.default_rng(rows), 0
    for _ in range(20):
        counts = []
        thresholds = {str(n): thresholds_of(rng.normal(size=1_000)) for n in range(10)}
        for _side in range(2):
            counts.append({name: NumericCounts(each) for name, each in thresholds.items()})
            for each in counts[-1].values():
                each.add(rng.normal(size=rows).astype(np.float32))
        alarms += bool(compare(*counts, Limits(significance=0.05, ks_floor=1e-6))["shifted"])
    assert alarms <= 4, "5 % of 20 and three standard deviations"


def statistics_of(contract, table, thresholds):
    from features.measures import Measures
    from features.statistics_document import Statistics

    statistics = Statistics(contract, thresholds)
    for batch in table.to_batches(max_chunksize=5_000):
        statistics.add(Measures(batch))
    return statistics


def seasonal_contract(contract_file):
    """The flights' contract with the features that a season moves."""
    document = json.loads(contract_file.read_text())
    for column in document["columns"]:
        column["is_known_before_prediction"] = True
    document["features"] = [
        {"name": name, "column": name, "transform": "number"} for name in ("air_time", "distance")
    ]
    return Contract.from_dict(document)


def test_real_flights_of_january_and_july_differ_by_season(tmp_path, contract_file):
    import pyarrow as pa
    from features.landed import batches
    from features.measures import Measures
    from features.shift import Limits, compare
    from features.statistics_document import sample_thresholds

    contract = seasonal_contract(contract_file)
    tables = {}
    for month in ("2013-01", "2013-07"):
        path = write_month(month, tmp_path)
        tables[month] = pa.Table.from_batches(batches(month, path, contract, ["air_time", "distance"]))
    winter = tables["2013-01"].combine_chunks()
    thresholds = sample_thresholds(contract, Measures(winter.to_batches()[0]))
    before, after = (statistics_of(contract, table, thresholds) for table in tables.values())
    report = compare(before.counts, after.counts, Limits(ks_floor=0.05))
    flown = next(one for one in report["features"] if one["feature"] == "air_time")
    columns = [tables[month]["air_time"].drop_null().to_numpy() for month in tables]
    assert flown["interval"][0] <= exact_distance(*columns) <= flown["interval"][1]
    assert report["shifted"] == ["air_time"], "westerlies are weaker in summer; the network stays"


def test_finer_counts_of_another_baseline_are_left_out(prepared):
    from features.distribution import NumericCounts
    from features.fine_counts import read_fine
    from features.statistics_document import read_baseline

    folder = prepared.root / "processing/output/statistics"
    contract = Contract.from_json((prepared.root / "processing/input/contract/contract.json").read_bytes())
    baseline = read_baseline(folder / "statistics.json", contract)
    assert len(read_fine(folder / "fine.parquet", baseline)["distance"].thresholds) > 20
    foreign = baseline["distance"]
    assert isinstance(foreign, NumericCounts)
    foreign.below[3] -= 1
    assert "distance" not in read_fine(folder / "fine.parquet", baseline)


def test_finer_counts_know_how_many_values_the_baseline_misses(tmp_path):
    from features.fine_counts import read_fine, write_fine

    fine, _, _ = sides(rows=2_000)
    fine.add(np.full(30, np.nan))
    write_fine(tmp_path / "fine.parquet", {"f": fine})
    read = read_fine(tmp_path / "fine.parquet", {"f": fine.coarse()})["f"]
    assert (read.rows, read.missing) == (2_000, 30)


def test_finer_counts_without_a_threshold_of_the_baseline_are_left_out(tmp_path):
    from features.fine_counts import read_fine, write_fine

    fine, _, _ = sides(rows=2_000)
    coarse = fine.coarse()
    assert coarse.thresholds[-1] == fine.thresholds[-1]
    write_fine(tmp_path / "fine.parquet", {"f": fine.at(fine.thresholds[:-1])})
    assert read_fine(tmp_path / "fine.parquet", {"f": coarse}) == {}


def test_thresholds_are_added_only_where_the_distance_may_still_grow():
    from features.distance import undecided_thresholds
    from features.distribution import NumericCounts

    fine, before, after = (NumericCounts(np.array(at)) for at in ([1, 1.5, 2, 2.5, 3], [1, 2, 3], [1, 2, 3]))
    for counts, values in ((fine, [1, 2, 2.4, 3]), (before, [1, 2, 2.4, 3]), (after, [1, 2, 2.6, 3])):
        counts.add(np.array(values, float))
    assert undecided_thresholds(before, after, fine).tolist() == [1, 2, 2.5, 3], "1.5 has nothing beside it"


def test_a_damaged_file_of_finer_counts_is_refused_by_name(tmp_path):
    from features.fine_counts import read_fine

    path = tmp_path / "fine.parquet"
    path.write_bytes(b"PAR1 no more")
    with pytest.raises(ArtifactCorrupt, match=r"fine\.parquet"):
        read_fine(path, {})


@pytest.mark.parametrize("spoil", ["without a column", "not rising"])
def test_finer_counts_that_are_no_distribution_decide_nothing(tmp_path, spoil):
    import pyarrow as pa
    from features.fine_counts import read_fine, write_fine

    fine, _, _ = sides(rows=2_000)
    path = tmp_path / "fine.parquet"
    write_fine(path, {"f": fine})
    table = pq.read_table(path)
    if spoil == "without a column":
        pq.write_table(table.drop_columns(["below"]), path)
        with pytest.raises(ArtifactCorrupt, match=r"fine\.parquet"):
            read_fine(path, {"f": fine.coarse()})
        return
    column = table["below"].to_numpy().copy()
    column[np.isin(table["threshold"], fine.coarse().thresholds, invert=True).argmax()] = 10**6
    pq.write_table(table.set_column(2, "below", pa.array(column)), path)
    assert read_fine(path, {"f": fine.coarse()}) == {}


def test_the_finished_job_leaves_statistics_plots_and_finer_counts(prepared):
    folder = prepared.root / "processing/output/statistics"
    assert {path.name for path in folder.iterdir()} == {
        "statistics.json",
        "fine.parquet",
        "shift.json",
        "shift.html",
    }
    assert "there was no baseline" in (folder / "shift.html").read_text()
    assert set(pq.read_table(folder / "fine.parquet")["feature"].to_pylist()) == {
        "arrival_hour",
        "day_of_week",
        "departure_hour",
        "distance",
    }


def test_the_page_shows_what_shifted_first_and_levels_beside_those_of_before():
    from features.distribution import LevelCounts, NumericCounts
    from features.plots import shift_page
    from features.shift import Limits, compare

    before = {"number": NumericCounts(np.arange(5.0)), "level": LevelCounts(Counter({"a": 90, "<b>": 10}))}
    after = {"number": NumericCounts(np.arange(5.0)), "level": LevelCounts(Counter({"a": 40, "<b>": 60}))}
    for counts in (before, after):
        counts["number"].add(np.arange(100.0) % 5)
    page = shift_page("flights", compare(before, after, Limits()), before, after)
    assert page.index("<h2>level") < page.index("<h2>number")
    assert "<h1>Shift of flights against the baseline</h1>" in page
    assert page.count("<rect class=before") == 2
    assert "&lt;b&gt;" in page and "<b>" not in page
    assert "<p>&lt;b&gt; 10.0% → 60.0%; " in page, "what moved, then by how much"
    assert "Shifted, of 2 features: level. " in page and "categories from an index of 0.2" in page
    assert page.count("class=limit") == 2, "the least distance that matters, on either side"


def test_the_page_says_what_was_not_compared_not_certain_and_beyond_its_plots():
    from features.distribution import NumericCounts
    from features.plots import shift_page
    from features.shift import Limits, compare

    before, after = ({name: NumericCounts(np.arange(5.0))} for name in ("number", "number"))
    before["number"].add(np.arange(100.0) % 5)
    after["number"].add(np.arange(100.0) % 8)
    gone = {"<gone>": NumericCounts(np.arange(5.0))}
    report = compare(before | gone, after, Limits()) | {"undecided": ["number"]}
    page = shift_page("flights", report, before | gone, after)
    assert "they are of another kind: &lt;gone&gt;." in page
    assert "Not certain, and counted as shifted: number." in page
    assert "36.0% outside" in page and "100 → 100 values" in page
