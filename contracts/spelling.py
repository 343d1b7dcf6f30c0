"""How text spells values of the logical types: one rule for landed CSV and for requests, so that a model is
asked about nothing it could not have been trained on. Text and categories are what they are."""

from __future__ import annotations

# The Gregorian calendar, leap years included: 30 February is no date.
_LONG_MONTHS = r"(0[13578]|1[02])-(0[1-9]|[12][0-9]|3[01])"
_SHORT_MONTHS = r"(0[469]|11)-(0[1-9]|[12][0-9]|30)|02-(0[1-9]|1[0-9]|2[0-8])"
_LEAP_YEARS = r"([02468][048]|[13579][26])00|[0-9]{2}(0[48]|[2468][048]|[13579][26])"
_DATE = rf"([0-9]{{4}}-({_LONG_MONTHS}|{_SHORT_MONTHS})|({_LEAP_YEARS})-02-29)"
_HOUR, _MINUTE = r"([01][0-9]|2[0-3])", r"[0-5][0-9]"
_CLOCK = rf"{_HOUR}(:{_MINUTE}(:{_MINUTE}(\.[0-9]{{1,6}})?)?)?"
SPELLINGS = {
    "integer": r"^[ \t]*-?[0-9]+[ \t]*$",
    "number": r"^[ \t]*[-+]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][-+]?[0-9]+)?[ \t]*$",
    "boolean": r"^(true|True|TRUE|false|False|FALSE|0|1)$",
    "timestamp": rf"^{_DATE}[T ]{_CLOCK}(Z|[-+]{_HOUR}(:?{_MINUTE})?)$",
}
"""By type, in what RE2 and Python's `fullmatch` read alike."""

WHOLE_NUMBERS = range(-(2**63), 2**63)
_MOST_DIGITS = 19


def whole_number(text: str) -> int | None:
    """The integer of 64 bits that such a text spells; None for a larger one, however many digits it has."""
    text = text.strip(" \t")
    digits = text.lstrip("-0") or "0"
    if len(digits) > _MOST_DIGITS:  # of more than 4,300 Python makes no number
        return None
    number = int(f"-{digits}" if text.startswith("-") else digits)
    return number if number in WHOLE_NUMBERS else None
