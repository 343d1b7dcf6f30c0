"""Reads documents that crossed a boundary (JSON objects) strictly: a missing, unknown or wrong field is
refused with the failure class the caller names, in one sentence with path, value seen, rule and remedy."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, TypeVar

Item = TypeVar("Item")
Number = int | float
LARGEST = sys.float_info.max


def shown(value: object) -> str:
    """The value as it is shown in messages: JSON, cut to 80 characters."""
    text = json.dumps(value, default=str, ensure_ascii=False)
    return text if len(text) <= 80 else f"{text[:77]}..."


class Document:
    """One JSON object; every reader takes a field by name and `done` refuses what nobody took."""

    def __init__(self, value: object, path: str, failure: type[Exception]) -> None:
        self.path, self._failure = path, failure
        if not isinstance(value, Mapping):
            raise failure(f"{path} is {shown(value)}: it must be an object")
        self._fields: Mapping[str, Any] = value
        self._taken: set[str] = set()

    @property
    def names(self) -> tuple[str, ...]:
        """The fields that are there, in order."""
        return tuple(self._fields)

    def refuse(self, name: str, rule: str) -> Exception:
        """The failure for one field, ready to be raised."""
        return self._failure(f"{self.path}.{name} is {shown(self._fields.get(name))}: {rule}")

    def has(self, name: str) -> bool:
        """Whether the field is there and not null."""
        self._taken.add(name)
        return self._fields.get(name) is not None

    def value(self, name: str) -> Any:
        """The field as it is; refused when it is absent."""
        self._taken.add(name)
        if name not in self._fields:
            raise self._failure(f"{self.path}.{name} is missing: add it")
        return self._fields[name]

    def is_text(self, name: str) -> bool:
        """Whether the field is there and a string."""
        return isinstance(self._fields.get(name), str)

    def text(self, name: str, pattern: str = r"(?s).+") -> str:
        """A string that matches the pattern in full."""
        value = self.value(name)
        if not isinstance(value, str) or not re.fullmatch(pattern, value):
            rule = "a string that is not empty" if pattern == r"(?s).+" else f"a string of the form {pattern}"
            raise self.refuse(name, f"it must be {rule}")
        return value

    def one_of(self, name: str, allowed: Iterable[str]) -> str:
        """A string out of a closed list."""
        value, choices = self.value(name), sorted(allowed)
        if value not in choices:
            raise self.refuse(name, f"it must be one of {', '.join(choices)}")
        return str(value)

    def flag(self, name: str) -> bool:
        """A JSON true or false."""
        value = self.value(name)
        if not isinstance(value, bool):
            raise self.refuse(name, "it must be true or false")
        return value

    def whole(self, name: str, low: int = 0, high: int = 2**53) -> int:
        """A whole number inside [low, high]."""
        value = self.value(name)
        if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
            raise self.refuse(name, f"it must be a whole number from {low} to {high}")
        return value

    def number(self, name: str, low: float = -LARGEST, high: float = LARGEST) -> Number:
        """A number inside [low, high], which can be a float."""
        value: Number = self.value(name)
        is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
        if not is_number or not low <= value <= high:
            bounds = "of at most 64 bits" if high == LARGEST else f"from {low} to {high}"
            raise self.refuse(name, f"it must be a number {bounds}")
        return value

    def texts(self, name: str) -> tuple[str, ...]:
        """A list of strings without repetition."""
        values = self._sequence(name)
        if not all(isinstance(value, str) and value for value in values) or len(set(values)) != len(values):
            raise self.refuse(name, "it must be a list of different strings")
        return tuple(values)

    def items(self, name: str, read: Callable[[Document], Item]) -> tuple[Item, ...]:
        """A list of objects, each read by `read`."""
        return tuple(
            self.child(value, f"{name}[{index}]", read) for index, value in enumerate(self._sequence(name))
        )

    def nested(self, name: str, read: Callable[[Document], Item]) -> Item:
        """A nested object read by `read`."""
        return self.child(self.value(name), name, read)

    def child(self, value: object, name: str, read: Callable[[Document], Item]) -> Item:
        """Reads a part of this document under its own path and refuses what `read` left over."""
        part = Document(value, f"{self.path}.{name}", self._failure)
        result = read(part)
        part.done()
        return result

    def allow_others(self) -> None:
        """Lets fields pass that nobody asked for: the reader needs only a part of the document."""
        self._taken.update(self._fields)

    def done(self) -> None:
        """Refuses fields that nobody asked for."""
        unknown = sorted(set(self._fields) - self._taken)
        if unknown:
            known = ", ".join(sorted(self._taken))
            raise self.refuse(unknown[0], f"the field is unknown; known here: {known}")

    def _sequence(self, name: str) -> Sequence[Any]:
        value = self.value(name)
        if not isinstance(value, (list, tuple)):
            raise self.refuse(name, "it must be a list")
        return value


def parsed(text: str | bytes, path: str, failure: type[Exception]) -> Any:
    """What a JSON text says; a field that is there twice is refused: one of the two would be ignored."""
    if not text.strip():
        raise failure(f"{path} is empty: write a JSON object")
    try:
        value = json.loads(text, object_pairs_hook=_without_repetition)
        json.dumps(value, ensure_ascii=False).encode()  # refuses half of a surrogate pair, which is no text
    except (ValueError, RecursionError) as error:
        raise failure(f"{path} is not JSON: {error}; mend the file") from error
    return value


def _without_repetition(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    fields = dict(pairs)
    if len(fields) < len(pairs):
        names = [name for name, _ in pairs]
        repeated = next(name for name in names if names.count(name) > 1)
        raise ValueError(f"the field {shown(repeated)} is there twice in one object")
    return fields


def read_document(
    value: object, path: str, failure: type[Exception], read: Callable[[Document], Item]
) -> Item:
    """Reads a whole document with `read`, strictly."""
    document = Document(value, path, failure)
    result = read(document)
    document.done()
    return result
