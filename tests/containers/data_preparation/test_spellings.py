"""The features job and the endpoint read the same value out of the same text."""

from __future__ import annotations

from pathlib import Path

import pytest

from contracts.columns import NUMERIC_TYPES
from contracts.encoding import InputColumn
from tests.corpus.odd_contract import contract_of, csv_of
from tests.corpus.test_odd_text import BEYOND_FEATURES, TAKEN


@pytest.mark.parametrize(
    ("kind", "text"), [(kind, text) for kind in TAKEN for text in TAKEN[kind] if text not in BEYOND_FEATURES]
)
def test_a_text_of_training_is_the_value_that_a_request_of_it_is(
    tmp_path: Path, kind: str, text: str
) -> None:
    from features.landed import batches

    path = tmp_path / "x.csv"
    path.write_bytes(csv_of(text))
    ((row,),) = (batch.to_pylist() for batch in batches(path.name, path, contract_of(kind), ["v"]))
    asked = InputColumn(name="v", type=kind).parse(text.strip('"'))
    trained = float(row["v"]) if kind in NUMERIC_TYPES else row["v"]  # as features are, beyond 2^53, too
    assert (asked == "true" if kind == "boolean" else asked) == trained


@pytest.mark.parametrize("text", ["NA", "", " x", "ü\u00a0"])
@pytest.mark.parametrize("kind", ["text", "categorical"])
def test_a_word_is_what_it_is_and_an_empty_one_is_missing(tmp_path: Path, kind: str, text: str) -> None:
    from features.landed import batches

    path = tmp_path / "x.csv"
    path.write_bytes(csv_of(text))
    ((row,),) = (batch.to_pylist() for batch in batches(path.name, path, contract_of(kind), ["v"]))
    assert InputColumn(name="v", type=kind).parse(text) == row["v"]
