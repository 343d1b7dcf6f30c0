"""Runs the program's `__main__.py` inside a Pulumi stack whose monitor is ours, until every resource and
output is settled.
"""

import asyncio
import os
import runpy
import sys
import time
import traceback
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pulumi
from google.protobuf import empty_pb2
from pulumi.runtime import settings
from pulumi.runtime.config import set_all_config
from pulumi.runtime.proto import engine_pb2
from pulumi.runtime.stack import run_in_stack

from rehearsal.program.config import StackConfig
from rehearsal.program.deployment import STACK_TYPE, Deployment
from rehearsal.program.errors import DeploymentError, ProgramError
from rehearsal.program.monitor import Monitor

_THREADS = 24
_SETTINGS_REFUSED = 2


class _Engine:
    """The engine's log, kept for the summary."""

    def __init__(self) -> None:
        self.messages: list[str] = []

    def Log(self, request: Any) -> empty_pb2.Empty:  # noqa: N802 - named by the protocol
        if request.severity >= engine_pb2.WARNING:
            self.messages.append(request.message.strip())
        return empty_pb2.Empty()


class _Inline(ThreadPoolExecutor):
    """Runs calls at once, in the loop's own thread: in order, and without the price of handing over."""

    def submit(self, call: Callable[..., Any], /, *args: Any, **kwargs: Any) -> "Future[Any]":
        outcome: Future[Any] = Future()
        try:
            outcome.set_result(call(*args, **kwargs))
        except Exception as error:
            outcome.set_exception(error)
        return outcome


def execute(config: StackConfig, monitor: Monitor, *, is_preview: bool, uses_network: bool) -> Deployment:
    """Run the program to its end; DeploymentError has every failed resource, ProgramError the program's own
    error.
    """
    started = time.monotonic()
    engine = _Engine()
    set_all_config(dict(config.values), sorted(config.secrets))
    settings.configure(
        settings.Settings(
            project=config.project,
            stack=config.stack,
            organization="organization",
            root_directory=str(config.program),
            dry_run=is_preview,
            monitor=monitor,
            engine=engine,
        )
    )
    with _inside(config.program):
        try:
            _run(lambda: _program(config.program), uses_network)
        except BaseException as error:
            if monitor.failures:
                raise DeploymentError(tuple(monitor.failures)) from error
            raise _explained(error, config.program) from error
        finally:
            settings.set_root_resource(None)  # type: ignore[arg-type]  # a next run must find none
    return _deployment(config, monitor, engine, time.monotonic() - started)


def _program(directory: Path) -> None:
    runpy.run_path(str(directory / "__main__.py"), run_name="__main__")


@contextmanager
def _inside(directory: Path) -> Iterator[None]:
    previous = Path.cwd()
    os.chdir(directory)
    sys.path.insert(0, str(directory))
    try:
        yield
    finally:
        sys.path.remove(str(directory))
        os.chdir(previous)


def _run(program: Callable[[], None], uses_network: bool) -> None:
    loop = asyncio.new_event_loop()
    executor = ThreadPoolExecutor(_THREADS, "resource") if uses_network else _Inline()
    loop.set_default_executor(executor)
    # Tasks that depend on a failed resource fail with it; the failure itself is reported once, from the
    # monitor.
    loop.set_exception_handler(lambda *_: None)
    asyncio.set_event_loop(loop)
    try:
        loop.run_until_complete(run_in_stack(program))
    finally:
        executor.shutdown(wait=True, cancel_futures=True)
        _cancel_rest(loop)
        asyncio.set_event_loop(None)
        loop.close()


def _cancel_rest(loop: asyncio.AbstractEventLoop) -> None:
    rest = asyncio.all_tasks(loop)
    for task in rest:
        task.cancel()
    loop.run_until_complete(asyncio.gather(*rest, return_exceptions=True))


def _explained(error: BaseException, program: Path) -> ProgramError:
    if isinstance(error, SystemExit):
        code = error.code if isinstance(error.code, int) else int(error.code is not None)
        text = "" if isinstance(error.code, int | None) else str(error.code)
        return ProgramError(
            text or f"The program ended with exit code {code}; its own message is above.", code
        )
    if type(error).__name__ in ("SettingsError", "ContractInvalid"):
        return ProgramError(str(error), _SETTINGS_REFUSED)
    if isinstance(error, pulumi.RunError):
        return ProgramError(str(error), 1)
    return ProgramError(_trace(error, program), 1)


def _trace(error: BaseException, program: Path) -> str:
    """The traceback from the program's own `__main__.py` on, or all of it for code that ran later."""
    start = error.__traceback__
    while start and start.tb_frame.f_code.co_filename != str(program / "__main__.py"):
        start = start.tb_next
    return "".join(traceback.format_exception(type(error), error, start or error.__traceback__)).rstrip()


def _deployment(config: StackConfig, monitor: Monitor, engine: _Engine, seconds: float) -> Deployment:
    stack_urn = next(urn for urn, found in monitor.registrations.items() if found.type == STACK_TYPE)
    components: Mapping[str, Mapping[str, Any]] = {
        urn: outputs for urn, outputs in monitor.outputs.items() if urn != stack_urn
    }
    return Deployment(
        stack=config.stack,
        outputs=monitor.outputs.get(stack_urn, {}),
        secret_outputs=monitor.secret_outputs.get(stack_urn, frozenset()),
        resources=tuple(monitor.registrations.values()),
        component_outputs=components,
        declared_only=tuple(monitor.declared_only),
        ignored=tuple(monitor.ignored),
        messages=tuple(engine.messages),
        seconds=seconds,
    )
