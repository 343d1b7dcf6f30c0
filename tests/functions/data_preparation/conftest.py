"""A small dataset that keeps the flights contract, in both formats, and ways to write it."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.csv as pa_csv
import pyarrow.parquet as pq
import pytest

from contracts.artifacts import RunKeys
from contracts.columns import Column
from contracts.dataset import Contract
from contracts.landed import document_of, listed

ROOT = Path(__file__).resolve().parents[3]
ROWS = 600


@pytest.fixture(scope="session")
def contract() -> Contract:
    return Contract.from_json((ROOT / "datasets/flights/contract.json").read_bytes())


def value(column: Column, row: int) -> Any:
    low = column.minimum or 0
    kinds: dict[str, Callable[[], Any]] = {
        "integer": lambda: int(low) + row % 5,
        "number": lambda: float(low) + row % 5,
        "categorical": lambda: ("EWR", "JFK", "LGA")[row % 3],
        "text": lambda: f"N{row}",
        "timestamp": lambda: datetime(2013, 1, 1, row % 24, tzinfo=UTC),
    }
    return kinds[column.type]()


@pytest.fixture(scope="session")
def flights(contract: Contract) -> pa.Table:
    """Rows that keep the contract."""
    return pa.table({one.name: [value(one, row) for row in range(ROWS)] for one in contract.columns})


@pytest.fixture
def plan_run(fake_s3: Any) -> Callable[..., None]:
    """Lands files and lists them, as the plan of run `r` does."""

    def plan(*keys: str) -> None:
        for key in keys:
            fake_s3.put_object("landing", key, key.encode())
        document = document_of(listed(fake_s3, "landing", "incoming/flights/"))
        fake_s3.put_object("artifacts", RunKeys("r").landed, json.dumps(document).encode())

    return plan


@pytest.fixture
def as_parquet() -> Callable[..., bytes]:
    def write(table: pa.Table, **options: Any) -> bytes:
        buffer = io.BytesIO()
        pq.write_table(table, buffer, **options)
        return buffer.getvalue()

    return write


@pytest.fixture
def as_csv() -> Callable[[pa.Table], bytes]:
    def write(table: pa.Table) -> bytes:
        buffer = io.BytesIO()
        pa_csv.write_csv(table, buffer)
        return buffer.getvalue()

    return write
