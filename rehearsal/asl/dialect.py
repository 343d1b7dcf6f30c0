"""The functions Step Functions adds to JSONata and those it changes; time and chance are the engine's."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Callable
from typing import Any

from jsonata import Jsonata
from jsonata.functions import Functions
from jsonata.jexception import JException
from jsonata.utils import Utils

from rehearsal.asl.ports import Clock, Ids

MAX_RANGE_ITEMS = 360_145  # measured on AWS: one more exceeds the evaluation's memory
MEMORY_EXCEEDED = "Expression evaluation memory limit exceeded: Check for excessive memory usage"
_DIGESTS = {"MD5": "md5", "SHA-1": "sha1", "SHA-256": "sha256", "SHA-384": "sha384", "SHA-512": "sha512"}
_JAVA_MULTIPLIER = 0x5DEECE66D
_JAVA_MASK = (1 << 48) - 1


class DialectError(Exception):
    """An argument one of these functions refuses; its text becomes part of the Cause."""


def frame(clock: Clock, ids: Ids) -> Any:
    """A JSONata frame that holds the dialect, on top of the language's own functions."""
    Jsonata.jsonata("1")  # makes the library build its static frame
    functions: dict[str, Callable[..., Any]] = {
        "partition": _partition,
        "range": _range,
        "hash": _hash,
        "parse": _parse,
        "uuid": ids.uuid,
        "random": lambda seed=None: ids.random() if seed is None else _seeded_random(seed),
        "shuffle": lambda items: _shuffle(items, ids),
        "now": lambda picture=None, zone=None: Functions.datetime_from_millis(_millis(clock), picture, zone),
        "millis": lambda: _millis(clock),
    }
    result = Jsonata.Frame(Jsonata.static_frame)
    for name, function in functions.items():
        result.bind(name, Jsonata.JLambda(function))
    result.bind("eval", None)  # AWS takes $eval away; a call fails as that of any unknown function
    return result


def _millis(clock: Clock) -> int:
    return round(clock.time() * 1000)


def _sequence(items: list[Any]) -> Any:
    """Items as JSONata returns them: nothing for none, the item itself for one."""
    if not items:
        return None
    return items[0] if len(items) == 1 else items


def _partition(items: Any = None, size: Any = None) -> Any:
    if items is None or size is None:
        return None
    chunk = math.trunc(size)
    values = items if isinstance(items, list) else [items]
    if chunk < 0:
        raise DialectError(f"The chunk size of $partition must not be negative, but was {chunk}")
    if chunk == 0 or not values:
        return None
    return [list(values[start : start + chunk]) for start in range(0, len(values), chunk)]


def _range(start: Any = None, end: Any = None, step: Any = None) -> Any:
    if start is None or end is None or step is None:
        return None
    first, last, delta = math.trunc(start), math.trunc(end), math.trunc(step)
    if delta == 0:
        return None
    values = range(first, last + (1 if delta > 0 else -1), delta)
    if len(values) > MAX_RANGE_ITEMS:
        raise DialectError(MEMORY_EXCEEDED)
    return _sequence(list(values))


def _hash(text: Any = None, algorithm: Any = None) -> Any:
    if text is None or algorithm is None:
        return None
    if algorithm not in _DIGESTS:
        raise DialectError(f"$hash supports {', '.join(_DIGESTS)}, but not '{algorithm}'")
    return hashlib.new(_DIGESTS[algorithm], str(text).encode(), usedforsecurity=False).hexdigest()


def _parse(text: Any = None) -> Any:
    if text is None:
        return None
    try:
        value = json.loads(text)
    except (TypeError, ValueError) as error:
        raise DialectError(f"$parse could not read its argument as JSON: {error}") from None
    return Utils.NULL_VALUE if value is None else value


def _shuffle(items: Any, ids: Ids) -> Any:
    return sorted(items, key=lambda _item: ids.random()) if isinstance(items, list) else items


def _seeded_random(seed: Any) -> float:
    """java.util.Random's first nextDouble: on AWS $random(42) is 0.7275636800328681."""
    state = (math.trunc(seed) ^ _JAVA_MULTIPLIER) & _JAVA_MASK
    state = (state * _JAVA_MULTIPLIER + 0xB) & _JAVA_MASK
    high = state >> 22
    state = (state * _JAVA_MULTIPLIER + 0xB) & _JAVA_MASK
    return float((high << 27) + (state >> 21)) / float(1 << 53)


def describe(error: Exception) -> str:
    """How a failed evaluation reads in a Cause, after "threw an error during evaluation"."""
    if isinstance(error, JException):
        return f". {error.error}: {error}"
    return f": {error}"
