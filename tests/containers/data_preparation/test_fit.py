"""What transforms learn: levels, rates, moments and quantiles, the same however rows are spread."""

from __future__ import annotations

import json

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.dataset import Contract
from contracts.failures import ContractInvalid, DataRejected


def contract(contract_file, *features):
    document = json.loads(contract_file.read_text())
    return Contract.from_dict(document | {"features": list(features)})


def feature(transform, column="distance", **options):
    return {"name": "f", "column": column, "transform": transform, **options}


def fitted(contract_file, spec, values, kind=None):
    from features.fit import Fit

    fit = Fit(contract(contract_file, spec))
    for start in range(0, len(values), 3):
        part = Fit(contract(contract_file, spec))
        chunk = pa.array(values[start : start + 3], kind or pa.float64())
        batch = pa.RecordBatch.from_pydict({spec["column"]: chunk})
        part.add(batch, np.arange(batch.num_rows, dtype=np.int8) % 2)
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


def test_a_constant_feature_is_scaled_without_dividing_by_zero(contract_file):
    (learnt,) = fitted(contract_file, feature("number", scale="standard"), [5.0] * 4).features
    assert (learnt.center, learnt.spread) == (5.0, 1.0)


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


def test_levels_that_make_the_same_feature_name_are_refused(contract_file):
    spec = feature("one_hot", "origin")
    with pytest.raises(DataRejected, match="f_a_b"):
        fitted(contract_file, spec, ["a b", "a-b"], pa.string())


def test_rare_levels_share_the_code_of_unseen_ones(contract_file):
    spec = feature("category", "carrier", rare_share=0.3)
    encoding = fitted(contract_file, spec, ["UA"] * 5 + ["AA"] * 4 + ["OO"], pa.string())
    assert [encoding.encode_row({"carrier": c})[0] for c in ("UA", "AA", "OO", "??")] == [0, 1, 2, 2]


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
    from features.statistics_document import Statistics

    batch, found = pa.RecordBatch.from_pydict({"distance": pa.array([1.0, None, 3.0])}), []
    for options in ({}, {"missing": "mean", "scale": "standard"}):
        statistics = Statistics(contract(contract_file, feature("number", **options)), {"f": np.arange(5.0)})
        statistics.add(batch)
        found.append(statistics.to_dict())
    assert found[0] == found[1] and found[0]["features"]["f"]["missing"] == 1
