"""`trainyard contract infer FILE…`: proposes a contract from files. What data cannot say (the target, what is
known before a prediction) is guessed, named on stderr, and left to a person."""

from __future__ import annotations

import argparse
import json
import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from itertools import count
from pathlib import Path
from typing import Any

from contracts.artifacts import BESIDE_FEATURES
from contracts.dataset import Contract
from contracts.failures import DataMissing
from contracts.feature_group import RESERVED
from contracts.file_report import Violation
from trainyard.contract.check import check, files_in
from trainyard.contract.keys import Key, proposed_key
from trainyard.contract.leaks import telling
from trainyard.contract.merging import merged
from trainyard.contract.notes import notes, odd_spellings
from trainyard.contract.profile import ColumnProfile, Profile, read_profile

SEGMENT_LEVELS = 20
DELIMITERS = {",": ",", ";": ";", "|": "|", "\t": "\t", "tab": "\t"}


def add_parser(verbs: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Declares the verb."""
    verb = verbs.add_parser("infer", help="propose a contract from files", description=__doc__)
    text = ".parquet or .csv, or a folder of them: the parts of a month"
    verb.add_argument("files", nargs="+", type=Path, metavar="FILE", help=text)
    verb.add_argument("--name", help="of the dataset; default: the file's, of several their folder's")
    verb.add_argument(
        "--target", metavar="COLUMN", help="what is predicted; default: the last number or truth value"
    )
    text = "of CSV: , ; | or tab; default: the one that makes the most names of the header"
    verb.add_argument("--delimiter", choices=DELIMITERS, metavar="CHARACTER", help=text)
    text = "what CSV writes where there is no value, beside an empty field: NA; may be repeated"
    verb.add_argument("--null", action="append", default=[], metavar="TEXT", dest="nulls", help=text)
    verb.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Prints the contract; raises DataMissing naming what the file lacks for one."""
    files = files_in(arguments.files)
    delimiter = DELIMITERS.get(arguments.delimiter)
    profile = merged({path: read_profile(path, delimiter, arguments.nulls) for path in files})
    name = arguments.name or (
        files[0].absolute().parent.name if files[1:] else files[0].name.split(".", 1)[0]
    )
    document, key = proposed(
        files[0], profile, _formats(profile, files, arguments.nulls), name, arguments.target
    )
    contract = Contract.from_dict(document)
    violations = {path: check(path, contract, is_strict=False).violations for path in files}
    unused = unservable(document["features"], [one for found in violations.values() for one in found])
    names = {one.column for one in unused}
    document["features"] = [one for one in document["features"] if one["column"] not in names]
    sys.stdout.write(laid_out(document))
    found = [*notes(document, profile, key, _leaks(document, profile)), *map(left_unused, unused)]
    for path in files:
        found += refusals(path, [one for one in violations[path] if one not in unused])
    sys.stderr.write("".join(f"{note}\n" for note in found))
    return 0


def _formats(profile: Profile, files: Sequence[Path], nulls: list[str]) -> dict[str, Any]:
    formats: dict[str, Any] = {"parquet": {}} if any(path.suffix == ".parquet" for path in files) else {}
    if profile.delimiter:
        csv = {"encoding": "utf-8", "delimiter": profile.delimiter}
        formats["csv"] = csv | ({"null_values": nulls} if nulls else {})
    return formats


def unservable(features: Sequence[Mapping[str, str]], violations: Sequence[Violation]) -> list[Violation]:
    """What columns hold that no feature can be made of; nothing where no other feature would be left."""
    found = [one for one in violations if one.rule == "servable"]
    return found if {one["column"] for one in features} - {one.column for one in found} else []


def left_unused(violation: Violation) -> str:
    """Why no feature is made of a column."""
    return (
        f"No feature is made of {violation.column}: it holds {violation.seen}, allowed is a "
        f"{violation.allowed}. To use it, mend such values or land them as null."
    )


def refusals(path: Path, violations: Sequence[Violation]) -> Iterator[str]:
    """What the gate has against a file, whatever the contract's limits: damage, NaN in text, infinity."""
    for violation in violations:
        yield f"The gate would refuse {path}: {violation.line}."
    if path.suffix == ".csv" and any(one.rule == "type" for one in violations):
        yield "Where such a value means none, call again with --null and the value."


def proposed(
    path: Path, profile: Profile, formats: Mapping[str, Any], name: str, target: str | None
) -> tuple[dict[str, Any], Key]:
    """A contract that the file keeps, and what its primary key rests on."""
    columns = profile.columns
    moments = [one for one in columns if one.type == "timestamp"]
    event_time = min(moments, key=lambda one: one.nulls > 0, default=None)
    if event_time is None:
        raise DataMissing(_without_time(path, profile))
    predicted = _target(path, columns, target)
    known = [one for one in columns if one is not predicted]
    key = proposed_key(known, event_time)
    document = {
        "name": identifier(name),
        "version": 1,
        "formats": formats,
        "columns": [{**one.limits(), "is_known_before_prediction": one is not predicted} for one in columns],
        "target": {"name": "label", "column": predicted.name, **predicted.rule()},
        "features": _features(known),
        "segments": [one.name for one in known if one.type == "categorical" and one.levels <= SEGMENT_LEVELS],
        "event_time": event_time.name,
        "primary_key": list(key.columns),
        "split": {"by": "event_time", "validation_share": 0.15, "test_share": 0.15},
    }
    return document, key


def laid_out(document: Mapping[str, Any]) -> str:
    """JSON with a line for each column and each feature, as a person edits it."""
    lines = []
    for field, value in document.items():
        text = json.dumps(value, ensure_ascii=False)
        if field in ("columns", "features"):
            items = ",\n".join(f"    {json.dumps(one, ensure_ascii=False)}" for one in value)
            text = f"[\n{items}\n  ]"
        lines.append(f'  "{field}": {text}')
    return "{\n" + ",\n".join(lines) + "\n}\n"


def _leaks(document: Mapping[str, Any], profile: Profile) -> dict[str, float]:
    used = {feature["column"] for feature in document["features"]}
    target = next(one for one in profile.columns if one.name == document["target"]["column"])
    return dict(telling([one for one in profile.columns if one.name in used], target, document["target"]))


def _without_time(path: Path, profile: Profile) -> str:
    others = [f"{name} is {kind}." for name, kind in profile.left_out.items() if kind != "null"]
    hints = [one for one in odd_spellings(profile) if "time" in one]
    return " ".join(
        [
            f"{path} has no column of points in time, and a contract names one as event_time: add it to the "
            "data (in CSV with an offset, such as 2013-01-01T05:00:00Z).",
            *others,
            *hints,
        ]
    )


def _target(path: Path, columns: list[ColumnProfile], wanted: str | None) -> ColumnProfile:
    numbers = [one for one in columns if one.type in ("number", "integer", "boolean")]
    fitting = [*(one for one in columns if one.type == "categorical"), *numbers]
    if not fitting:
        raise DataMissing(
            f"{path} has no column of numbers, truth values or categories: a target is one; add it"
        )
    named = [one for one in fitting if wanted in (None, one.name)]
    if not named:
        raise DataMissing(
            f"--target {wanted} is no column of numbers, truth values or categories in {path}; those are "
            f"{', '.join(one.name for one in columns if one in fitting)}"
        )
    return named[-1]


def _features(columns: list[ColumnProfile]) -> list[dict[str, str]]:
    transforms = {
        "integer": "number",
        "number": "number",
        "boolean": "number",
        "timestamp": "day_of_week",
    }
    features, taken = [], set(BESIDE_FEATURES)
    for one in columns:
        small = "category" if one.levels <= SEGMENT_LEVELS else "target_rate"
        transform = small if one.type == "categorical" else transforms.get(one.type)
        if transform and not one.is_constant and not one.is_identifier:
            name = identifier(one.name)
            needs_more = transform == "day_of_week" or name in RESERVED  # the Feature Store's own columns
            wanted = identifier(f"{one.name}_{transform}") if needs_more else name
            name = next(free for free in _alternatives(wanted) if free not in taken)
            taken.add(name)
            features.append({"name": name, "column": one.name, "transform": transform})
    return features


def _alternatives(name: str) -> Iterator[str]:
    """The name, then with 2, 3 and so on behind it."""
    yield name
    yield from (f"{name[:55]}_{number}" for number in count(2))


def identifier(text: str) -> str:
    """The text as a name that a contract takes."""
    name = re.sub(r"[^a-z0-9]+", "_", text.lower()).strip("_")[:60]
    return name if name[:1].isalpha() else f"c_{name}"
