"""A clock that is wrong for one process: what Python reads as the time of day, and what boto3 signs with.

Functions and containers run on this machine's own clock. The fault clock_jump sets theirs wrong where code
asks for it: `time.time()` and its kin, `datetime.now()` and its. Intervals (`time.monotonic()`) go on, as
they do when a clock is set. Nothing is touched as long as no clock has jumped.
"""

import ctypes
import datetime
import gc
import sys
import time
from collections.abc import Callable
from typing import Any

_NAMES = ("time", "time_ns", "gmtime", "localtime", "ctime", "strftime")
_true = {name: getattr(time, name) for name in _NAMES}
_offset_seconds = 0.0


def set_clock(offset_seconds: float) -> None:
    """Let the clock be ahead of this machine's by that much, or behind it if negative."""
    global _offset_seconds
    if offset_seconds and time.time is _true["time"]:
        _replace_functions()
        _replace_methods()
    _offset_seconds = offset_seconds


def _now() -> float:
    return float(_true["time"]() + _offset_seconds)


def _or_now(function: Callable[[float], Any]) -> Callable[..., Any]:
    return lambda seconds=None: function(_now() if seconds is None else seconds)


def _formatted(form: str, *moment: Any) -> str:
    return str(_true["strftime"](form, *(moment or (_true["localtime"](_now()),))))


def _replace_functions() -> None:
    """Also where a module has taken them by `from time import …`."""
    replaced: dict[str, Callable[..., Any]] = {
        "time": _now,
        "time_ns": lambda: int(_now() * 1e9),
        "strftime": _formatted,
        **{name: _or_now(_true[name]) for name in ("gmtime", "localtime", "ctime")},
    }
    by_identity = {id(_true[name]): wrong for name, wrong in replaced.items()}
    for module in [one for name, one in sys.modules.items() if name != __name__]:
        for name, value in list(getattr(module, "__dict__", {}).items()):
            if id(value) in by_identity:
                setattr(module, name, by_identity[id(value)])


def _replace_methods() -> None:
    moment, day = datetime.datetime, datetime.date
    _replace_method(moment, "now", lambda cls, tz=None: cls.fromtimestamp(_now(), tz))
    _replace_method(moment, "today", lambda cls: cls.fromtimestamp(_now()))
    _replace_method(
        moment, "utcnow", lambda cls: cls.fromtimestamp(_now(), datetime.UTC).replace(tzinfo=None)
    )
    _replace_method(day, "today", lambda cls: cls.fromtimestamp(_now()))


def _replace_method(kind: type, name: str, method: Callable[..., Any]) -> None:
    """A class written in C can't be assigned to, but its own dictionary can: a subclass in its place would
    crash the extensions that know it by its layout (pyarrow)."""
    own = gc.get_referents(kind.__dict__)[0]
    own[name] = classmethod(method)
    ctypes.pythonapi.PyType_Modified(ctypes.py_object(kind))
