"""JSONata where the library departs from what AWS evaluates: arithmetic, numbers as text, and causes.

Facts marked as measured were taken on the real service by others, who published them.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator
from decimal import Decimal
from typing import Any, NoReturn

from jsonata import Jsonata
from jsonata.jexception import JException
from jsonata.signature import Signature
from jsonata.utils import Utils

MAX_LONG = 2**63 - 1
MAX_PLAIN = 1e21  # from here on numbers are written with an exponent, as in JavaScript
_PLACEHOLDER = re.compile(r"\$?\{\{(\{)?\w+\}?\}\}")
_PLURALS = {"a": "arrays", "b": "booleans", "f": "functions", "n": "numbers", "o": "objects", "s": "strings"}
# What the library says in words of its own.
_UNCODED = {
    "Second argument of replace function cannot be an empty string": "D3010",
    "Fourth argument of replace function must evaluate to a positive number": "D3011",
}


class Program(Jsonata):  # type: ignore[misc]  # the library has no types
    """A parsed expression, with numbers that may be infinite: AWS writes `1/0` as "Infinity" (measured)."""

    def evaluate_numeric_expression(self, lhs: Any, rhs: Any, op: str) -> Any:
        """`+ - * / %` of two numbers; nothing where either is missing."""
        for side, code in ((lhs, "T2001"), (rhs, "T2002")):
            if side is not None and not Utils.is_numeric(side):
                raise JException(code, -1, op, side)
        if lhs is None or rhs is None:
            return None
        return whole(_arithmetic(float(lhs), float(rhs), op))


def _symbol(signature: Signature, value: Any) -> str:
    """The type of an argument; the library takes null for a missing one, JSONata and AWS don't."""
    return "l" if value is Utils.NULL_VALUE else str(_library_symbol(signature, value))


def _refuse(signature: Signature, _arguments: Any, symbols: str, name: str | None) -> NoReturn:
    """Raise T0410 for the first argument that doesn't fit; the library always names the first."""
    pattern, fitting = "", 0
    for parameter in signature._params:
        pattern += parameter.regex
        matched = re.match(pattern, symbols)
        if matched is None:
            break
        fitting = matched.end()
    raise JException("T0410", -1, fitting + 1, name)


_library_symbol = Signature.get_symbol
Signature.get_symbol = _symbol
Signature.throw_validation_error = _refuse


def _arithmetic(left: float, right: float, op: str) -> float:
    if op == "+":
        return left + right
    if op == "-":
        return left - right
    if op == "*":
        return left * right
    if op == "%":
        return math.fmod(left, right) if right and math.isfinite(left) else math.nan
    if right:
        return left / right
    return math.nan if left == 0 or math.isnan(left) else math.copysign(math.inf, left)


def whole(number: float) -> int | float:
    """A number without a fraction as an integer, as long as it is one of 64 bits."""
    return int(number) if number.is_integer() and abs(number) <= MAX_LONG else number


def json_number(number: float) -> int | float | str:
    """A number as it leaves an expression: what isn't finite is text."""
    if isinstance(number, int):
        return number if abs(number) <= MAX_LONG else float(number)
    if math.isfinite(number):
        return whole(number)
    return "NaN" if math.isnan(number) else "Infinity" if number > 0 else "-Infinity"


def number_text(number: float) -> str:
    """A number as $string writes it: fifteen digits of a fraction, an exponent from 1e21 on (measured)."""
    if isinstance(number, int) and abs(number) <= MAX_LONG:
        return str(number)
    value = float(number)
    if not value.is_integer():
        value = float(f"{value:.15g}")
    exact = repr(value)
    if 1e-6 <= abs(value) < MAX_PLAIN:
        return format(Decimal(exact), "f").removesuffix(".0")
    mantissa, _, exponent = exact.partition("e")
    return f"{mantissa.removesuffix('.0')}e{int(exponent):+d}" if exponent else exact.removesuffix(".0")


def text_of(value: Any, *, is_pretty: bool = False) -> str:
    """A value as $string writes it: a function is empty."""
    if isinstance(value, float) and not math.isfinite(value):
        raise JException("D3001", -1)
    return "".join(_pieces(value, "\n" if is_pretty else ""))


def _pieces(value: Any, line: str) -> Iterator[str]:
    if isinstance(value, dict | list) and value:
        inner = f"{line}  " if line else ""
        opening, closing = "{}" if isinstance(value, dict) else "[]"
        for index, item in enumerate(value.items() if isinstance(value, dict) else value):
            yield f"{',' if index else opening}{inner}"
            if isinstance(value, dict):
                yield json.dumps(item[0], ensure_ascii=False) + (": " if line else ":")
            yield from _pieces(item[1] if isinstance(value, dict) else item, inner)
        yield f"{line}{closing}"
    elif isinstance(value, int | float) and not isinstance(value, bool):
        yield number_text(value)
    elif value is Utils.NULL_VALUE:
        yield "null"
    elif value is None or isinstance(value, str | bool | dict | list):
        yield json.dumps(value, ensure_ascii=False)
    else:
        yield '""'


def describe(error: Exception) -> str:
    """How a failed evaluation reads in a Cause, after "threw an error during evaluation"."""
    if not isinstance(error, JException):
        return f": {error}"
    code = str(error.error)
    if code in _UNCODED:
        return f". {_UNCODED[code]}: {code}"
    return f". {code}: {message(error)}" if code in JException.error_codes else f": {code}"


def message(error: JException) -> str:
    """The library's words, where "Object" stands for JSONata's "function", with the values as JSON."""
    template = JException.error_codes.get(error.error)
    if template is None:
        return str(error.error)
    given = [error.current, error.expected, error.extra]
    if error.error == "T0412":
        given[2] = _PLURALS.get(str(given[2])[:1], given[2])
    if error.error == "D1002":
        given = given[1:]
    if error.error == "D3100":  # which the library passes as the place
        given = [error.location]
    values = iter(given)
    words = template.replace("Object", "function")
    return _PLACEHOLDER.sub(lambda found: _inserted(found, next(values, None)), words)


def _inserted(found: re.Match[str], value: Any) -> str:
    if found[1]:  # {{{raw}}}
        return ("$" if found[0].startswith("$") else "") + str(value)
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), default=str)
