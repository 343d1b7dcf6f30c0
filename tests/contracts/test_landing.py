"""How months lie in the landing bucket: as an object, or as parts that are closed."""

from __future__ import annotations

import pytest

from contracts import landing
from contracts.artifacts import RunKeys, dead_letter_key, report_key
from contracts.landed import LandedFile


@pytest.mark.parametrize(
    ("path", "month", "completed"),
    [
        ("2013-01.parquet", "2013-01", "2013-01"),
        ("2013-01.csv", "2013-01", "2013-01"),
        ("2013-01/part-0.parquet", "2013-01", None),
        ("2013-01/day=05/part-0.csv", "2013-01", None),
        ("2013-01/_SUCCESS", None, "2013-01"),
        ("2013-01/_temporary/part-0.parquet", None, None),
        ("2013-01/.part-0.parquet.crc", None, None),
        ("2013-01/", None, None),
        ("2013-13.parquet", None, None),
        ("2013-01.parquet.tmp", None, None),
        ("old/2013-01.parquet", None, None),
        ("_SUCCESS", None, None),
    ],
)
def test_what_an_object_is_by_its_path(path: str, month: str | None, completed: str | None) -> None:
    key = f"incoming/flights/{path}"
    assert landing.month_of("flights", key) == month
    assert landing.completed_by("flights", key) == completed
    assert landing.month_of("weather", key) is None and landing.path_of(key) == path


def test_parts_of_two_months_keep_their_reports_and_dead_letters_apart() -> None:
    first, second = (f"incoming/flights/2013-0{month}/part-0.parquet" for month in (1, 2))
    assert RunKeys("r").file_report(first) != RunKeys("r").file_report(second)
    assert dead_letter_key("flights", "r", first) == "dead-letter/flights/r/2013-01/part-0.parquet"
    assert RunKeys("r").file_report(first).endswith(report_key("reports/2013-01/part-0.parquet"))


def test_a_part_knows_its_month_and_the_prefix_of_its_dataset() -> None:
    key = "incoming/flights/2013-01/day=05/part-0.csv"
    file = LandedFile(bucket="b", key=key, size_bytes=1, etag="e", written_at="now")
    assert (file.month, file.prefix, file.format) == ("2013-01", "incoming/flights/", "csv")
