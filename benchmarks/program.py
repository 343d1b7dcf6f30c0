"""The program against the same resources created bare: the provider's classes called one after the other, no
components and no settings, with the inputs that the program came to and what they depend on.

Run it from the repository's root: `python -m benchmarks.program`. Each run is a process of its own: the
CPU seconds of recording (every output known, no network) without the SDK's import; the two take turns.
"""

from __future__ import annotations

import argparse
import pickle
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from rehearsal.program.run import record
from rehearsal.program.values import Archive, Asset

ROOT = Path(__file__).resolve().parents[1]
REPEATS, STACK, LIMIT = 7, "dev", 1.2
PROJECT = "name: bare\nruntime: python\nconfig:\n  aws:region:\n    value: eu-west-1\n"
BARE = '''"""Calls the provider's classes."""
import importlib
import pickle
import re

import pulumi

made = {}
for number, (urn, token, inputs, awaited) in enumerate(pickle.load(open("inputs", "rb"))):
    module, _, name = token.removeprefix("aws:").rpartition(":")
    module = module.split("/")[0]
    package = importlib.import_module(f"pulumi_aws.{'lambda_' if module == 'lambda' else module}")
    for key, urns in awaited.items():
        before = pulumi.Output.all(*(made[one].id for one in urns if one in made))
        inputs[key] = before.apply(lambda _, value=inputs.get(key): value)
    fields = {re.sub(r"(?<!^)(?=[A-Z])", "_", key).lower(): value for key, value in inputs.items()}
    if "code" in fields and module == "lambda":
        fields["code"] = pulumi.AssetArchive({})
    made[urn] = getattr(package, name)(f"r{number}", **fields)
'''
MEASURED = """
import gc, sys, time
from types import SimpleNamespace
from rehearsal.program.child import Job, run_job
import rehearsal.program.execution, rehearsal.program.provider
gc.disable()
started = time.process_time()
done = run_job(Job(sys.argv[1], sys.argv[2], "record"), SimpleNamespace(send=lambda _: None))
custom = sum(one.is_custom and one.type.startswith("aws:") for one in done.resources)
print(time.process_time() - started, custom)
"""


def write_bare(folder: Path) -> None:
    """A project that declares what the program declares of the provider, flat."""
    recorded = record(ROOT, STACK)
    inputs = [
        (
            one.urn,
            one.type,
            {key: plain(value) for key, value in one.inputs.items()},
            dict(one.property_dependencies),
        )
        for one in recorded.resources
        if one.is_custom and one.type.startswith("aws:")
    ]
    (folder / "Pulumi.yaml").write_text(PROJECT)
    (folder / f"Pulumi.{STACK}.yaml").write_text("config: {}\n")
    (folder / "__main__.py").write_text(BARE)
    (folder / "inputs").write_bytes(pickle.dumps(inputs))


def plain(value: Any) -> Any:
    """Without what only this process knows."""
    return None if isinstance(value, Asset | Archive) else value


def cpu_seconds(root: Path) -> tuple[float, int]:
    """CPU seconds of one run in a fresh process, and how many resources it declared."""
    command = [sys.executable, "-c", MEASURED, str(root), STACK]
    done = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True)
    seconds, count = done.stdout.split()[-2:]
    return float(seconds), int(count)


def main() -> None:
    """Measure and print."""
    argparse.ArgumentParser(prog="python -m benchmarks.program", description=__doc__).parse_args()
    with tempfile.TemporaryDirectory() as name:
        bare = Path(name)
        write_bare(bare)
        roots = {"the program": ROOT, "bare": bare}
        measured: dict[str, list[tuple[float, int]]] = {title: [] for title in roots}
        for _ in range(REPEATS):
            for title, root in roots.items():
                measured[title].append(cpu_seconds(root))
    medians = {title: statistics.median(seconds for seconds, _ in runs) for title, runs in measured.items()}
    for title, runs in measured.items():
        print(f"{title:<12} {runs[0][1]:4} resources {medians[title]:7.3f} s of CPU, median of {REPEATS}")
    ratio = medians["the program"] / medians["bare"]
    print(f"{'ratio':<12} {ratio:22.2f}   limit {LIMIT}")


if __name__ == "__main__":
    main()
