"""Another dataset, by its contract alone: months of a folder become a model behind a live endpoint."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from contracts.artifacts import RunKeys
from contracts.dataset import Contract
from contracts.failures import ContractInvalid
from rehearsal.errors import WrongArgumentError
from rehearsal.scenarios.claims import clean
from rehearsal.scenarios.happy_path import in_feature_store, measured
from rehearsal.scenarios.scenario import Finding, Run, Scenario
from rehearsal.workplace import ROOT

MONTH = re.compile(r"(\d{4}-(?:0[1-9]|1[0-2]))(\.(parquet|csv))?")
HEAD_BYTES = 65536  # holds the first row of any hold-out set


def own_data(folder: Path, dataset: str) -> Scenario:
    """The rehearsal of a dataset whose contract lies in datasets/; its months are the folder's files.

    Raises WrongArgumentError where there is no such contract, or it is malformed; where there is no such
    folder, or it holds no months, one twice, or not those between.
    """
    refuse_unknown(dataset)
    refuse_malformed(dataset)
    files = months_in(folder)
    return Scenario(
        name="own-data",
        summary=__doc__,
        land=lambda _: files,
        context=context_of(dataset, min(files), max(files)),
        outcome="Deployed",
        check=check,
        settings=(f"pipeline.dataset={dataset}",),
    )


def refuse_unknown(dataset: str) -> None:
    """Names the datasets that have a contract."""
    known = sorted(path.parent.name for path in (ROOT / "datasets").glob("*/contract.json"))
    if dataset not in known:
        raise WrongArgumentError(
            f"datasets/{dataset}/contract.json is not there; datasets with a contract: {', '.join(known)}. "
            "`python -m trainyard contract infer FILE` proposes one."
        )


def refuse_malformed(dataset: str) -> None:
    """Names what is wrong with a dataset's contract, before a stack is deployed with it."""
    path = ROOT / "datasets" / dataset / "contract.json"
    try:
        contract = Contract.from_json(path.read_bytes())
    except ContractInvalid as error:
        raise WrongArgumentError(f"datasets/{dataset}/contract.json: {error}") from error
    if contract.name != dataset:
        raise WrongArgumentError(
            f"datasets/{dataset}/contract.json: contract.name is {contract.name}: it must be {dataset}, "
            "as the folder is called."
        )


def months_in(folder: Path) -> dict[str, Path]:
    """The files of a folder that are named for a month, and folders of parts that are, by month."""
    if not folder.is_dir():
        raise WrongArgumentError(f"--data is {folder}: there is no such folder; name that of the months.")
    named = ((MONTH.fullmatch(path.name), path) for path in sorted(folder.glob("*")))
    files: dict[str, Path] = {}
    for month, path in (
        (match[1], path) for match, path in named if match and bool(match[2]) == path.is_file()
    ):
        if month in files:
            both = f"{files[month].name} and {path.name}"
            raise WrongArgumentError(f"{folder} holds {both}: rows would count twice; remove one of them.")
        files[month] = path
    if not files:
        raise WrongArgumentError(
            f"{folder} holds no file named for a month: put the data there as YYYY-MM.parquet or "
            "YYYY-MM.csv, or as parts in a folder YYYY-MM."
        )
    _refuse_gaps(folder, files)
    return files


def _refuse_gaps(folder: Path, months: Iterable[str]) -> None:
    """A run takes every month from the first to the last."""
    numbers = [int(month[:4]) * 12 + int(month[5:]) - 1 for month in months]
    missing = sorted({*range(min(numbers), max(numbers))} - {*numbers})
    if missing:
        names = ", ".join(f"{number // 12:04}-{number % 12 + 1:02}" for number in missing)
        raise WrongArgumentError(
            f"{folder} holds no {names}, between its first month and its last: put them there, or take those "
            "before or behind them away."
        )


def context_of(dataset: str, start: str, end: str) -> dict[str, Any]:
    """What the manual trigger is given."""
    return {
        "trigger": "manual",
        "reason": "a rehearsal",
        "dataset": dataset,
        "window": {"start": start, "end": end},
        "requested_by": "rehearsal",
    }


def check(run: Run) -> list[Finding]:
    """What holds after a deployment, whatever the data is about."""
    return [answers(run), in_feature_store(run), measured(run), *clean(run)]


def answers(run: Run) -> Finding:
    """The endpoint takes the first row that was held out, as the contract's columns."""
    bucket, key = run.site.output("artifactsBucket"), RunKeys(run.outcome["run"]["id"]).test_inputs
    s3, bytes_range = run.site.client("s3"), f"bytes=0-{HEAD_BYTES - 1}"
    head = s3.get_object(Bucket=bucket, Key=key, Range=bytes_range)["Body"].read()
    row = head.splitlines()[0]
    answer = run.site.client("sagemaker-runtime").invoke_endpoint(
        EndpointName=run.site.output("endpointName"), ContentType="text/csv", Accept="text/csv", Body=row
    )
    probability = float(answer["Body"].read())
    evidence = f"{row.decode()[:120]} has probability {probability:.2f}"
    return Finding(claim="the endpoint answers", holds=0 < probability < 1, evidence=evidence)
