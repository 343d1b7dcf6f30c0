"""`trainyard features prepare FILE…`: the data preparation job on this machine, before data is landed: gate,
training set, its statistics, and what shifted against those of an earlier call."""

from __future__ import annotations

import argparse
import json
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from contracts.artifacts import Manifest
from contracts.container import ProcessingLayout
from contracts.dataset import Contract
from contracts.failures import ConfigurationRejected
from trainyard.contract.check import check, described, files_in, read_contract
from trainyard.stack_file import ROOT, stack_settings

PACKAGE = ROOT / "containers/data_preparation"
MONTH = re.compile(r"\d{4}-\d{2}")
BASELINE, FINE = "statistics.json", "fine.parquet"
ENDS = "0: done; 1: a file breaks the contract, the job refuses the data, or features shifted"


def add_parser(verbs: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Declares the verb."""
    text = "make a training set of files, and hold it against an earlier one"
    verb = verbs.add_parser("prepare", help=text, description=__doc__, epilog=ENDS)
    text = ".parquet or .csv, or a folder of them: the parts of a month"
    verb.add_argument("files", nargs="+", type=Path, metavar="FILE", help=text)
    verb.add_argument("--contract", type=Path, required=True, metavar="FILE", help="the dataset's")
    text = "where data/ and statistics/ go: a folder that is not there yet, or is empty"
    verb.add_argument("--out", type=Path, required=True, metavar="FOLDER", help=text)
    text = "the --out of an earlier call, whose statistics these files are held against"
    verb.add_argument("--baseline", type=Path, metavar="FOLDER", help=text)
    text = "whose limits dataPreparation.shift to use (default: %(default)s)"
    verb.add_argument("--stack", default="dev", help=text)
    verb.add_argument("--json", action="store_true", help="print the result as JSON")
    verb.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """0, or 1 where the answer is no. Raises ConfigurationRejected, ContractInvalid, OSError."""
    contract = read_contract(arguments.contract)
    _refuse_wrong_folders(arguments.out, arguments.baseline)
    limits, files = _limits(arguments.stack), landed(arguments.files)
    if not _keep_contract(files.values(), contract):
        return 1
    out: Path = arguments.out
    out.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".trainyard-", dir=out.parent) as folder:
        layout = ProcessingLayout(Path(folder))
        _fill(layout, contract, files, arguments.baseline)
        count = len(files)
        sys.stderr.write(f"Prepare {contract.name}: {count} file{'s' if count > 1 else ''}\n")
        if not _run_job(layout, limits):
            return 1
        out.mkdir(exist_ok=True)
        for name in ("statistics", "data"):
            layout.output(name).replace(out / name)
    result = _result(out)
    sys.stdout.write(json.dumps(result, indent=1) + "\n" if arguments.json else _told(result, out))
    return 1 if result["shifted"] else 0


def landed(paths: Sequence[Path]) -> dict[str, Path]:
    """The files by their path below the folder that all of them have in common, as below a landing prefix."""
    _refuse_both_ways(paths)
    files = files_in(paths)
    places = [file.absolute() for file in files]
    common = os.path.commonpath([place.parent for place in places])
    named = {place.relative_to(common).as_posix(): file for place, file in zip(places, files, strict=True)}
    if len(named) < len(files):
        twice = next(place for place in places if places.count(place) > 1)
        raise ConfigurationRejected(f"{twice} is named twice: rows would count twice; name it once")
    return named


def _refuse_both_ways(paths: Sequence[Path]) -> None:
    """A run refuses a month that landed as a file and as a folder, or in both formats."""
    ways = dict[Path, Path]()
    for path in (path for path in paths if MONTH.fullmatch(path.name.split(".")[0])):
        first = ways.setdefault(path.absolute().with_suffix(""), path)
        if first.absolute() != path.absolute():
            raise ConfigurationRejected(f"{first} and {path} are one month: rows would count twice; name one")


def _refuse_wrong_folders(out: Path, baseline: Path | None) -> None:
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise ConfigurationRejected(f"--out is {out}: it is not empty; name another folder")
    if baseline and not (baseline / "statistics" / BASELINE).is_file():
        raise ConfigurationRejected(
            f"--baseline is {baseline}: it holds no statistics/{BASELINE}; name the --out of an earlier call"
        )


def _limits(stack: str) -> Mapping[str, str]:
    shift = stack_settings(stack).data_preparation.shift
    return {
        "SHIFT_SIGNIFICANCE": f"{shift.significance:g}",
        "SHIFT_KS_FLOOR": f"{shift.min_effect:g}",
        "SHIFT_PSI_FLOOR": f"{shift.min_psi:g}",
    }


def _keep_contract(files: Iterable[Path], contract: Contract) -> bool:
    reports = [check(path, contract, is_strict=False) for path in files]
    broken = [line for report in reports if not report.is_valid for line in described(report)]
    sys.stderr.write("".join(f"{line}\n" for line in broken))
    return not broken


def _fill(
    layout: ProcessingLayout, contract: Contract, files: Mapping[str, Path], baseline: Path | None
) -> None:
    """The inputs as SageMaker lays them out; the data itself is linked."""
    links = {f"landed/{name}": file for name, file in files.items()}
    if baseline:
        links |= {f"baseline/{name}": baseline / "statistics" / name for name in (BASELINE, FINE)}
    for place, source in links.items():
        link = layout.input(place)
        link.parent.mkdir(parents=True, exist_ok=True)
        if source.exists():
            link.symlink_to(source.resolve())
    layout.input("contract").mkdir()
    (layout.input("contract") / "contract.json").write_text(json.dumps(contract.to_dict()), encoding="utf-8")


def _run_job(layout: ProcessingLayout, limits: Mapping[str, str]) -> bool:
    """Runs the container's entry point; where it refuses, its failure is said on stderr."""
    path = os.pathsep.join([str(PACKAGE), str(ROOT)])
    environment = {**os.environ, **limits, "OPT_ML": str(layout.root), "PYTHONPATH": path}
    command = [sys.executable, "-m", "features"]
    ended = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    if ended.returncode and not layout.message.is_file():
        raise ConfigurationRejected(f"the job did not start: {ended.stderr.strip()[-500:]}")
    if ended.returncode:
        failure = json.loads(layout.message.read_text(encoding="utf-8"))
        sys.stderr.write(f"{failure['error']}: {failure['message']}\n")
    return not ended.returncode


def _result(out: Path) -> dict[str, Any]:
    manifest = Manifest.from_dict(json.loads((out / "data/manifest.json").read_text(encoding="utf-8")))
    shift = json.loads((out / "statistics/shift.json").read_text(encoding="utf-8"))
    return {
        "dataset": manifest.dataset,
        "rows": dict(manifest.rows),
        "rows_without_label": manifest.rows_without_label,
        "sha256": manifest.sha256,
        "is_first_run": shift["is_first_run"],
        "compared": len(shift["features"]),
        "shifted": {one["feature"]: one["moved"] for one in shift["features"] if one["is_shifted"]},
    }


def _told(result: Mapping[str, Any], out: Path) -> str:
    rows = ", ".join(f"{split} {count:,}" for split, count in result["rows"].items())
    lines = [f"{result['dataset']}: {rows}; {result['rows_without_label']:,} rows have no label"]
    lines.append(f"training set: {out / 'data'}, SHA-256 {result['sha256']}")
    if result["is_first_run"]:
        lines.append(
            f"statistics: {out / 'statistics'}; with --baseline {out} later data is held against them"
        )
    else:
        lines.append(f"{len(result['shifted'])} of {result['compared']} features shifted")
        lines += [f"  {name}: {'; '.join(moved)}" for name, moved in result["shifted"].items()]
        lines.append(f"report: {out / 'statistics/shift.html'}")
    return "\n".join(lines) + "\n"
