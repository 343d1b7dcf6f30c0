"""Checkpoints: whole or not at all, two kept, and nobody resumes from another job's."""

from __future__ import annotations

import random
import subprocess
import sys

import numpy as np
import pytest

from contracts.failures import ArtifactCorrupt


@pytest.fixture
def booster():
    import xgboost

    rng = np.random.default_rng(0)
    data = xgboost.DMatrix(rng.random((50, 2)), rng.integers(0, 2, 50))
    return xgboost.train({"max_depth": 2}, data, num_boost_round=1)


def checkpoints(folder, **identity):
    from trainer.checkpoints import fingerprint
    from trainer.trees.checkpoints import Checkpoints

    return Checkpoints(folder, fingerprint(identity))


def save(store, booster, rounds):
    from trainer.trees.checkpoints import Checkpoint

    return store.save(Checkpoint(booster, rounds, [{"validation:logloss": 0.1 + 0.2}] * rounds))


def test_the_newest_checkpoint_comes_back_as_it_was_saved(tmp_path, booster):
    store = checkpoints(tmp_path, seed=1)
    save(store, booster, 1)
    save(store, booster, 2)
    latest = store.latest()
    assert latest.rounds == 2 and latest.history == [{"validation:logloss": 0.1 + 0.2}] * 2
    assert latest.booster.save_raw("ubj") == booster.save_raw("ubj")


def test_only_the_two_newest_checkpoints_are_kept(tmp_path, booster):
    store = checkpoints(tmp_path)
    for rounds in range(1, 5):
        save(store, booster, rounds)
    assert sorted(path.name[:17] for path in tmp_path.iterdir()) == ["checkpoint-000003", "checkpoint-000004"]


def test_a_damaged_newest_checkpoint_gives_way_to_the_one_before(tmp_path, booster):
    store = checkpoints(tmp_path)
    save(store, booster, 1)
    path = save(store, booster, 2)
    path.write_bytes(path.read_bytes()[:-7])
    assert store.latest().rounds == 1


def test_an_unfinished_file_of_a_killed_job_is_ignored_and_removed(tmp_path, booster):
    store = checkpoints(tmp_path)
    unfinished = tmp_path / ".checkpoint-000009-0123456789abcdef.ubj"
    unfinished.write_bytes(b"half")
    assert store.latest() is None
    save(store, booster, 1)
    assert not unfinished.exists()


def test_only_damaged_checkpoints_are_refused_rather_than_started_over(tmp_path):
    (tmp_path / "checkpoint-000003-0123456789abcdef.ubj").write_bytes(b"noise")
    with pytest.raises(ArtifactCorrupt, match="start over"):
        checkpoints(tmp_path).latest()


def test_a_checkpoint_of_another_configuration_is_refused(tmp_path, booster):
    save(checkpoints(tmp_path, seed=1), booster, 1)
    with pytest.raises(ArtifactCorrupt, match="other data, features or hyperparameters"):
        checkpoints(tmp_path, seed=2).latest()


WRITER = """
import itertools, sys
from pathlib import Path
from trainer.checkpoints import CheckpointFiles
for number in itertools.count():
    CheckpointFiles(Path(sys.argv[1]), "pt").write(number, number.to_bytes(4, "big") * 50_000)
    print(number, flush=True)
"""


@pytest.mark.parametrize("seed", range(4))
def test_a_writer_killed_at_a_random_moment_leaves_the_newest_whole(tmp_path, seed):
    from trainer.checkpoints import CheckpointFiles

    command = [sys.executable, "-c", WRITER, str(tmp_path)]
    writer = subprocess.Popen(command, stdout=subprocess.PIPE, env={"PYTHONPATH": ":".join(sys.path)})
    assert int(writer.stdout.readline()) == 0
    with pytest.raises(subprocess.TimeoutExpired):
        writer.wait(random.Random(seed).random() / 10)  # noqa: S311
    writer.kill()
    said = [int(line) for line in writer.communicate()[0].split()] or [0]
    _, content = CheckpointFiles(tmp_path, "pt").newest()
    number = int.from_bytes(content[:4], "big")
    assert number >= said[-1] and content == number.to_bytes(4, "big") * 50_000


def test_a_checkpoint_of_another_algorithm_is_refused_by_name(tmp_path, booster):
    from trainer.checkpoints import CheckpointFiles

    save(checkpoints(tmp_path), booster, 1)
    with pytest.raises(ArtifactCorrupt, match="written by another algorithm"):
        CheckpointFiles(tmp_path, "pt").newest()


def test_the_newest_is_found_by_number_beyond_six_digits(tmp_path):
    from trainer.checkpoints import CheckpointFiles

    files = CheckpointFiles(tmp_path, "pt")
    for number in (999_999, 1_000_000):
        files.write(number, str(number).encode())
    assert files.newest()[1] == b"1000000"
