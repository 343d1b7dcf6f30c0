from __future__ import annotations

from typing import Any

import pytest

from functions.training.remove_checkpoints import handler


@pytest.fixture
def remove(fake_s3: Any, environment: pytest.MonkeyPatch) -> Any:
    environment.setattr(handler, "client", lambda _: fake_s3)
    for key in ("checkpoints/lap0-0/1.ubj", "checkpoints/lap0-0/2.ubj", "model/lap0-0/m.tar.gz", "data/x"):
        fake_s3.put_object("artifacts", f"pipeline/r/{key}", b"x")
    fake_s3.put_object("artifacts", "pipeline/r2/checkpoints/lap0-0/1.ubj", b"x")
    return lambda **fields: handler.handle({"run": {"id": "r"}, **fields}, None)


def test_a_run_that_succeeded_loses_its_checkpoints_and_nothing_else(remove: Any, fake_s3: Any) -> None:
    assert remove() == {"removed": {"pipeline/r/checkpoints/": 2}}
    assert fake_s3.keys("artifacts") == [
        "pipeline/r/data/x",
        "pipeline/r/model/lap0-0/m.tar.gz",
        "pipeline/r2/checkpoints/lap0-0/1.ubj",
    ]


def test_a_failed_training_loses_its_models_too_newest_first(remove: Any, fake_s3: Any) -> None:
    assert list(remove(includes_models=True)["removed"]) == ["pipeline/r/model/", "pipeline/r/checkpoints/"]
    assert fake_s3.keys("artifacts") == ["pipeline/r/data/x", "pipeline/r2/checkpoints/lap0-0/1.ubj"]


def test_removing_twice_changes_nothing_and_raises_nothing(remove: Any, fake_s3: Any) -> None:
    remove()
    before = fake_s3.keys("artifacts")
    assert remove() == {"removed": {"pipeline/r/checkpoints/": 0}}
    assert fake_s3.keys("artifacts") == before
