"""Cross-validation folds: nothing held out is seen in training, neither rows nor their labels."""

from __future__ import annotations

import json

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from contracts.failures import ConfigurationRejected, DataMissing
from tests.containers.training.in_process import main_here


def masks(minutes, number, count=3, by="time", window="expanding", features=None):
    from trainer.folds import Fold

    features = np.zeros((len(minutes), 1), np.float32) if features is None else features
    return Fold(number, count, by, window).masks(features, np.asarray(minutes))


MINUTES = np.random.default_rng(0).permutation(np.repeat(np.arange(1200), 3))


@pytest.mark.parametrize("window", ["expanding", "rolling"])
def test_by_time_all_that_is_held_out_comes_after_all_that_is_trained_on(window):
    held_out_rows = np.zeros(len(MINUTES), int)
    for number in range(3):
        is_trained, is_held_out = masks(MINUTES, number, window=window)
        assert MINUTES[is_trained].max() < MINUTES[is_held_out].min()
        held_out_rows += is_held_out
    assert held_out_rows.max() == 1, "a row is held out by two folds"


def test_an_expanding_window_trains_on_all_that_came_before():
    rows = [masks(MINUTES, number)[0].sum() for number in range(3)]
    assert rows == [900, 1800, 2700]


def test_a_rolling_window_trains_on_as_much_in_every_fold():
    for number in range(3):
        is_trained, is_held_out = masks(MINUTES, number, window="rolling")
        assert is_trained.sum() == 1800 and is_held_out.sum() == 600


def test_by_hash_every_row_is_held_out_once_and_equal_rows_together():
    features = np.random.default_rng(1).integers(0, 40, (2000, 2)).astype(np.float32)
    folds = [masks(MINUTES[:2000], number, by="hash", features=features)[1] for number in range(3)]
    assert (np.sum(folds, axis=0) == 1).all() and min(fold.sum() for fold in folds) > 500
    keys, fold = features @ [1000, 1], np.argmax(folds, axis=0)
    assert all(len(set(fold[keys == key])) == 1 for key in np.unique(keys))


def test_fewer_moments_than_blocks_are_refused_with_the_remedy():
    with pytest.raises(DataMissing, match=r"cut into 4 blocks.*fewer folds, or hash"):
        masks([5, 5, 5, 6, 6, 7], 0)


def test_a_fold_beyond_their_number_is_refused_by_name():
    from trainer.train import settings_of

    with pytest.raises(ConfigurationRejected, match=r"hyperparameters\.fold is 3.*below folds \(3\)"):
        settings_of({"folds": "3", "fold": "3"})


def test_a_target_rate_is_refitted_without_the_labels_that_are_held_out():
    from trainer.folds import without_seen_labels

    from contracts.encoding import Encoding

    rate = {
        "name": "r",
        "column": "c",
        "transform": "target_rate",
        "rates": {"x": 0.25, "y": 0.75},
        "prior": 0.5,
    }
    columns = [{"name": "c", "type": "categorical"}]
    head = {"dataset": "d", "contract_version": 1, "target": "late"}
    encoding = Encoding.from_dict(head | {"input_columns": columns, "features": [rate]})
    values = np.repeat(np.float32([0.25, 0.75, 0.5]), 1000)[:, None]
    labels, is_trained = np.tile(np.float32([0, 1]), 1500), np.tile([True, False], 1500)
    found = without_seen_labels(encoding, values, labels, is_trained)
    assert (found == 0).all(), "a label of 1 was seen: the training part has none"


CHOSEN = {
    "xgboost": {"num_boost_round": "5"},
    "torch": {"algorithm": "torch", "epochs": "1", "hidden_units": "8"},
}


@pytest.mark.parametrize("algorithm", CHOSEN)
def test_a_job_trains_on_its_fold_alone_and_reports_what_it_held_out(prepared, job, algorithm):
    pytest.importorskip(algorithm, reason=f"{algorithm} is not installed")
    table = pq.read_table(prepared.root / "processing/output/data/train")
    fold = {"folds": "3", "fold": "1", "fold_by": "time", "fold_window": "expanding"}
    code, said = main_here(job.fill(prepared, CHOSEN[algorithm] | fold))
    assert code == 0, said
    is_trained, is_held_out = masks(table["event_minute"].to_numpy(), 1)
    rows = {"train": is_trained.sum(), "validation": is_held_out.sum()}
    assert job.read("model/metadata.json")["rows"] == rows
    assert "validation:auc=" in said[-1]


def test_a_training_channel_without_event_times_has_no_folds(prepared, job):
    job.fill(prepared, {"num_boost_round": "2", "folds": "2"})
    for path in (job.root / "input/data/train").glob("*.parquet"):
        pq.write_table(pq.read_table(path).drop_columns("event_minute"), path)
    code, _ = main_here(job)
    failure = json.loads((job.root / "output/failure").read_text())
    assert code == 1 and failure["error"] == "ArtifactCorrupt"
    assert "event_minute" in failure["message"]


def test_event_times_are_whole_minutes_beside_the_label(prepared):
    schema = pq.read_schema(next((prepared.root / "processing/output/data/train").glob("*.parquet")))
    assert schema.names[-2:] == ["label", "event_minute"] and schema.field("event_minute").type == pa.int64()
