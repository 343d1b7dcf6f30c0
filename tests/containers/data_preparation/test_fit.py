"""What transforms learn: levels, rates, moments and quantiles, the same however rows are spread."""

from __future__ import annotations

import json
import re

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.dataset import Contract
from contracts.encoding import Encoding
from contracts.failures import ContractInvalid, DataRejected


def contract(contract_file, *features):
    document = json.loads(contract_file.read_text())
    return Contract.from_dict(document | {"features": list(features)})


def feature(transform, column="distance", **options):
    return {"name": "f", "column": column, "transform": transform, **options}


def fitted(contract_file, spec, values, kind=None):
    from features.fit import Fit
    from features.measures import Measures

    fit = Fit(contract(contract_file, spec))
    for start in range(0, len(values), 3):
        part = Fit(contract(contract_file, spec))
        chunk = pa.array(values[start : start + 3], kind or pa.float64())
        batch = pa.RecordBatch.from_pydict({spec["column"]: chunk})
        part.add(Measures(batch), np.arange(batch.num_rows, dtype=np.int8) % 2)
        fit.merge(part)
    return fit.encoding()


NUMBERS = [1.0, 2.0, 3.0, 4.0, 90.0, None]


@pytest.mark.parametrize(
    ("spec", "expected"),
    [
        (feature("number", missing="median"), (3.0, 0.0, 1.0)),
        (feature("number", missing="mean"), (20.0, 0.0, 1.0)),
        (feature("number", missing=-1, scale="min_max"), (-1.0, 1.0, 89.0)),
        (feature("number", scale="robust"), (None, 3.0, 2.0)),
        (feature("number", scale="standard"), (None, 20.0, float(np.std(NUMBERS[:5])))),
    ],
)
def test_imputation_and_scale_are_learnt_from_the_values_that_are_there(contract_file, spec, expected):
    (learnt,) = fitted(contract_file, spec, NUMBERS).features
    assert (learnt.missing, learnt.center) == expected[:2]
    assert learnt.spread == pytest.approx(expected[2])


def test_no_bucket_is_empty_where_many_values_are_the_least(contract_file):
    spec = feature("bucket", buckets=4)
    (learnt,) = fitted(contract_file, spec, [0.0] * 60 + [8.0] * 20 + [9.0] * 20).features
    assert learnt.edges == (8.0,)


def test_the_largest_number_of_32_bits_is_learnt_from_and_larger_ones_are_not(contract_file):
    most = float(np.finfo(np.float32).max)
    (learnt,) = fitted(contract_file, feature("number", scale="min_max"), [0.0, most, 1e39]).features
    assert learnt.spread == pytest.approx(most)


def test_a_constant_feature_is_scaled_without_dividing_by_zero(contract_file):
    (learnt,) = fitted(contract_file, feature("number", scale="standard"), [5.0] * 4).features
    assert (learnt.center, learnt.spread) == (5.0, 1.0)


@pytest.mark.parametrize("scale", ["standard", "min_max"])
def test_a_spread_that_is_small_beside_the_values_is_learnt_too(contract_file, scale):
    values = [1.7e9 + n / 8 for n in range(480)]
    encoding = fitted(contract_file, feature("number", missing="mean", scale=scale), values)
    scaled = [encoding.encode_row({"distance": value})[0] for value in [*values, None]]
    spread = np.std(values) if scale == "standard" else np.ptp(values)
    center = np.mean(values) if scale == "standard" else np.min(values)
    expected = (np.array([*values, np.mean(values)]) - center) / spread
    assert scaled == pytest.approx(expected.tolist(), abs=1e-6)


@pytest.mark.parametrize("options", [{"buckets": 4}, {"missing": "mean"}, {"scale": "min_max"}])
def test_an_encoding_of_a_column_without_values_can_be_read_again(contract_file, options):
    transform = "bucket" if "buckets" in options else "number"
    encoding = fitted(contract_file, feature(transform, **options), [None] * 5)
    text = json.dumps(encoding.to_dict(), allow_nan=False)
    assert Encoding.from_dict(json.loads(text)).encode_row({"distance": 3.0}) in ([1.0], [3.0])


def test_buckets_hold_equal_shares_of_the_training_rows(contract_file):
    (learnt,) = fitted(contract_file, feature("bucket", buckets=4), [float(n) for n in range(100)]).features
    counts = np.bincount(np.searchsorted(learnt.edges, np.arange(100), side="right"))
    assert len(counts) == 4 and counts.min() >= 24


def test_one_hot_makes_a_feature_per_level_and_one_for_the_rest(contract_file):
    spec = feature("one_hot", "origin", rare_share=0.2)
    encoding = fitted(contract_file, spec, ["JFK"] * 6 + ["EWR"] * 4 + ["LGA"], pa.string())
    assert encoding.feature_names == ("f_jfk", "f_ewr", "f_other")
    rows = [encoding.encode_row({"origin": origin}) for origin in ("JFK", "EWR", "LGA", "new", None)]
    assert rows == [[1, 0, 0], [0, 1, 0], [0, 0, 1], [0, 0, 1], [0, 0, 0]]


