"""How Arrow reads landed text, a block of whole rows at a time: the same for the gate, the features job and
`trainyard contract infer`, so that none of them takes for a value what another takes for none."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pyarrow as pa
import pyarrow.csv as pa_csv


def reading(block: bytes, names: Sequence[str]) -> pa_csv.ReadOptions:
    """The whole block at once; `names` are those of its columns, in order."""
    return pa_csv.ReadOptions(block_size=len(block) + 1, column_names=list(names), use_threads=False)


def parsing(delimiter: str, **more: Any) -> pa_csv.ParseOptions:
    """A quoted value may hold line ends; `more` are further options of Arrow's."""
    return pa_csv.ParseOptions(delimiter=delimiter, newlines_in_values=True, **more)


def converting(types: Mapping[str, pa.DataType], nulls: Sequence[str], **more: Any) -> pa_csv.ConvertOptions:
    """What `nulls` lists is no value, unless it stands in quotes; `more` are further options of Arrow's."""
    return pa_csv.ConvertOptions(
        column_types=dict(types),
        null_values=list(nulls),
        strings_can_be_null=True,
        quoted_strings_can_be_null=False,
        **more,
    )
