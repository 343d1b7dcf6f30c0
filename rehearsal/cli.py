"""The rehearsal's command line: parse, do one thing, turn every expected failure into one line."""

from __future__ import annotations

import argparse
import json
import signal
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Any, TypeAlias

from rich.console import Console

from rehearsal.errors import RehearsalError
from rehearsal.progress import Steps

if TYPE_CHECKING:
    from rehearsal.workplace import Stack

PORT = 4566
Commands: TypeAlias = "argparse._SubParsersAction[_Command]"
EXIT_CODES = """exit codes: 0 all as expected, 1 the run or a check ended otherwise,
2 a wrong setting or argument, 3 this machine lacks something (a port, disk space), 130 interrupted"""


def main(arguments: list[str] | None = None) -> int:
    """Run one command; returns the exit code."""
    options = _parser().parse_args(arguments)
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


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m rehearsal",
        description="Rehearse the pipeline with no AWS account.",
        epilog=EXIT_CODES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND", parser_class=_Command)
    _add_run(commands)
    _add_serve(commands)
    up = _add(commands, "up", _up, "Deploy a stack into a running embedded AWS.")
    up.add_argument("--port", type=_port, default=PORT, help=f"where `serve` listens (default: {PORT})")
    up.add_argument("--json", action="store_true", help="print the stack outputs as JSON")
    _add_stack(up)
    preview = _add(
        commands, "preview", _preview, "List what a stack declares; needs no AWS, embedded or not."
    )
    preview.add_argument("--json", action="store_true", help="print the resources as JSON")
    _add_stack(preview)
    _add_simulate(commands)
    text = "Render and lint every state machine of every stack."
    definitions = _add(commands, "definitions", _definitions, text)
    definitions.add_argument(
        "--out",
        type=Path,
        default=Path("build/definitions"),
        help="folder to write to (default: %(default)s)",
    )
    return parser


class _Command(argparse.ArgumentParser):
    """A command; an argument that takes imports to describe is added when the command is the chosen one."""

    add_late: Callable[[argparse.ArgumentParser], None] | None = None

    def parse_known_args(self, args: Any = None, namespace: Any = None) -> Any:
        """As the base class does."""
        if self.add_late:
            self.add_late(self)
        return super().parse_known_args(args, namespace)


def _add_run(commands: Commands) -> None:
    run = _add(
        commands, "run", _run, "Deploy a stack and take data through the pipeline, as a scenario says."
    )
    run.add_late = _add_scenario
    run.add_argument(
        "--port", type=_port, help="port of 127.0.0.1 for the embedded AWS (default: a free one)"
    )
    run.add_argument("--keep", action="store_true", help="keep everything running until Ctrl-C")
    run.add_argument("--json", action="store_true", help="print the result as JSON, progress on stderr")
    _add_stack(run)


def _add_scenario(run: argparse.ArgumentParser) -> None:
    from rehearsal.scenarios import SCENARIOS

    names = "; ".join(f"{name}: {scenario.summary}" for name, scenario in SCENARIOS.items())
    run.add_argument(
        "scenario", nargs="?", default="happy-path", choices=SCENARIOS, help=names, metavar="SCENARIO"
    )


def _add_serve(commands: Commands) -> None:
    serve = _add(commands, "serve", _serve, "Keep the embedded AWS running with nothing deployed.")
    serve.add_argument("--port", type=_port, default=PORT, help=f"port of 127.0.0.1 (default: {PORT})")
    serve.add_argument("--without-iam", action="store_true", help="allow everything to everybody")
    text = "multiplies Waits and retry delays of state machines, as 0.02; time limits stay (default: 1)"
    serve.add_argument("--wait-scale", type=float, default=1.0, metavar="FACTOR", help=text)


def _add_simulate(commands: Commands) -> None:
    text = "Run the deployed definitions in virtual time, without processes: one scenario, or all of them."
    simulate = _add(commands, "simulate", _simulate, text)
    simulate.add_argument("scenario", nargs="?", metavar="SCENARIO", help="a name that `simulate` lists")
    text = "Say which states, rules, retriers and catchers the simulated scenarios reach, and which not."
    _add(commands, "coverage", _coverage, text)


