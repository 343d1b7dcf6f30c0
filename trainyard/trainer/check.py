"""`trainyard trainer check`: a training image (or the command in it) against the trainer's contract, on this
machine, before a job is paid for."""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from dataclasses import asdict
from pathlib import Path
from typing import Any

from contracts.failures import ConfigurationRejected
from functions.training.plan_training.candidates import as_texts
from functions.training.plan_training.ladder import metric_definitions
from functions.training.plan_training.plan import METRICS, OBJECTIVES
from trainyard.stack_file import stack_settings
from trainyard.trainer.checks import Check, Finding
from trainyard.trainer.job import Trainer

CHANNELS = ("train", "validation", "encoding")
SIGNS = {True: "✓", False: "✗", None: "–"}


def add_parser(verbs: Any) -> None:
    """Declares the verb."""
    verb = verbs.add_parser("check", help="hold a training image against the contract", description=__doc__)
    verb.add_argument(
        "command", nargs="*", metavar="COMMAND", help="after --: what the image would run, here"
    )
    verb.add_argument("--image", help="run this image with Docker instead, without a network")
    verb.add_argument("--stack", default="dev", help="whose settings to use (default: %(default)s)")
    verb.add_argument(
        "--set",
        action="append",
        default=[],
        dest="hyperparameters",
        metavar="NAME=VALUE",
        help="hyperparameters of the jobs; the stack's are not taken then. A few epochs are enough",
    )
    verb.add_argument("--objective", choices=OBJECTIVES, help="default: the stack's training.objectiveMetric")
    verb.add_argument(
        "--data",
        type=Path,
        metavar="FOLDER",
        help="with train/, validation/ and encoding/ (default: made up)",
    )
    verb.add_argument("--limit-seconds", type=float, default=600.0, help="of each job (default: %(default)g)")
    verb.add_argument("--json", action="store_true", dest="is_json", help="print the findings as JSON")
    verb.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """0: every promise that was tried is kept; 1: one is broken. Raises ConfigurationRejected, OSError."""
    check = check_of(options)
    with tempfile.TemporaryDirectory(prefix="trainyard-", ignore_cleanup_errors=True) as folder:
        findings = []
        for finding in check.findings(Path(folder)):
            findings.append(finding)
            if not options.is_json:
                sys.stdout.write(told(finding))
                sys.stdout.flush()
    if options.is_json:
        sys.stdout.write(json.dumps([asdict(finding) for finding in findings], indent=1) + "\n")
    return 1 if any(finding.is_kept is False for finding in findings) else 0


def check_of(options: argparse.Namespace) -> Check:
    """What was asked for; ConfigurationRejected names the option that is wrong."""
    if bool(options.image) == bool(options.command):
        raise ConfigurationRejected("Give either --image IMAGE, or -- and the command that trains")
    missing = [name for name in CHANNELS if options.data and not (options.data / name).is_dir()]
    if missing:
        raise ConfigurationRejected(f"--data is {options.data}: it has no {', '.join(missing)}")
    training = stack_settings(options.stack).training
    given = dict(_pair(text) for text in options.hyperparameters)
    algorithm = {} if training.algorithm == "xgboost" else {"algorithm": training.algorithm}
    return Check(
        trainer=Trainer(image=options.image, command=options.command),
        hyperparameters={
            "checkpoint_seconds": "600",
            **(given or as_texts({**training.hyperparameters, **algorithm})),
        },
        objective=options.objective or training.objective_metric,
        definitions=metric_definitions(METRICS),
        limit_seconds=options.limit_seconds,
        data=options.data,
    )


def told(finding: Finding) -> str:
    """One line for people, with what was seen."""
    return f"{SIGNS[finding.is_kept]} {finding.promise}: {finding.seen}\n"


def _pair(text: str) -> tuple[str, str]:
    name, sign, value = text.partition("=")
    if not name or not sign:
        raise ConfigurationRejected(f"--set is {text!r}: it must be NAME=VALUE")
    return name, value
