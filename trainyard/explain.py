"""`trainyard explain RUN`: how a run ended and why, on one screen, from the records it left."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator, Mapping
from typing import Any

from botocore.exceptions import ClientError

from contracts.artifacts import RunKeys
from contracts.failure_record import Effort, FailureRecord, spoken
from contracts.failures import ConfigurationRejected
from trainyard import aws_access

CODES = "Exit codes: 0 explained, 1 no record (the run goes on, or never was), 2 wrong use or no access."
GONE = ("NoSuchKey", "404")
REASON_LINES = 15
LINES_SHOWN = 10  # with all else that is told they fit on a screen of 30 lines


def add_parser(nouns: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Declares the verb, which needs no noun."""
    epilog = f"{CODES} {aws_access.EPILOG}"
    verb = nouns.add_parser("explain", help="how a run ended and why", description=__doc__, epilog=epilog)
    verb.add_argument("run_id", metavar="RUN", help="the run's id: the name of its execution")
    verb.add_argument("--bucket", help="the artifacts bucket, where it isn't named after stack and account")
    aws_access.add_options(verb)
    verb.add_argument("--json", action="store_true", help="print outcome and failure record as JSON")
    verb.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Prints what is recorded. Raises ConfigurationRejected or ServiceUnavailable where AWS can't be read."""
    with aws_access.opened(arguments) as aws:
        bucket = arguments.bucket or aws.artifacts_bucket(arguments.stack)
        s3, keys = aws.client("s3"), RunKeys(arguments.run_id)
        outcome, failure = (read(s3, bucket, key) for key in (keys.outcome, keys.failure))
    if outcome is None:
        sys.stderr.write(f"No record of run {arguments.run_id} in {bucket}: it goes on, or never was\n")
        return 1
    if arguments.json:
        text = json.dumps({"outcome": outcome, "failure": failure}, indent=2)
    else:
        text = "\n".join(told(outcome, FailureRecord.from_dict(failure) if failure else None))
    sys.stdout.write(text + "\n")
    return 0


def read(s3: Any, bucket: str, key: str) -> dict[str, Any] | None:
    """A JSON document; None when there is none."""
    try:
        document: dict[str, Any] = json.loads(s3.get_object(Bucket=bucket, Key=key)["Body"].read())
    except ClientError as error:
        code = error.response["Error"]["Code"]
        if code in GONE:
            return None
        if code == "NoSuchBucket":
            remedy = "give the stack by --stack and its account's credentials, or the bucket by --bucket"
            raise ConfigurationRejected(f"There is no bucket {bucket}: {remedy}") from error
        raise
    return document


def told(outcome: Mapping[str, Any], failure: FailureRecord | None) -> Iterator[str]:
    """The screen, line by line."""
    run = outcome["run"]
    yield f"{run['id']} ended as {outcome['outcome']} in {outcome['stage']}, {outcome['ended_at']}"
    seconds, usd = outcome["duration_seconds"], outcome["cost_usd"]
    yield f"  took {spoken(round(seconds))}; its jobs cost ${usd:.4f} at the stack's prices"
    if outcome.get("effort"):
        yield f"  {Effort(**outcome['effort']).text}"
    yield f"Why:     {shortened(failure.why if failure else outcome['why'])}"
    if failure:
        yield from _failure(failure)
    if outcome["cleaned_up"]:
        yield f"Cleaned: {', '.join(outcome['cleaned_up'])}"
    if outcome["next_step"]:
        yield f"Next:    {outcome['next_step']}"
    yield from (f"See:     {item}" for item in outcome["evidence"])


def shortened(text: str) -> str:
    """The first lines of a reason; many broken files make a long one."""
    lines = text.splitlines()
    more = len(lines) - REASON_LINES
    return "\n".join([*lines[:REASON_LINES], *([f"({more} more lines: --json)"] if more > 0 else [])])


def _failure(failure: FailureRecord) -> Iterator[str]:
    yield f"Class:   {failure.error} ({failure.root})"
    if failure.job:
        job = failure.job
        where = f"{job.instance_type}{' spot' if job.is_spot else ''}"
        yield f"Job:     {job.name} ({job.kind} on {where}) {job.status}"
        if failure.failed_jobs > 1:
            yield f"         {failure.failed_jobs} jobs of the stage failed"
        if job.reason:
            yield f"Reason:  {job.reason}"
    if failure.log:
        shown = failure.log.lines[-LINES_SHOWN:]
        more = len(failure.log.lines) - len(shown)
        yield f"Log:     {failure.log.group}, {failure.log.stream}" + (
            f" ({more} more: --json)" if more else ""
        )
        yield from (f"  | {line}" for line in shown)
