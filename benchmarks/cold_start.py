"""Times what a cold start adds to a bare interpreter: a handler's imports and its first client; for the gate,
its first Parquet file as well. Against the typical handler, which brings pydantic and the X-Ray SDK.

    python -m benchmarks.cold_start [--runs 5] [--only FUNCTION …]

Needs requirements/benchmarks.txt. Competitors take turns (A B A B …); medians of processor time.
"""

from __future__ import annotations

import argparse
import os
import resource
import statistics
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
CONTROL_LIMIT, VALIDATOR_LIMIT = 0.45, 0.30
TYPICAL = """
import pydantic
from aws_lambda_powertools import Logger, Metrics, Tracer
import boto3
class Event(pydantic.BaseModel):
    run: str
logger, metrics, tracer = Logger(service="x"), Metrics(namespace="x", service="x"), Tracer(service="x")
Event(run="x")
boto3.client("s3")
"""
TYPICAL_VALIDATOR = (
    TYPICAL + "import pandas, pyarrow.parquet\nassert pandas.read_parquet({path!r}).notna().any().any()\n"
)
HANDLER = """
import boto3
import {module}
boto3.client("s3")
"""
VALIDATOR = """
import boto3
import functions.data_preparation.validate_schema.handler
from functions.data_preparation.validate_schema.source import LocalFile
from functions.data_preparation.validate_schema.validation import validate
from benchmarks.validation_data import contract
boto3.client("s3")
with LocalFile({path!r}) as source:
    assert validate("x.parquet", source, contract()).violations
"""


def main() -> None:
    """Prints milliseconds above a bare interpreter, and the ratio to the typical handler."""
    from benchmarks.validation_files import parquet_file

    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--only", nargs="*", default=[], metavar="FUNCTION", help="leave the others out")
    options = parser.parse_args()
    path = str(parquet_file(50_000))
    programs = {
        "bare": "pass",
        "typical": TYPICAL,
        "typical validator": TYPICAL_VALIDATOR.format(path=path),
        "validate_schema": VALIDATOR.format(path=path),
    }
    programs |= {
        module.split(".")[-2]: HANDLER.format(module=module)
        for module in handlers()
        if "validate_schema" not in module
    }
    baselines = ("bare", "typical", "typical validator")
    wanted = {name for name in programs if not options.only or name in (*baselines, *options.only)}
    report({name: program for name, program in programs.items() if name in wanted}, options.runs)


def handlers() -> list[str]:
    """Every handler, as a module."""
    files = sorted((ROOT / "functions").glob("*/*/handler.py"))
    return [".".join(path.relative_to(ROOT).with_suffix("").parts) for path in files]


def report(programs: dict[str, str], runs: int) -> None:
    """Times the programs in turns and prints the medians."""
    for name, program in programs.items():
        try:
            seconds_of(program)
        except subprocess.CalledProcessError as error:
            remedy = "install requirements/benchmarks.txt in an environment of its own and run it there"
            raise SystemExit(f"'{name}' does not run in this environment (see above): {remedy}.") from error
    seconds: dict[str, list[float]] = {name: [] for name in programs}
    for _ in range(runs):
        for name, program in programs.items():
            seconds[name].append(seconds_of(program))
    bare = statistics.median(seconds["bare"])
    above = {name: 1000 * (statistics.median(values) - bare) for name, values in seconds.items()}
    for name, milliseconds in above.items():
        is_validator = "valid" in name
        limit = VALIDATOR_LIMIT if is_validator else CONTROL_LIMIT
        ratio = milliseconds / above["typical validator" if is_validator else "typical"]
        is_own = name not in ("bare", "typical", "typical validator")
        verdict = "" if not is_own else f"{'ok' if ratio <= limit else 'ABOVE'} (limit {limit})"
        print(f"{name:<24}{milliseconds:>8.0f} ms{ratio:>8.2f} x typical  {verdict}")


def seconds_of(program: str) -> float:
    """Processor time of a whole process: neighbours on the machine do not count."""
    environment = {**os.environ, "AWS_DEFAULT_REGION": "eu-west-1", "PYTHONPATH": str(ROOT)}
    environment |= {"AWS_XRAY_SDK_ENABLED": "false", "POWERTOOLS_TRACE_DISABLED": "true"}
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([sys.executable, "-c", program], check=True, cwd=ROOT, env=environment)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


if __name__ == "__main__":
    main()
