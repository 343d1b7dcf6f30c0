"""DataProcessing of batch transform: parts of a record sent, joined with the answer, and stored."""

from __future__ import annotations

from typing import Any

import pytest

from rehearsal.sagemaker.jobs.joining import Joining
from rehearsal.sagemaker.jobs.record_filter import compiled
from rehearsal.sagemaker.s3 import DataError
from rehearsal.sagemaker.service import SageMakerService
from tests.rehearsal.sagemaker.fakes import FakePlatform, add_model, finish, transform_request

ROW = ["0", "1", "2", "3", "4", "5"]
RECORD = {"id": 7, "features": {"a": 1, "b": [2, 3]}, "SageMakerOutput": {"label": 1}}


def joining(kind: str, **asked: str) -> Joining:
    found = Joining.of(
        {
            "DataProcessing": asked,
            "TransformInput": {"ContentType": kind, "SplitType": "Line"},
            "TransformOutput": {"Accept": kind, "AssembleWith": "Line"},
        }
    )
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("path", "fields"),
    [
        ("$", "012345"),
        ("$[0]", "0"),
        ("$[-1]", "5"),
        ("$[1,3,5]", "135"),
        ("$[1:4]", "1234"),
        ("$[:5]", "012345"),
        ("$[2:]", "2345"),
        ("$[0,4:]", "045"),
    ],
)
def test_columns_are_chosen_by_index_and_by_slices_with_both_ends(path: str, fields: str) -> None:
    assert compiled("InputFilter", path).select_row(ROW) == list(fields)


@pytest.mark.parametrize(
    ("path", "part"),
    [
        ("$.id", 7),
        ("$.features.b[1]", 3),
        ("$['id','SageMakerOutput']", {"id": 7, "SageMakerOutput": {"label": 1}}),
        ("$.features.['a']", 1),
        ("$.features.*", [1, [2, 3]]),
        ("$.features.b[*]", [2, 3]),
    ],
)
def test_attributes_are_chosen_by_name(path: str, part: Any) -> None:
    assert compiled("OutputFilter", path).select(RECORD) == part


@pytest.mark.parametrize("path", ["$[6]", "$[0:6]", "$.id"])
def test_what_a_row_has_not_is_an_error(path: str) -> None:
    with pytest.raises(DataError, match="selects nothing of"):
        compiled("InputFilter", path).select_row(ROW)


def test_a_json_answer_lies_in_its_record_or_beside_what_is_no_object() -> None:
    lines = joining("application/jsonlines", JoinSource="Input")
    assert lines.stored(b'{"key": 1}', b'{"label": 1}') == b'{"key": 1, "SageMakerOutput": {"label": 1}}'
    assert lines.stored(b"[1]", b"2") == b'{"SageMakerInput": [1], "SageMakerOutput": 2}'


def test_the_example_of_the_documentation_keeps_only_id_and_answer() -> None:
    asked = {"InputFilter": "$.features", "JoinSource": "Input"}
    lines = joining("application/jsonlines", **asked, OutputFilter="$['id','SageMakerOutput']")
    record = b'{"id": 1, "features": [2, 3]}\n'
    assert lines.sent(record) == b"[2, 3]\n"
    assert lines.stored(record, b"0.5") == b'{"id": 1, "SageMakerOutput": 0.5}'


def transformed(service: SageMakerService, platform: FakePlatform, **asked: str) -> dict[str, Any]:
    platform.s3.objects["bucket/data/a.csv"] = b'7,1,"2,5"\n8,3,4\n'
    add_model(service, platform, "old", "old")
    request = transform_request("joined", DataProcessing=asked)
    request["TransformOutput"]["Accept"] = "text/csv"
    service.handle("CreateTransformJob", request, None)
    return finish(service, "TransformJob", "joined")


def test_the_id_column_stays_with_the_answer_without_being_sent(
    service: SageMakerService, platform: FakePlatform
) -> None:
    asked = {"InputFilter": "$[1:]", "JoinSource": "Input", "OutputFilter": "$[0,3:]"}
    job = transformed(service, platform, **asked)
    assert job["TransformJobStatus"] == "Completed", job
    first, second = platform.s3.objects["bucket/scores/a.csv.out"].decode().splitlines()
    assert (first.partition(",")[0], second) == ("7", "8,old:3,4")


def test_a_filter_that_fits_no_record_fails_the_job(
    service: SageMakerService, platform: FakePlatform
) -> None:
    job = transformed(service, platform, InputFilter="$[9]")
    assert job["TransformJobStatus"] == "Failed"
    assert job["FailureReason"].startswith("ClientError: $[9] selects nothing of")
