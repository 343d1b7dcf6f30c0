"""A wrong configuration ends the program before it declares anything."""

import json
from pathlib import Path

import pytest

from rehearsal.program.errors import ProgramError
from rehearsal.program.run import preview, record

ROOT = Path(__file__).resolve().parents[2]


def test_a_wrong_setting_ends_the_program_with_exit_code_two(capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(ProgramError) as caught:
        record(ROOT, "dev", config={"trainyard:approval": '{"isRequired": 1}'})
    assert caught.value.exit_code == 2
    said = capfd.readouterr().err
    assert "trainyard:approval.isRequired is 1; it must be true or false" in said
    assert "Traceback" not in said


def test_a_dataset_without_a_contract_is_refused_in_one_line_with_exit_code_two() -> None:
    months = {"windowMonths": 3, "driftWindowMonths": 6}
    pipeline = {"dataset": "trains", "maxLaps": 1, "deadlineHours": 200, **months}
    with pytest.raises(ProgramError) as caught:
        record(ROOT, "dev", config={"trainyard:pipeline": json.dumps(pipeline)})
    assert caught.value.exit_code == 2
    assert str(caught.value).startswith("trainyard:pipeline.dataset is 'trains'; datasets with a contract: ")


def test_a_preview_knows_names_without_creating_anything() -> None:
    planned = preview(ROOT, "prod")
    buckets = planned.of_type("aws:s3/bucket:Bucket")
    assert {bucket.inputs["bucket"].split("-")[2] for bucket in buckets} == {
        "artifacts",
        "audit",
        "landing",
        "logs",
    }
