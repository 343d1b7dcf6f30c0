"""The command line in this process, and real flights as files."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import pyarrow.csv as pa_csv
import pyarrow.parquet as pq
import pytest

from rehearsal.landing import write_month
from trainyard.__main__ import main


class Answer(NamedTuple):
    """What a command printed and how it ended."""

    code: int
    out: str
    err: str


@pytest.fixture
def trainyard(capsys: pytest.CaptureFixture[str]) -> Callable[..., Answer]:
    def run(*arguments: Any) -> Answer:
        code = main([str(argument) for argument in arguments])
        return Answer(code, *capsys.readouterr())

    return run


@pytest.fixture(scope="session")
def flights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """January as Parquet, 2,000 rows of it as CSV."""
    folder = tmp_path_factory.mktemp("flights")
    write_month("2013-01", folder)
    table = pq.read_table(folder / "2013-01.parquet").slice(0, 2000)
    pa_csv.write_csv(table, folder / "2013-01.csv")
    return folder
