"""The JSONPath subset by which batch transform selects parts of a record.

Operators: https://docs.aws.amazon.com/sagemaker/latest/dg/batch-transform-data-processing.html, which says of
slices that both ends are included, and of several names that they are kept with their values.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from rehearsal.emulator.platform import ServiceError
from rehearsal.sagemaker.s3 import DataError

SEGMENT = re.compile(r"\.?\[([^\]]*)\]|\.(\*|[^.\[\]]+)")
NAME = re.compile(r"'([^']*)'|\"([^\"]*)\"")
INDEX = re.compile(r"(-?\d+)|(-?\d*):(-?\d*)")


@dataclass(frozen=True)
class RecordFilter:
    """A compiled path: each step is "*", a name, several names, or the indexes and slices of an array."""

    path: str
    steps: tuple[Any, ...]

    @property
    def is_everything(self) -> bool:
        """Whether the record stays as it is."""
        return not self.steps

    def select(self, value: Any) -> Any:
        """Return the selected part. Raises DataError where the record has no such part."""
        for step in self.steps:
            value = self._step(step, value)
        return value

    def select_row(self, row: list[str]) -> list[str]:
        """Return the selected fields of a CSV row."""
        selected = self.select(row)
        return selected if isinstance(selected, list) else [selected]

    def _step(self, step: Any, value: Any) -> Any:
        try:
            if step == "*":
                return list(value.values()) if isinstance(value, dict) else list(value)
            if isinstance(step, str):
                return value[step]
            if isinstance(step[0], str):
                return {name: value[name] for name in step}
            found = [item for part in step for item in _elements(value, part)]
        except (KeyError, TypeError, AttributeError, IndexError) as error:
            raise DataError(f"{self.path} selects nothing of {str(value)[:100]!r}") from error
        is_single = len(step) == 1 and isinstance(step[0], int)
        return found[0] if is_single else found


def compiled(field: str, path: str) -> RecordFilter:
    """Compile a path, or raise ServiceError ValidationException for what batch transform doesn't take."""
    steps: list[Any] = []
    position = 1
    while path.startswith("$") and position < len(path):
        match = SEGMENT.match(path, position)
        step = _compiled(match) if match else None
        if match is None or step is None:
            break
        steps.append(step)
        position = match.end()
    if not path.startswith("$") or position < len(path):
        raise ServiceError(
            "ValidationException",
            f"DataProcessing.{field}: {path!r} is none of the JSONPath expressions that batch transform "
            "takes: $, .name, *, ['name','name'], [1,3], [1:4].",
        )
    return RecordFilter(path, tuple(steps))


def _compiled(match: re.Match[str]) -> Any:
    inside, name = match.groups()
    if name is not None:
        return name
    if inside.strip() == "*":
        return "*"
    parts = [part.strip() for part in inside.split(",")]
    names = [NAME.fullmatch(part) for part in parts]
    if all(names):
        found = [one[1] if one[1] is not None else one[2] for one in names if one]
        return found[0] if len(found) == 1 else tuple(found)
    indexes = [INDEX.fullmatch(part) for part in parts]
    return tuple(_index(one) for one in indexes if one) if all(indexes) else None


def _index(match: re.Match[str]) -> int | tuple[int | None, int | None]:
    single, start, end = match.groups()
    if single is not None:
        return int(single)
    return (int(start) if start else None, int(end) if end else None)


def _elements(value: Any, part: Any) -> list[Any]:
    """Return an array's elements at an index or in a slice, both ends of which count."""
    if isinstance(part, int):
        return [value[part]]
    start, end = part
    value[start or 0], value[-1 if end is None else end]
    after = None if end in (None, -1) else end + 1
    return list(value[start:after])
