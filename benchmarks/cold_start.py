"""Times what a cold start adds to a bare interpreter: a handler's imports and a client that it makes; for the
gate, its first Parquet file as well. Against the typical handler, which brings pydantic and the X-Ray SDK and
makes the same client with boto3.

    python -m benchmarks.cold_start [--runs 7] [--only FUNCTION …]

Needs requirements/benchmarks.txt. Competitors take turns (A B A B …); medians of processor time and of time
on the clock, with bytecode in place and credentials in the environment, as Lambda has them.
"""

from __future__ import annotations

import argparse
import os
import re
import resource
import statistics
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from benchmarks.targets import Targets

ROOT = Path(__file__).resolve().parents[1]
CONTROL_LIMIT, VALIDATOR_LIMIT = 0.45, 0.30
MAKES_A_CLIENT = re.compile(r'client\("([\w-]+)"')
TYPICAL = """
import pydantic
from aws_lambda_powertools import Logger, Metrics, Tracer
import boto3
class Event(pydantic.BaseModel):
    run: str
logger, metrics, tracer = Logger(service="x"), Metrics(namespace="x", service="x"), Tracer(service="x")
Event(run="x")
boto3.client({service!r})
"""
TYPICAL_VALIDATOR = (
    TYPICAL + "import pandas, pyarrow.parquet\nassert pandas.read_parquet({path!r}).notna().any().any()\n"
)
CONTROL = "import {module}\n"
CONTROL_WITH_CLIENT = CONTROL + "from functions.clients import client\nclient({service!r})\n"
VALIDATOR = """
import functions.data_preparation.validate_schema.handler
from pathlib import Path
from functions.clients import client
from functions.data_preparation.validate_schema.source import LocalFile
from functions.data_preparation.validate_schema.validation import validate
from benchmarks.validation_data import contract
client("s3")
with LocalFile(Path({path!r})) as source:
    assert validate("x.parquet", source, contract()).violations
"""


@dataclass(frozen=True)
class Program:
    """What one process runs, and the typical one that it is held against."""

    text: str
    typical: str = ""
    limit: float = CONTROL_LIMIT


@dataclass(frozen=True)
class Taken:
    """One process."""

    processor_seconds: float
    clock_seconds: float


def main() -> None:
    """Prints milliseconds above a bare interpreter, and the ratio to the typical handler."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--runs", type=int, default=7)
    parser.add_argument("--only", nargs="*", default=[], metavar="FUNCTION", help="leave the others out")
    options = parser.parse_args()
    chosen = programs()
    unknown = set(options.only) - chosen.keys()
    if unknown:
        parser.error(f"no function is called {', '.join(sorted(unknown))}")
    own = {name: one for name, one in chosen.items() if one.typical and name in (options.only or chosen)}
    wanted = {"bare"} | {one.typical for one in own.values()} | own.keys()
    report({name: one for name, one in chosen.items() if name in wanted}, options.runs)


def programs() -> dict[str, Program]:
    """Everything that may run, by name."""
    from benchmarks.validation_files import parquet_file

    path = str(parquet_file(50_000))
    typical = {"bare": Program("pass")}
    typical["typical validator"] = Program(TYPICAL_VALIDATOR.format(path=path, service="s3"))
    own = {"validate_schema": Program(VALIDATOR.format(path=path), "typical validator", VALIDATOR_LIMIT)}
    for handler in sorted((ROOT / "functions").glob("*/*/handler.py")):
        name, module = handler.parent.name, ".".join(handler.relative_to(ROOT).with_suffix("").parts)
        made = MAKES_A_CLIENT.search(handler.read_text())
        service = made[1] if made else "s3"
        typical[f"typical, {service}"] = Program(TYPICAL.format(service=service))
        text = (CONTROL_WITH_CLIENT if made else CONTROL).format(module=module, service=service)
        own.setdefault(name, Program(text, f"typical, {service}"))
    return typical | own


def report(chosen: dict[str, Program], runs: int) -> None:
    """Times the programs in turns, prints the medians and holds the targets."""
    for name, program in chosen.items():
        try:
            run(program)  # leaves the bytecode behind
        except subprocess.CalledProcessError as error:
            remedy = "install requirements/benchmarks.txt in an environment of its own and run it there"
            raise SystemExit(f"'{name}' does not run in this environment (see above): {remedy}.") from error
    taken: dict[str, list[Taken]] = {name: [] for name in chosen}
    for _ in range(runs):
        for name, program in chosen.items():
            taken[name].append(run(program))
    processor = above_bare({name: [one.processor_seconds for one in each] for name, each in taken.items()})
    clock = above_bare({name: [one.clock_seconds for one in each] for name, each in taken.items()})
    targets = Targets()
    print(f"{'':<26}{'processor ms':>14}{'× typical':>10}{'clock ms':>12}{'× typical':>10}")
    for name, program in chosen.items():
        line = f"{name:<26}{1000 * processor[name]:>14.0f}{{}}{1000 * clock[name]:>12.0f}{{}}"
        if not program.typical:
            print(line.format(" " * 10, ""))
            continue
        ratio = processor[name] / processor[program.typical]
        clock_ratio = clock[name] / clock[program.typical]
        print(line.format(f"{ratio:>10.2f}", f"{clock_ratio:>10.2f}"))
        what = "validator" if program.limit == VALIDATOR_LIMIT else "control handlers, the slowest"
        targets.at_most(f"{what}, × typical in processor time", ratio, program.limit)
        targets.at_most(f"{what}, × typical on the clock", clock_ratio, program.limit)
    targets.close()


def above_bare(seconds: dict[str, list[float]]) -> dict[str, float]:
    """Medians above that of the bare interpreter."""
    bare = statistics.median(seconds["bare"])
    return {name: statistics.median(values) - bare for name, values in seconds.items()}


def run(program: Program) -> Taken:
    """A whole process; neighbours on the machine do not count in its processor time."""
    environment = {**os.environ, "AWS_DEFAULT_REGION": "eu-west-1", "PYTHONPATH": str(ROOT)}
    environment |= {"AWS_XRAY_SDK_ENABLED": "false", "POWERTOOLS_TRACE_DISABLED": "true"}
    environment |= {
        "AWS_ACCESS_KEY_ID": "key",
        "AWS_SECRET_ACCESS_KEY": "secret",
        "AWS_SESSION_TOKEN": "token",
    }
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    before, started = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    subprocess.run([sys.executable, "-c", program.text], check=True, cwd=ROOT, env=environment)
    clock = time.perf_counter() - started
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    processor = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return Taken(processor, clock)


if __name__ == "__main__":
    main()
