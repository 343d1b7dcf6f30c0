"""The rehearsal's command line: what it takes, and every expected failure turned into one line."""

from __future__ import annotations

import argparse
import math
import shutil
import signal
import sys
import textwrap
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Any, TypeAlias

from rehearsal import commands
from rehearsal.errors import RehearsalError

if TYPE_CHECKING:
    from rehearsal.scenarios import Scenario

PORT = 4566
Commands: TypeAlias = "argparse._SubParsersAction[_Command]"
EXIT_CODES = """exit codes: 0 all as expected, 1 the run or a check ended otherwise,
2 a wrong setting or argument, 3 this machine lacks something (a port, disk space), 130 interrupted"""


def main(arguments: list[str] | None = None) -> int:
    """Run one command; returns the exit code."""
    options = parser().parse_args(arguments)
    signal.signal(signal.SIGTERM, _interrupt)
    try:
        command: Callable[[argparse.Namespace], int] = options.command
        return command(options)
    except KeyboardInterrupt:
        print("Interrupted; everything that was started has been stopped.", file=sys.stderr)
        return 130
    except BrokenPipeError:
        return 1
    except Exception as error:
        exit_code = _exit_code(error)
        if exit_code is None:
            raise
        print(error, file=sys.stderr)
        return exit_code


def _exit_code(error: Exception) -> int | None:
    from rehearsal.program.errors import ConfigError, DeploymentError, ProgramError

    if isinstance(error, RehearsalError):
        return error.exit_code
    if isinstance(error, ConfigError):
        return 2
    if isinstance(error, ProgramError | DeploymentError):
        return int(getattr(error, "exit_code", 1))
    return None


def _interrupt(_signal: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def parser() -> argparse.ArgumentParser:
    """Everything the command line takes."""
    top = argparse.ArgumentParser(
        prog="python -m rehearsal",
        description="Rehearse the pipeline with no AWS account.",
        epilog=EXIT_CODES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    subcommands = top.add_subparsers(required=True, metavar="COMMAND", parser_class=_Command)
    _add_run(subcommands)
    _add_serve(subcommands)
    up = _add(subcommands, "up", commands.up, "Deploy a stack into a running embedded AWS.")
    up.add_argument("--port", type=_port, default=PORT, help=f"where `serve` listens (default: {PORT})")
    _add_json(up, "print the stack outputs as JSON")
    _add_stack(up)
    preview = _add(
        subcommands, "preview", commands.preview, "List what a stack declares; needs no AWS, embedded or not."
    )
    _add_json(preview, "print the resources as JSON")
    _add_stack(preview)
    _add_simulate(subcommands)
    text = "Render and lint every state machine of every stack."
    definitions = _add(subcommands, "definitions", commands.definitions, text)
    _add_json(definitions, "print the findings as JSON")
    definitions.add_argument(
        "--out",
        type=Path,
        default=Path("build/definitions"),
        help="folder to write to (default: %(default)s)",
    )
    return top


class _Command(argparse.ArgumentParser):
    """A command; an argument that takes imports to describe is added when the command is the chosen one."""

    add_late: Callable[[argparse.ArgumentParser], None] | None = None

    def parse_known_args(self, args: Any = None, namespace: Any = None) -> Any:
        """As the base class does."""
        if self.add_late:
            self.add_late(self)
        return super().parse_known_args(args, namespace)


def _add_run(subcommands: Commands) -> None:
    run = _add(
        subcommands,
        "run",
        commands.run,
        "Deploy a stack and take data through the pipeline, as a scenario says.",
    )
    run.add_late = _add_scenario
    run.add_argument(
        "--port", type=_port, help="port of 127.0.0.1 for the embedded AWS (default: a free one)"
    )
    run.add_argument("--keep", action="store_true", help="keep everything running until Ctrl-C")
    run.add_argument(
        "--data", type=Path, metavar="FOLDER", help="land your own months, YYYY-MM.parquet, .csv or folders"
    )
    text = "what they are: a folder of datasets/ that holds their contract.json"
    run.add_argument("--dataset", metavar="NAME", help=text)
    _add_json(run, "print the result as JSON, progress on stderr")
    _add_stack(run)


def _add_scenario(run: argparse.ArgumentParser) -> None:
    from rehearsal.scenarios import SCENARIOS

    run.epilog = "\n".join(["scenarios:", *map(_listed, SCENARIOS.values()), "", EXIT_CODES])
    run.add_argument(
        "scenario",
        nargs="?",
        choices=SCENARIOS,
        help="one of those below (default: happy-path)",
        metavar="SCENARIO",
    )


def _listed(scenario: Scenario) -> str:
    return textwrap.fill(
        f"{scenario.name:<18} {scenario.summary}",
        shutil.get_terminal_size().columns,
        initial_indent="  ",
        subsequent_indent=" " * 21,
    )


def _add_serve(subcommands: Commands) -> None:
    serve = _add(subcommands, "serve", commands.serve, "Keep the embedded AWS running with nothing deployed.")
    serve.add_argument("--port", type=_port, default=PORT, help=f"port of 127.0.0.1 (default: {PORT})")
    serve.add_argument("--without-iam", action="store_true", help="allow everything to everybody")
    text = "multiplies Waits and retry delays of state machines, as 0.02; time limits stay (default: 1)"
    serve.add_argument("--wait-scale", type=_factor, default=1.0, metavar="FACTOR", help=text)


def _add_simulate(subcommands: Commands) -> None:
    text = "Run the deployed definitions in virtual time, without processes: one scenario, or all of them."
    simulate = _add(subcommands, "simulate", commands.simulate, text)
    simulate.add_argument("scenario", nargs="?", metavar="SCENARIO", help="a name that `simulate` lists")
    text = "instead, that many runs with random facts and faults, a hundred at once"
    simulate.add_argument("--random", type=int, metavar="NUMBER", help=text)
    text = "of the first hundred random runs; each following hundred has the next one (default: 1)"
    simulate.add_argument("--seed", type=int, default=1, help=text)
    text = "write the events of all executions of random runs there; the same seed gives the same file"
    simulate.add_argument("--histories", type=Path, metavar="FILE", help=text)
    simulate.add_argument("--stack", default="dev", help="the stack that random runs are of (default: dev)")
    _add_json(simulate, "print the runs as JSON")
    text = "Say which states, rules, retriers and catchers the simulated scenarios reach, and which not."
    _add_json(_add(subcommands, "coverage", commands.coverage, text), "print the counts as JSON")


def _add(
    subcommands: Commands, name: str, command: Callable[[argparse.Namespace], int], text: str
) -> _Command:
    added = subcommands.add_parser(
        name,
        help=text,
        description=text,
        epilog=EXIT_CODES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    added.set_defaults(command=command)
    return added


def _add_json(parser: argparse.ArgumentParser, text: str) -> None:
    parser.add_argument("--json", action="store_true", help=text)


def _factor(text: str) -> float:
    try:
        factor = float(text)
    except ValueError:
        factor = math.nan
    if not 0 <= factor < math.inf:
        raise argparse.ArgumentTypeError(f"{text} is no factor: it must be a number from 0 up, as 0.02")
    return factor


def _port(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= 65535:
        raise argparse.ArgumentTypeError(f"{text} is no port: it must be a whole number from 1 to 65535")
    return int(text)


def _add_stack(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--stack", default="dev", help="the stack whose settings to use (default: dev)")
    parser.add_argument(
        *("-c", "--config"),
        action="append",
        default=[],
        metavar="SECTION.SETTING=VALUE",
        help="change one setting for this call, as in -c approval.isRequired=true; may be repeated",
    )
