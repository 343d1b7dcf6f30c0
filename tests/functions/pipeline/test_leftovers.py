"""What a run leaves behind carries the tag that the bucket's lifecycle goes by."""

from functions.pipeline.record_outcome.leftovers import mark_leftovers
from tests.functions.conftest import FakeS3


def bucket_with(*keys: str) -> FakeS3:
    s3 = FakeS3()
    for key in keys:
        s3.put_object("artifacts", key, b"x")
    return s3


def test_checkpoints_and_logs_are_marked_by_their_kind() -> None:
    s3 = bucket_with("pipeline/run-1/checkpoints/a/1.ubj", "pipeline/run-1/logs/job.txt")
    assert mark_leftovers(s3, "artifacts", "run-1") == 2
    assert s3.tags == {
        ("artifacts", "pipeline/run-1/checkpoints/a/1.ubj"): {"kind": "checkpoints"},
        ("artifacts", "pipeline/run-1/logs/job.txt"): {"kind": "logs"},
    }


def test_models_data_and_other_runs_are_never_marked() -> None:
    s3 = bucket_with(
        "pipeline/run-1/model/m.tar.gz", "pipeline/run-1/data/x", "pipeline/run-10/checkpoints/1.ubj"
    )
    assert mark_leftovers(s3, "artifacts", "run-1") == 0
    assert s3.tags == {}


def test_marking_twice_leaves_the_same_marks() -> None:
    s3 = bucket_with("pipeline/run-1/checkpoints/1.ubj")
    assert mark_leftovers(s3, "artifacts", "run-1") == mark_leftovers(s3, "artifacts", "run-1") == 1
    assert list(s3.tags.values()) == [{"kind": "checkpoints"}]
