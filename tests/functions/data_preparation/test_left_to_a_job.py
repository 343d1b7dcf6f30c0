"""What a function can't read in its time it leaves to a job, by name and without a verdict of its own."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from functions.data_preparation.validate_schema import handler, ranged
from functions.data_preparation.validate_schema.ranged import TAIL_BYTES

ROOT = Path(__file__).resolve().parents[3]


@pytest.mark.filterwarnings("ignore:No application metrics")
@pytest.mark.parametrize("options", [{}, {"write_statistics": False, "use_dictionary": False}])
def test_a_file_of_which_too_much_had_to_be_read_is_left_to_a_job(
    fake_s3: Any, environment: pytest.MonkeyPatch, as_parquet: Any, flights: Any, options: Any
) -> None:
    key = "incoming/flights/2013-01.parquet"
    big = pa.concat_tables([flights] * 50)
    fake_s3.put_object("landing", key, as_parquet(big, compression="none", **options))
    fake_s3.put_object("artifacts", "contract.json", (ROOT / "datasets/flights/contract.json").read_bytes())
    environment.setattr(handler, "client", lambda _: fake_s3)
    environment.setattr(ranged, "MAX_READ_BYTES", 2 * TAIL_BYTES)
    environment.setenv("MAX_FILE_MB", "100")
    file = {"bucket": "landing", "key": key, "etag": fake_s3.etag("landing", key)}
    event = {"run": {"id": "r"}, "contract_uri": "s3://artifacts/contract.json", "file": file}
    answer = handler.handle(event, None)
    assert answer.get("is_for_job", False) is bool(options)
    assert answer["is_valid"] and bool(answer["report_uri"]) is not bool(options)
