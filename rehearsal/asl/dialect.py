"""The functions Step Functions adds to JSONata and those it changes; time and chance are the engine's."""

from __future__ import annotations

import hashlib
import json
import math
import re
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

from jsonata import Jsonata
from jsonata.functions import Functions
from jsonata.jexception import JException
from jsonata.utils import Utils

from rehearsal.asl.language import text_of, whole
from rehearsal.asl.ports import Clock, Ids

MAX_RANGE_ITEMS = 360_145  # measured on AWS: one more exceeds the evaluation's memory
MEMORY_EXCEEDED = "Expression evaluation memory limit exceeded: Check for excessive memory usage"
_DIGESTS = {"MD5": "md5", "SHA-1": "sha1", "SHA-256": "sha256", "SHA-384": "sha384", "SHA-512": "sha512"}
_ACTIVE = frozenset("#0123456789,.e")  # what of a number's picture stands for digits
_JAVA_MULTIPLIER = 0x5DEECE66D
_JAVA_MASK = (1 << 48) - 1


class DialectError(Exception):
    """An argument one of these functions refuses; its text becomes part of the Cause."""


class Moment:
    """The time of one evaluation: JSONata's $now and $millis give the same however often they are asked."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._millis: int | None = None

    def pass_on(self) -> None:
        """Forget the time; the next who asks reads the clock."""
        self._millis = None

    def millis(self) -> int:
        """Milliseconds since 1970."""
        if self._millis is None:
            self._millis = round(self._clock.time() * 1000)
        return self._millis


def frame(moment: Moment, ids: Ids) -> Any:
    """A JSONata frame that holds the dialect, on top of the language's own functions."""
    Jsonata.jsonata("1")  # makes the library build its static frame
    result = Jsonata.Frame(Jsonata.static_frame)
    for name, (signature, function) in _functions(moment, ids).items():
        holder = SimpleNamespace(**{name: function})
        result.bind(name, Jsonata.function(name, signature, holder, name))
    result.bind("eval", None)  # AWS takes $eval away; a call fails as that of any unknown function
    return result


def _functions(moment: Moment, ids: Ids) -> dict[str, tuple[str, Callable[..., Any]]]:
    """What is added or changed, with JSONata's signatures."""
    own = Functions
    return {
        "partition": ("<jn?:a>", _partition),
        "range": ("<nnn?:a>", _range),
        "hash": ("<ss?:s>", _hash),
        "parse": ("<s?:x>", _parse),
        "uuid": ("<:s>", ids.uuid),
        "random": ("<n?:n>", lambda seed: ids.random() if seed is None else _seeded_random(seed)),
        "shuffle": ("<a:a>", lambda items: _shuffle(items, ids)),
        "now": ("<s?s?:s>", lambda picture, zone: own.datetime_from_millis(moment.millis(), picture, zone)),
        "millis": ("<:n>", moment.millis),
        "string": ("<x-b?:s>", _string),
        "number": ("<(nsb)-:n>", lambda value: _or_raise("D3030", own.number, value)),
        "power": ("<n-n:n>", lambda base, exponent: _or_raise("D3061", own.power, base, exponent)),
        "toMillis": (
            "<s-s?:n>",
            lambda text, picture: _or_raise("D3110", own.datetime_to_millis, text, picture),
        ),
        "parseInteger": ("<s-s:n>", _parse_integer),
        "replace": ("<s-(sf)(sf)n?:s>", _replace),
        "sort": ("<af?:a>", _sort),
        "formatNumber": ("<n-so?:s>", _format_number),
    }


def _or_raise(code: str, function: Callable[..., Any], *arguments: Any) -> Any:
    """Call one of the library's functions; what escapes as an error of Python's gets JSONata's code."""
    try:
        return function(*arguments)
    except (ValueError, OverflowError, ZeroDivisionError):
        raise JException(code, -1, *arguments[:2]) from None


def _parse_integer(text: Any, picture: Any) -> Any:
    """Measured on AWS: a text that the picture can't read is "NaN", not an error."""
    try:
        return Functions.parse_integer(text, picture)
    except ValueError:
        return math.nan


