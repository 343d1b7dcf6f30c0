"""Levels of a category that are more than one line, looked for in Arrow's arrays."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc

from contracts.servable import LINE_BREAKS


def least_of_several_lines(array: pa.Array) -> str | None:
    """The first by the alphabet of the levels with a line break that rows use; None where there are none."""
    is_coded = pa.types.is_dictionary(array.type)
    if not _may_have_line_breaks(array.dictionary if is_coded else array):
        return None
    # Not every name of a dictionary need occur.
    rows = _plain(array.dictionary_decode() if is_coded else array)
    matches = [pc.match_substring(rows, one) for one in LINE_BREAKS]
    found = pc.unique(rows.filter(pc.or_(*matches))).drop_null()
    return min(found.to_pylist(), default=None)


def _may_have_line_breaks(texts: pa.Array) -> bool:
    """Looks at the bytes of all texts at once, which takes a fortieth of matching each."""
    *_, content = _plain(texts).buffers()
    data = b"" if content is None else content.to_pybytes()
    return any(one.encode() in data for one in LINE_BREAKS)


def _plain(texts: pa.Array) -> pa.Array:
    """As a type that Arrow's matching takes."""
    return texts.cast(pa.string()) if pa.types.is_string_view(texts.type) else texts
