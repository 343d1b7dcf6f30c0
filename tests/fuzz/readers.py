"""Feeds mutated files to the gate's readers for as long as asked; whatever comes back but a report is printed
with the file that caused it. Not collected by pytest, which runs a short form of it.

    python -m tests.fuzz.readers [--seconds 60] [--seed 1]

With atheris installed (`pip install atheris`) `--guided` lets coverage choose the mutations.
"""

from __future__ import annotations

import argparse
import random
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import pyarrow as pa

from contracts.dataset import Contract
from functions.data_preparation.validate_schema.validation import validate
from tests.corpus.broken_files import CSV, PARQUET, InMemory, as_csv, as_parquet
from tests.functions.data_preparation.conftest import ROOT, ROWS, value

SLOW = {"unpacks to far more", "one endless row", "category of 50,000 values"}
CONTRACT = Contract.from_json((ROOT / "datasets/flights/contract.json").read_bytes())


def seeds() -> list[tuple[str, bytes]]:
    """Whole files and all small ones of the corpus."""
    rows = {one.name: [value(one, row) for row in range(ROWS)] for one in CONTRACT.columns}
    table = pa.table(rows)
    found = [("parquet", as_parquet(table)), ("csv", as_csv(table))]
    found += [("parquet", as_parquet(table, compression="none", row_group_size=100))]
    for extension, corpus in (("parquet", PARQUET), ("csv", CSV)):
        found += [(extension, make(table)) for name, make in corpus.items() if name not in SLOW]
    return found


def mutated(content: bytes, chance: random.Random) -> bytes:
    """The content with some bytes changed, taken out, doubled or cut off."""
    data = bytearray(content)
    for _ in range(chance.randint(1, 8)):
        if not data:
            break
        # Most of a Parquet file's structure lies at its end.
        where = (
            chance.randrange(max(0, len(data) - 4000), len(data))
            if chance.random() < 0.6
            else (chance.randrange(len(data)))
        )
        length = chance.randint(1, 32)
        choice = chance.randrange(4)
        if choice == 0:
            data[where] = chance.randrange(256)
        elif choice == 1:
            del data[where : where + length]
        elif choice == 2:
            data[where:where] = data[where : where + length]
        else:
            data[where : where + 4] = chance.choice([0, 1, 2**31 - 1, 2**32 - 1]).to_bytes(4, "little")
    return bytes(data)


def judge(extension: str, content: bytes) -> None:
    """Both depths have to end in a report."""
    for is_strict in (False, True):
        validate(f"x.{extension}", InMemory(content), CONTRACT, is_strict)


def guided(arguments: Sequence[str]) -> None:
    """Coverage chooses: the first byte says the format, the rest is the file."""
    import atheris  # type: ignore[import-not-found]

    atheris.instrument_all()
    atheris.Setup(list(arguments), lambda data: judge("csv" if data[:1] < b"\x80" else "parquet", data[1:]))
    atheris.Fuzz()


def main() -> int:
    """1 when a file broke a reader; it is kept under build/fuzz."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--guided", action="store_true")
    options = parser.parse_args()
    if options.guided:
        guided(sys.argv[:1])
    chance = random.Random(options.seed)  # noqa: S311
    files, count = seeds(), 0
    until = time.monotonic() + options.seconds
    while time.monotonic() < until:
        extension, content = chance.choice(files)
        content, count = mutated(content, chance), count + 1
        try:
            judge(extension, content)
        except Exception as error:
            place = Path(ROOT, "build/fuzz", f"{count}.{extension}")
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(content)
            sys.stdout.write(f"{place}: {error!r}\n")
            return 1
    sys.stdout.write(f"{count} files, each ended in a report\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
