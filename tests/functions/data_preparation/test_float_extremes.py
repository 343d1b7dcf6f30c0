"""Extremes found by the bits of floating-point numbers, held against Arrow's own on any values."""

from __future__ import annotations

import math

import pyarrow as pa
import pyarrow.compute as pc
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from functions.data_preparation.validate_schema.float_extremes import float_extremes

WIDTHS = [pa.float16(), pa.float32(), pa.float64()]


@pytest.mark.parametrize("kind", WIDTHS, ids=str)
@settings(deadline=None)
@given(values=st.lists(st.none() | st.floats(width=16, allow_nan=False)))
def test_the_extremes_are_arrows_own(kind: pa.DataType, values: list[float | None]) -> None:
    extremes = pc.min_max(pa.array(values, pa.float64())).as_py()
    assert float_extremes(pa.array(values, kind)) == (extremes["min"], extremes["max"])


@pytest.mark.parametrize("kind", WIDTHS, ids=str)
@pytest.mark.parametrize("nan", [math.nan, -math.nan], ids=["positive", "negative"])
@settings(deadline=None)
@given(others=st.lists(st.none() | st.floats(width=16)), place=st.integers(0, 10))
def test_one_nan_among_any_values_shows(
    kind: pa.DataType, nan: float, others: list[float | None], place: int
) -> None:
    values = [*others[:place], nan, *others[place:]]
    assert all(math.isnan(one) for one in float_extremes(pa.array(values, kind)) if one is not None)
    assert None not in float_extremes(pa.array(values, kind))


def test_what_a_null_hides_is_no_value() -> None:
    hidden = pa.Array.from_buffers(
        pa.float64(), 2, [pa.py_buffer(b"\x01"), pa.array([1.0, math.nan]).buffers()[1]]
    )
    assert float_extremes(hidden) == (1.0, 1.0)
