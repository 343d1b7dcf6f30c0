"""The emulator's process: `python -m rehearsal.emulator.server --port N`.

Prints one JSON line when it is ready, ends on SIGTERM, SIGINT or (with --die-with-stdin) with its parent, and
takes every Lambda and job with it.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import os
import resource
import shutil
import signal
import socket
import sys
import tempfile
import threading
import urllib.request
from dataclasses import replace
from pathlib import Path

from rehearsal.emulator.environment import ROOT_DIR, EmulatorSettings, environment

SHUTDOWN_LIMIT_SECONDS = 15
ABANDONED_LIMIT_SECONDS = 3  # nobody waits for an orderly end any more


def main() -> int:
    """Run the emulator until it is told to end."""
    with tempfile.TemporaryDirectory(prefix="rehearsal-", ignore_cleanup_errors=True) as spare_dir:
        return _run(*_arguments(Path(spare_dir)))


def _run(settings: EmulatorSettings, dies_with_stdin: bool) -> int:
    try:
        listener = _listen(settings.port)
    except OSError as refused:
        print(_port_message(settings.port, refused), file=sys.stderr)  # noqa: T201
        return 1
    settings = replace(settings, port=listener.getsockname()[1])
    _prepare(settings)
    asyncio.run(_serve(settings, listener, dies_with_stdin))
    shutil.rmtree(settings.work_dir / "tmp", ignore_errors=True)
    return 0


def _arguments(spare_dir: Path) -> tuple[EmulatorSettings, bool]:
    parser = argparse.ArgumentParser(prog="python -m rehearsal.emulator.server", description=__doc__)
    parser.add_argument("--port", type=int, default=4566, help="on 127.0.0.1; 0 takes a free one")
    parser.add_argument("--work-dir", type=Path, help="for jobs; by default one that goes with the process")
    parser.add_argument(
        "--root-dir", type=Path, default=ROOT_DIR, help="has containers/ for the images of jobs"
    )
    parser.add_argument("--without-iam", action="store_true", help="allow everything to everybody")
    parser.add_argument("--wait-scale", type=float, default=1.0, help="multiplies Waits and retry delays")
    parser.add_argument("--log-level", default="WARNING")
    parser.add_argument("--die-with-stdin", action="store_true", help="end when standard input closes")
    given = parser.parse_args()
    settings = EmulatorSettings(
        port=given.port,
        work_dir=(given.work_dir or spare_dir).resolve(),
        root_dir=given.root_dir.resolve(),
        enforces_iam=not given.without_iam,
        wait_scale=given.wait_scale,
        log_level=given.log_level,
    )
    return settings, given.die_with_stdin


def _listen(port: int) -> socket.socket:
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind(("127.0.0.1", port))
    listener.listen(128)  # only listening keeps a second emulator off the port
    return listener


def _port_message(port: int, refused: OSError) -> str:
    return (
        f"Port {port} on 127.0.0.1 can't be opened ({refused.strerror}). Remedy: stop what uses it, "
        "or choose another port with --port."
    )


def _prepare(settings: EmulatorSettings) -> None:
    (settings.work_dir / "tmp").mkdir(parents=True, exist_ok=True)
    wanted = environment(settings, os.environ)
    os.environ.clear()
    os.environ.update(wanted)
    tempfile.tempdir = None  # forget what was read from the old environment
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


async def _serve(settings: EmulatorSettings, listener: socket.socket, dies_with_stdin: bool) -> None:
    # Only now: ministack and hypercorn read the environment when they are imported.
    from hypercorn.asyncio import serve
    from hypercorn.config import Config

    from rehearsal.emulator.assembly import Assembly

    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    if dies_with_stdin:
        threading.Thread(target=_await_end_of_input, args=(loop, stop), daemon=True).start()
    assembly = Assembly(settings)
    config = Config()
    config.bind = [f"fd://{listener.fileno()}"]
    config.graceful_timeout = 0.5
    config.keep_alive_timeout = 75
    config.loglevel = settings.log_level
    announcement = asyncio.create_task(_announce(settings))
    try:
        await serve(assembly.app, config, shutdown_trigger=stop.wait)
    finally:
        announcement.cancel()
        threading.Thread(target=_end_anyway, args=(SHUTDOWN_LIMIT_SECONDS,), daemon=True).start()
        assembly.close()


async def _announce(settings: EmulatorSettings) -> None:
    endpoint_url = f"http://127.0.0.1:{settings.port}"
    while not await asyncio.to_thread(_is_healthy, endpoint_url):
        await asyncio.sleep(0.01)
    ready = {"endpoint_url": endpoint_url, "pid": os.getpid(), "work_dir": str(settings.work_dir)}
    print(json.dumps(ready), flush=True)  # noqa: T201


def _is_healthy(endpoint_url: str) -> bool:
    with (
        contextlib.suppress(OSError),
        urllib.request.urlopen(f"{endpoint_url}/_rehearsal/health", timeout=2) as answer,  # noqa: S310
    ):
        return bool(answer.status == 200)
    return False


def _await_end_of_input(loop: asyncio.AbstractEventLoop, stop: asyncio.Event) -> None:
    with contextlib.suppress(OSError):
        while os.read(sys.stdin.fileno(), 1024):
            pass
    # A call to a function that is under way would hold the server up for as long as it takes.
    threading.Thread(target=_end_anyway, args=(ABANDONED_LIMIT_SECONDS,), daemon=True).start()
    with contextlib.suppress(RuntimeError):  # the loop is gone: we are ending already
        loop.call_soon_threadsafe(stop.set)


def _end_anyway(limit_seconds: float) -> None:
    threading.Event().wait(limit_seconds)
    os._exit(1)


if __name__ == "__main__":
    sys.exit(main())
