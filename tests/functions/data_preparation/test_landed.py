"""Whether the landed files of a run are still those that its plan listed."""

from __future__ import annotations

import json
from typing import Any

import pytest

from contracts.artifacts import RunKeys
from contracts.failures import ArtifactCorrupt, DataReplaced
from contracts.landed import document_of, listed, refuse_replaced

KEYS = RunKeys("r")
FIRST, SECOND = "incoming/flights/2013-01.parquet", "incoming/flights/2013-02.csv"


@pytest.fixture
def check(fake_s3: Any) -> Any:
    for key in (FIRST, SECOND):
        fake_s3.put_object("landing", key, key.encode())
    document = document_of(listed(fake_s3, "landing", "incoming/flights/"))
    fake_s3.put_object("artifacts", KEYS.landed, json.dumps(document).encode())
    return lambda: refuse_replaced(fake_s3, "artifacts", KEYS)


def test_files_as_they_were_planned_pass_whatever_lands_beside_them(check: Any, fake_s3: Any) -> None:
    fake_s3.put_object("landing", "incoming/flights/2013-03.parquet", b"new")
    check()


@pytest.mark.parametrize("body", [b"another", SECOND.encode()], ids=["other bytes", "the same bytes"])
def test_a_file_that_was_written_again_is_named(check: Any, fake_s3: Any, body: bytes) -> None:
    fake_s3.put_object("landing", SECOND, body)
    with pytest.raises(DataReplaced, match=f"^{SECOND} was written again at 2026"):
        check()


def test_files_that_changed_and_files_that_have_gone_are_all_named(check: Any, fake_s3: Any) -> None:
    fake_s3.put_object("landing", FIRST, b"another")
    fake_s3.delete_object("landing", SECOND)
    with pytest.raises(DataReplaced, match=f"{FIRST} was written again.*; {SECOND} has gone, after the run"):
        check()


@pytest.mark.parametrize("document", [{"files": []}, {"files": [{"key": FIRST}]}, {}])
def test_a_list_that_is_none_is_refused(check: Any, fake_s3: Any, document: dict[str, Any]) -> None:
    fake_s3.put_object("artifacts", KEYS.landed, json.dumps(document).encode())
    with pytest.raises(ArtifactCorrupt, match=r"landed\.files"):
        check()