def _add(commands: Commands, name: str, command: Callable[[argparse.Namespace], int], text: str) -> _Command:
    added = commands.add_parser(name, help=text, description=text)
    added.set_defaults(command=command)
    return added


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


def _run(options: argparse.Namespace) -> int:
    from rehearsal.rehearse import rehearse
    from rehearsal.scenarios import SCENARIOS
    from rehearsal.scenarios.scenario import STARTED_BY_HAND
    from rehearsal.summary import print_summary

    scenario, console = SCENARIOS[options.scenario], Console(stderr=options.json)
    stack = _stack(options, (STARTED_BY_HAND, *scenario.settings))
    with Steps(console) as steps, rehearse(scenario, stack, steps, options.port) as result:
        steps.close()
        if options.json:
            print(json.dumps(result.to_dict(), indent=1))
        else:
            print_summary(console, result)
        if options.keep:
            console.print(f"Serving at {result.endpoint_url} until Ctrl-C.", highlight=False)
            _wait()
    return 0 if result.is_as_expected else 1


def _serve(options: argparse.Namespace) -> int:
    from rehearsal.workplace import new_folder, start_emulator

    console = Console()
    with Steps(console) as steps:
        emulator = start_emulator(
            *(new_folder(), steps, options.port, options.wait_scale),
            enforces_iam=not options.without_iam,
        )
    with emulator:
        iam = "not enforced" if options.without_iam else "enforced"
        console.print(f"Embedded AWS at {emulator.endpoint_url}, IAM {iam}, until Ctrl-C.", highlight=False)
        _wait()
    return 0


def _up(options: argparse.Namespace) -> int:
    from rehearsal.workplace import deploy_stack, running_emulator_url

    console = Console(stderr=options.json)
    with Steps(console) as steps:
        deployment = deploy_stack(_stack(options), running_emulator_url(options.port), steps)
    if options.json:
        print(json.dumps(dict(deployment.outputs), indent=1))
    else:
        for name, value in sorted(deployment.outputs.items()):
            console.print(f"{name:<28} {value}", highlight=False, markup=False, soft_wrap=True)
    return 0


def _preview(options: argparse.Namespace) -> int:
    from rehearsal.program.run import preview
    from rehearsal.workplace import ROOT

    stack = _stack(options)
    declared = preview(ROOT, stack.name, config=stack.config)
    resources = [(resource.type, resource.name) for resource in declared.resources]
    if options.json:
        print(json.dumps([{"type": kind, "name": name} for kind, name in resources], indent=1))
    else:
        for kind, name in resources:
            print(f"+ {kind:<60} {name}")
        print(f"{len(resources)} resources, {declared.seconds:.1f} s")
    return 0


def _definitions(options: argparse.Namespace) -> int:
    from rehearsal.definitions import render_all

    findings = render_all(options.out)
    for finding in findings:
        print(finding, file=sys.stderr)
    return 1 if findings else 0


def _simulate(options: argparse.Namespace) -> int:
    from rehearsal.simulated.chosen import run_chosen
    from rehearsal.simulated.table import print_runs

    runs = run_chosen(options.scenario)
    print_runs(Console(), runs)
    return 1 if any(list(run.broken_promises()) for run in runs) else 0


def _coverage(_options: argparse.Namespace) -> int:
    from rehearsal.coverage.measure import measure
    from rehearsal.coverage.table import print_coverage
    from rehearsal.simulated.chosen import run_chosen, stacks

    runs = run_chosen(None)
    coverage = measure(stacks(), runs)
    print_coverage(Console(), coverage, len(runs))
    return 1 if any(coverage.complaints()) else 0


def _stack(options: argparse.Namespace, settings: tuple[str, ...] = ()) -> Stack:
    from rehearsal.overrides import overridden
    from rehearsal.workplace import ROOT, Stack

    return Stack(options.stack, overridden(ROOT, options.stack, [*settings, *options.config]))


def _wait() -> None:
    threading.Event().wait()