@pytest.mark.parametrize("levels", [["a b", "a-b"], ["Other", "other"], ["東京", "大阪"], ["", "_", "é"]])
def test_levels_that_names_can_not_tell_apart_still_have_features_of_their_own(contract_file, levels):
    encoding = fitted(contract_file, feature("one_hot", "origin"), levels, pa.string())
    rows = [encoding.encode_row({"origin": level}) for level in filter(None, levels)]
    assert [sum(row) for row in rows] == [1.0] * len(rows) and encoding.feature_names[-1] == "f_other"
    assert len({tuple(row) for row in rows}) == len(rows)
    assert all(re.fullmatch("f_[a-z0-9_]+", name) for name in encoding.feature_names)


@pytest.mark.parametrize(("name", "level"), [("event", "minute"), ("distance", "far")])
def test_a_level_that_makes_a_name_of_another_column_is_refused(contract_file, name, level):
    hot = {"name": name, "column": "origin", "transform": "one_hot"}
    other = {"name": "distance_far", "column": "distance", "transform": "number"}
    from features.fit import Fit
    from features.measures import Measures

    fit = Fit(contract(contract_file, hot, other))
    batch = pa.RecordBatch.from_pydict({"origin": [level] * 2, "distance": [1.0] * 2})
    fit.add(Measures(batch), np.arange(2, dtype=np.int8))
    with pytest.raises(DataRejected, match=f"{name}_{level}"):
        fit.encoding()


def test_rare_levels_share_the_code_of_unseen_ones(contract_file):
    spec = feature("category", "carrier", rare_share=0.3)
    encoding = fitted(contract_file, spec, ["UA"] * 6 + ["AA"] * 3 + ["OO"], pa.string())
    codes = [encoding.encode_row({"carrier": c})[0] for c in ("UA", "AA", "OO", "??")]
    assert codes == [0, 1, 2, 2], "a level of just that share is not rare"


@pytest.mark.parametrize(("transform", "kept"), [("category", 255), ("one_hot", 50)])
def test_no_more_levels_are_kept_than_a_feature_may_have(contract_file, transform, kept):
    levels = [f"level {number:03}" for number in range(300)]
    encoding = fitted(contract_file, feature(transform, "carrier"), [*levels, *levels[-99:]], pa.string())
    if transform == "category":
        assert encoding.features[0].levels[:99] == tuple(levels[-99:])
    assert len(encoding.features[-1].levels) == kept


def test_a_rate_is_drawn_to_the_overall_one_by_two_hundred_rows(contract_file):
    spec = feature("target_rate", "carrier")
    encoding = fitted(contract_file, spec, ["UA", "AA", "UA"] * 100, pa.string())  # every second is positive
    encoded = [encoding.encode_row({"carrier": c})[0] for c in ("UA", "AA", "??", None)]
    prior = 1 / 3
    assert encoded == pytest.approx([prior * 200 / 400, (100 + prior * 200) / 300, prior, prior], abs=1e-8)


def test_a_frequency_is_the_share_of_training_rows(contract_file):
    encoding = fitted(contract_file, feature("frequency", "carrier"), ["UA"] * 3 + ["AA"], pa.string())
    assert [encoding.encode_row({"carrier": c})[0] for c in ("UA", "AA", "??", None)] == [0.75, 0.25, 0, 0]


@pytest.mark.parametrize(
    ("spec", "field"),
    [
        (feature("category", "carrier", scale="robust"), "scale"),
        (feature("number", buckets=4), "buckets"),
        (feature("bucket"), "buckets"),
        (feature("bucket", buckets=4, edges=[1]), "buckets"),
        (feature("bucket", edges=[2, 1]), "edges"),
        (feature("bucket", edges=[1, "x"]), r"edges\.1"),
        (feature("number", missing="mode"), "missing"),
        (feature("number", scale="whitened"), "scale"),
        (feature("number", utc_offset_hours=2), "utc_offset_hours"),
        (feature("one_hot", "origin", rare_share=0.9), "rare_share"),
        (feature("text_length"), "column"),
    ],
)
def test_an_option_that_does_not_fit_its_transform_is_refused_by_name(contract_file, spec, field):
    with pytest.raises(ContractInvalid, match=field):
        contract(contract_file, spec)


@pytest.mark.parametrize(
    "spec", [feature("bucket", edges=[1, 2.5]), feature("number", missing="mean", scale="robust")]
)
def test_options_survive_writing_and_reading_the_contract(contract_file, spec):
    read = contract(contract_file, spec)
    assert read.features[0].to_dict() == spec
    assert Contract.from_dict(read.to_dict()) == read


@given(st.lists(st.floats(-(2**90), 2**90, width=32), min_size=1, max_size=60), st.floats(0.01, 1))
def test_rounded_quantiles_are_within_a_two_thousandth_of_exact_ones(values, share):
    from features.moments import NumericFit

    numbers = NumericFit()
    numbers.add(np.array(values, dtype=np.float32))
    exact = np.quantile(np.array(values, dtype=np.float64), share, method="inverted_cdf")
    assert numbers.quantile(share) == pytest.approx(exact, rel=1 / 2_000, abs=1e-37)


def test_imputation_and_scale_do_not_hide_a_shift(contract_file):
    from features.measures import Measures
    from features.statistics_document import Statistics

    batch, found = pa.RecordBatch.from_pydict({"distance": pa.array([1.0, None, 3.0])}), []
    for options in ({}, {"missing": "mean", "scale": "standard"}):
        statistics = Statistics(contract(contract_file, feature("number", **options)), {"f": np.arange(5.0)})
        statistics.add(Measures(batch))
        found.append(statistics.to_dict())
    assert found[0] == found[1] and found[0]["features"]["f"]["missing"] == 1
