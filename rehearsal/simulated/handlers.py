"""The functions' own handlers, called on a simulated account.

Each `handler.py` is loaded a second time under a name of its own, with what reaches outside (clients, the
environment, the clock, chance, logs and metrics) replaced; all the rest is the code that is deployed.
"""

from __future__ import annotations

import importlib.util
import inspect
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, tzinfo
from functools import cache
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

from functions.data_preparation.validate_schema.ranged import TooMuchToReadError
from rehearsal.simulated.documents import file_report
from rehearsal.simulated.world import World
from rehearsal.workplace import ROOT


@dataclass(frozen=True)
class Invocation:
    """What a handler finds while it runs; `clients` are boto3's, by service."""

    world: World
    environment: Mapping[str, str]
    clients: Mapping[str, Any]
    uuid: Callable[[], str]

    @property
    def now(self) -> float:
        """What the function's machine takes for the time."""
        return self.world.now + self.world.clock_offset


_invocations: list[Invocation] = []


def invoke(name: str, event: Any, invocation: Invocation) -> Any:
    """Call a function by its name and return its answer as JSON has it; raises what it raises."""
    handle = _handlers()[name]
    _invocations.append(invocation)
    try:
        context = SimpleNamespace(aws_request_id=invocation.uuid())
        return json.loads(json.dumps(handle(json.loads(json.dumps(event)), context)))
    finally:
        _invocations.pop()


def _current() -> Invocation:
    return _invocations[-1]


class _Silent:
    """A logger, or metrics, that nobody reads: what functions report is tested where they are."""

    def __getattr__(self, _name: str) -> Callable[..., None]:
        return lambda *_values, **_named: None


class _Client:
    """Some handlers keep theirs, so it looks for the account at every call."""

    def __init__(self, service: str) -> None:
        self._service = service

    def __getattr__(self, name: str) -> Any:
        return getattr(_current().clients[self._service], name)


class _Os:
    @property
    def environ(self) -> Mapping[str, str]:
        return _current().environment

    @staticmethod
    def urandom(length: int) -> bytes:
        return bytes.fromhex(_current().uuid().replace("-", ""))[:length]


class _Time:
    @staticmethod
    def time() -> float:
        return _current().now

    perf_counter = time


class _Datetime(datetime):
    @classmethod
    def now(cls, tz: tzinfo | None = None) -> datetime:  # type: ignore[override]
        return datetime.fromtimestamp(_current().now, tz)


class _Secrets:
    @staticmethod
    def token_hex(_length: int) -> str:
        return _current().uuid().replace("-", "")


def _validate(key: str, _source: Any, _contract: Any) -> Any:
    """The scenario says what a landed file is like: reading one is what the validator's own tests do."""
    if any(month in key for month in _current().world.facts.heavy_months):
        raise TooMuchToReadError(key)
    return file_report(key, _current().world.facts.broken_months)


REPLACED: Mapping[str, Any] = {
    "client": lambda service, **_settings: _Client(service),
    "os": _Os(),
    "time": _Time,
    "datetime": _Datetime,
    "secrets": _Secrets,
    "logger": _Silent(),
    "metrics": _Silent(),
    "EphemeralMetrics": lambda **_settings: _Silent(),
    "validate": _validate,
    "read_contract": lambda _uri: None,
}


@cache
def _handlers() -> Mapping[str, Callable[[Any, Any], Any]]:
    paths = sorted((ROOT / "functions").glob("*/*/handler.py"))
    return {path.parent.name: inspect.unwrap(_load(path).handle) for path in paths}


def _load(path: Path) -> ModuleType:
    name = f"simulated_{path.parent.name}"
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise ImportError(f"{path} can't be loaded")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    for replaced, by in REPLACED.items():
        if hasattr(module, replaced):
            setattr(module, replaced, by)
    return module