def _replace(text: Any, pattern: Any, replacement: Any, limit: Any) -> Any:
    """JSONata's $replace; the library hands a function the whole match as the first group, and rereads what
    it has just replaced where there is a limit."""
    if text is None or not isinstance(pattern, re.Pattern):
        return Functions.replace(text, pattern, replacement, limit)
    found = list(pattern.finditer(text))
    if any(match.end() == match.start() for match in found):
        raise JException("D1004", -1, pattern.pattern)
    if limit is not None:
        if limit < 0:
            raise JException("D3011", -1, 4, "replace")
        found = found[: math.trunc(limit)]
    if not found:
        return text
    if not isinstance(replacement, str):
        return _with_pieces(text, found, lambda match: _replaced_by(replacement, match))
    end = found[-1].end()
    return Functions.replace(text[:end], pattern, replacement, None) + text[end:]


def _with_pieces(text: str, found: list[re.Match[str]], piece: Callable[[re.Match[str]], str]) -> str:
    parts, position = [], 0
    for match in found:
        parts += [text[position : match.start()], piece(match)]
        position = match.end()
    return "".join([*parts, text[position:]])


def _replaced_by(function: Any, match: re.Match[str]) -> str:
    known = {"match": match[0], "start": match.start(), "end": match.end(), "groups": list(match.groups())}
    result = Functions.func_apply(function, [known])
    if not isinstance(result, str):
        raise JException("D3012", -1)
    return result


def _sort(items: Any, comparator: Any) -> Any:
    if items is not None and comparator is None:
        is_text = all(isinstance(item, str) for item in items)
        if not is_text and not all(Utils.is_numeric(item) for item in items):
            raise JException("D3070", -1)
    return Functions.sort(items, comparator)


def _format_number(value: Any, picture: Any, options: Any) -> Any:
    """Measured on AWS: a picture that holds nothing but text is D3086, where the library says D3085."""
    try:
        return Functions.format_number(value, picture, options)
    except JException as refused:
        if refused.error == "D3085" and not any(set(part) & _ACTIVE for part in picture.split(";")):
            raise JException("D3086", -1) from None
        raise


def _string(value: Any, is_pretty: Any) -> Any:
    if isinstance(value, Utils.JList) and value.outer_wrapper:
        value = value[0]
    if value is None or isinstance(value, str):
        return value
    if Utils.is_function(value):
        return ""
    return text_of(value, is_pretty=bool(is_pretty))


def _sequence(items: list[Any]) -> Any:
    """Items as JSONata returns them: nothing for none, the item itself for one."""
    if not items:
        return None
    return items[0] if len(items) == 1 else items


def _partition(items: Any = None, size: Any = None) -> Any:
    if items is Utils.NULL_VALUE:
        raise JException("T0412", -1, 1, "partition", "x")
    if items is None:
        return None
    values = items if isinstance(items, list) else [items]
    chunk = len(values) if size is None else math.trunc(size)
    if chunk < 0:
        raise JException("D3137", -1, "Second argument must be zero or greater")
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
        raise JException("D3137", -1, f"Unsupported hash algorithm: {algorithm}")
    return hashlib.new(_DIGESTS[algorithm], str(text).encode(), usedforsecurity=False).hexdigest()


def _parse(text: Any) -> Any:
    """Measured on AWS: repeated keys, more than one document and numbers out of range are refused, too."""
    if text is None:
        return None
    try:
        value = json.loads(text, object_pairs_hook=_distinct, parse_float=_finite, parse_constant=_finite)
    except ValueError as error:
        raise JException("D3137", -1, f"Invalid JSON: {error}") from None
    return Utils.NULL_VALUE if value is None else value


def _distinct(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise ValueError("a key appears more than once")
    return {key: Utils.NULL_VALUE if value is None else value for key, value in members.items()}


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise ValueError(f"number out of range: {text}")
    return whole(number)


def _shuffle(items: Any, ids: Ids) -> Any:
    return sorted(items, key=lambda _item: ids.random()) if isinstance(items, list) else items


def _seeded_random(seed: Any) -> float:
    """java.util.Random's first nextDouble: on AWS $random(42) is 0.7275636800328681."""
    state = (math.trunc(seed) ^ _JAVA_MULTIPLIER) & _JAVA_MASK
    state = (state * _JAVA_MULTIPLIER + 0xB) & _JAVA_MASK
    high = state >> 22
    state = (state * _JAVA_MULTIPLIER + 0xB) & _JAVA_MASK
    return float((high << 27) + (state >> 21)) / float(1 << 53)
