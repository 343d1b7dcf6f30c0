"""What blocks work out without any resource: lifecycle rules, archive paths, alarms' treatment of silence."""

import pytest

from components.blocks.alarms import Limit
from components.blocks.bucket import Expiry, lifecycle_rules
from components.blocks.function import ROOT, archive_path
from components.blocks.metrics import executions
from components.blocks.training_watch import uses_gpus


def test_a_bucket_without_expiries_still_ends_unfinished_uploads() -> None:
    [rule] = lifecycle_rules([])
    assert rule["abort_incomplete_multipart_upload"] == {"days_after_initiation": 7}


def test_an_expiry_by_tag_leaves_the_prefix_out_of_its_filter() -> None:
    _, rule = lifecycle_rules([Expiry(rule="checkpoints", tag=("kind", "checkpoints"), days=30)])
    assert rule["filter"] == {"tag": {"key": "kind", "value": "checkpoints"}}
    assert rule["expiration"] == {"days": 30} and "noncurrent_version_expiration" not in rule


def test_a_folder_without_a_handler_is_no_function() -> None:
    with pytest.raises(FileNotFoundError, match=r"functions/training/nothing/handler\.py does not exist"):
        archive_path("functions/training/nothing")


def test_every_function_in_the_tree_has_an_archive_of_its_own() -> None:
    folders = [path.parent.relative_to(ROOT).as_posix() for path in ROOT.glob("functions/*/*/handler.py")]
    assert folders and len({archive_path(folder) for folder in folders}) == len(folders)


@pytest.mark.parametrize(("is_silence_bad", "treatment"), [(True, "breaching"), (False, "notBreaching")])
def test_only_an_alarm_about_silence_goes_off_by_silence(is_silence_bad: bool, treatment: str) -> None:
    assert Limit(threshold=1, is_silence_bad=is_silence_bad).missing_data == treatment


def test_a_metric_becomes_a_line_of_a_widget_with_its_dimensions() -> None:
    row = executions("arn:machine", "ExecutionsFailed", label="failed").widget_row()
    assert row[:4] == ["AWS/States", "ExecutionsFailed", "StateMachineArn", "arn:machine"]
    assert row[4] == {"stat": "Sum", "label": "failed"}


@pytest.mark.parametrize(("instance_type", "expected"), [("ml.g5.xlarge", True), ("ml.m5.xlarge", False)])
def test_machines_with_gpus_are_known_by_their_family(instance_type: str, expected: bool) -> None:
    assert uses_gpus(["ml.c5.xlarge", instance_type]) is expected
