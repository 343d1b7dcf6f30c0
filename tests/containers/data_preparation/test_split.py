"""The cut: by time shares are kept as far as moments allow; by hash a key has one split, in every run."""

from __future__ import annotations

import hashlib

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.dataset import Split
from contracts.failures import DataMissing, DataRejected

SPLIT = Split(by="event_time", validation_share=0.2, test_share=0.2)


def counts_of(*batches):
    from features.split import PlaceCounts

    counts = PlaceCounts()
    for batch in batches:
        counts.add(np.array(batch))
    return counts


def test_the_cut_gives_each_split_its_share_of_rows():
    minutes = np.arange(100)
    splits = counts_of(minutes).cut(SPLIT).assign(minutes)
    assert np.bincount(splits).tolist() == [60, 20, 20]


def test_the_cut_does_not_depend_on_the_order_of_batches():
    minutes = np.random.default_rng(5).integers(0, 50, size=400)
    assert counts_of(minutes).cut(SPLIT) == counts_of(minutes[200:], minutes[:200]).cut(SPLIT)


def test_rows_of_one_moment_are_never_in_two_splits():
    minutes = np.repeat(np.arange(10), [1, 1, 1, 1, 1, 30, 30, 30, 1, 30])
    splits = counts_of(minutes).cut(SPLIT).assign(minutes)
    assert all(len(set(splits[minutes == minute])) == 1 for minute in range(10))


def test_the_last_moment_alone_is_the_test_where_it_holds_most_rows():
    minutes = np.repeat(np.arange(4), [30, 30, 20, 20])
    assert counts_of(minutes).cut(SPLIT).assign(np.arange(4)).tolist() == [0, 0, 1, 2]


def test_no_split_is_empty_where_one_moment_holds_most_rows():
    minutes = np.repeat(np.arange(3), [80, 19, 1])
    assert counts_of(minutes).cut(SPLIT).assign(np.arange(3)).tolist() == [0, 1, 2]


def test_too_few_moments_to_split_are_refused():
    with pytest.raises(DataMissing, match="Widen the window"):
        counts_of([1, 1, 1, 2]).cut(SPLIT)


BY_HASH = Split(by="key_hash", validation_share=0.2, test_share=0.2)


def hashed(*columns, names=("customer", "order")):
    import pyarrow as pa
    from features.key_hash import places

    batch = pa.RecordBatch.from_arrays([pa.array(one) for one in columns], names=names[: len(columns)])
    return places("x.parquet", batch, batch.schema.names)


def test_by_hash_each_split_gets_its_share_of_the_keys():
    places = hashed([f"customer {number}" for number in range(20_000)])
    shares = np.bincount(counts_of(places).cut(BY_HASH).assign(places)) / len(places)
    assert shares == pytest.approx([0.6, 0.2, 0.2], abs=0.01)


@given(st.lists(st.tuples(st.text(max_size=3), st.integers(0, 9)), min_size=1, max_size=60), st.randoms())
def test_no_key_is_ever_in_two_splits_whatever_the_order_and_the_batches(keys, source):
    shuffled = source.sample(keys, len(keys))
    cut = counts_of(hashed([str(number) for number in range(999)])).cut(BY_HASH)
    splits = [cut.assign(hashed(*map(list, zip(*some, strict=True)))) for some in (keys, shuffled)]
    found = {}
    for key, split in [*zip(keys, splits[0], strict=True), *zip(shuffled, splits[1], strict=True)]:
        found.setdefault(key, set()).add(int(split))
    assert all(len(one) == 1 for one in found.values())


def test_the_cut_by_hash_is_the_same_for_any_rows():
    few, many = (hashed([str(number) for number in range(count)]) for count in (500, 5000))
    assert counts_of(few).cut(BY_HASH) == counts_of(many).cut(BY_HASH)


def test_the_cut_by_hash_lies_at_the_shares_to_the_last_place():
    split = Split(by="key_hash", validation_share=0.57, test_share=0.0003)
    cut = counts_of(np.arange(10_000)).cut(split)
    assert (cut.validation_at, cut.test_at) == (4_297, 9_997), "0.57 * 10,000 is 5699.999… as a float"


def by_hand(*values):
    """The place in whole numbers, as the published finalizer has it."""
    found, word = 0, 2**64
    for value in values:
        digest = hashlib.blake2b(str(value).encode(), digest_size=8).digest()
        found = (found + 0x9E3779B97F4A7C15 + int.from_bytes(digest, "little")) % word
        found = (found ^ found >> 30) * 0xBF58476D1CE4E5B9 % word
        found = (found ^ found >> 27) * 0x94D049BB133111EB % word
        found ^= found >> 31
    return found % 10_000


@given(st.lists(st.tuples(st.text(max_size=5), st.integers(-9, 9)), min_size=1, max_size=20))
def test_the_place_of_a_key_is_what_arithmetic_by_hand_gives(keys):
    columns = map(list, zip(*keys, strict=True))
    assert hashed(*columns).tolist() == [by_hand(*key) for key in keys]


def test_keys_too_few_for_three_splits_are_refused_with_the_empty_one():
    with pytest.raises(DataMissing, match="rows of the split"):
        counts_of(hashed(["only one"] * 50)).cut(BY_HASH)


@pytest.mark.parametrize("key", [["a", None], [1.0, float("nan")], [True, None]], ids=repr)
def test_a_key_with_a_hole_cannot_be_split(key):
    with pytest.raises(DataRejected, match=r"column customer.*1 nulls"):
        hashed(key)
