"""The evaluation container over a real training run: the report, and inputs that do not belong together."""

from __future__ import annotations

import json
import shutil
import tarfile

import numpy as np
import pyarrow.parquet as pq
import pytest

from contracts.evaluation import Report

LABELS = "processing/output/data/test/labels/labels.parquet"
REPORT = "processing/output/report/report.json"


@pytest.fixture(scope="session")
def scores(trained, prepared):
    """The trained model's probabilities for the hold-out, as batch transform gets them."""
    from inference.formats import CSV, read_rows
    from inference.model import Model

    model = Model.read(trained.root / "model")
    rows = read_rows(
        CSV, (prepared.root / "processing/output/data/test/inputs/inputs.csv").read_bytes(), model
    )
    return np.array([round(prediction.probability, 7) for prediction in model.predict(rows)])


def evaluation(job, prepared, contract_file, monkeypatch, **scorers):
    """Runs the entry point in this process over the prepared hold-out; answers its exit code."""
    from evaluator.__main__ import main

    job.put(contract_file, "processing/input/contract/contract.json")
    job.put(prepared.root / LABELS, "processing/input/labels/labels.parquet")
    for name, values in scorers.items():
        place = job.root / f"processing/input/{name}/inputs.csv.out"
        place.parent.mkdir(parents=True)
        place.write_text("".join(f"{value}\n" for value in values))
    monkeypatch.setenv("OPT_ML", str(job.root))
    return main()


def pack(folder, archive):
    """The archive that SageMaker makes of a model folder."""
    archive.parent.mkdir(parents=True)
    with tarfile.open(archive, "w:gz") as file:
        file.add(folder, arcname=".")


def test_a_damaged_model_archive_is_refused_by_name(
    job, prepared, contract_file, scores, trained, monkeypatch
):
    archive = job.root / "processing/input/model/model.tar.gz"
    pack(trained.root / "model", archive)
    archive.write_bytes(archive.read_bytes()[:200])
    assert evaluation(job, prepared, contract_file, monkeypatch, candidate=scores) == 1
    assert "input model" in (job.root / "output/message").read_text()


def test_the_container_reports_what_scikit_learn_measures(job, prepared, contract_file, scores, trained):
    from sklearn.metrics import f1_score, log_loss, roc_auc_score

    job.put(contract_file, "processing/input/contract/contract.json")
    job.put(prepared.root / LABELS, "processing/input/labels/labels.parquet")
    pack(trained.root / "model", job.root / "processing/input/model/model.tar.gz")
    job.write("processing/input/candidate/ignored.json", {})
    np.savetxt(job.root / "processing/input/candidate/inputs.csv.out", scores, fmt="%.7f")
    ended = job.run("evaluator")
    assert ended.returncode == 0, ended.stderr
    report, labels = job.read(REPORT), pq.read_table(prepared.root / LABELS)["label"].to_numpy()
    overall = report["overall"]["candidate"]
    assert overall["auc"] == pytest.approx(roc_auc_score(labels, scores), abs=overall["auc_error"])
    assert overall["log_loss"] == pytest.approx(log_loss(labels, scores))
    assert overall["f1"] == pytest.approx(f1_score(labels, scores >= report["threshold"]["candidate"]))
    assert report["importance"] == trained.read("model/metadata.json")["importance"]


def test_the_model_of_real_flights_beats_the_best_one_feature_rule(
    job, prepared, contract_file, scores, monkeypatch
):
    assert evaluation(job, prepared, contract_file, monkeypatch, candidate=scores) == 0
    report = job.read(REPORT)
    assert report["overall"]["candidate"]["auc"] > report["overall"]["rule"]["auc"] + 0.01
    assert report["rule_feature"] == "departure_hour"
    assert report["overall"]["candidate"]["average_precision"] > 1.2 * report["base_rate"]


def test_a_baseline_gives_differences_overall_and_per_segment(
    job, prepared, contract_file, scores, monkeypatch
):
    worse = np.clip(scores + np.random.default_rng(2).normal(0, 0.2, len(scores)), 0, 1)
    assert evaluation(job, prepared, contract_file, monkeypatch, candidate=scores, baseline=worse) == 0
    report = Report.from_dict(job.read(REPORT))
    assert report.differences["auc"].is_above
    labels = {segment.label for segment in report.segments}
    assert {"origin=EWR", "origin=JFK", "origin=LGA", "carrier=UA"} <= labels
    largest = max(report.segments, key=lambda segment: segment.rows)
    assert largest.difference is not None and largest.difference.low <= largest.difference.value


def test_equal_shares_of_alarms_are_compared_for_every_scorer(
    job, prepared, contract_file, scores, monkeypatch
):
    sharper = scores**2
    assert evaluation(job, prepared, contract_file, monkeypatch, candidate=scores, baseline=sharper) == 0
    differences = job.read(REPORT)["differences"]
    assert differences["f1"] == {"value": 0.0, "low": 0.0, "high": 0.0}
    assert differences["log_loss"]["value"] != 0


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (lambda scores: scores[:-1], "labels"),
        (lambda scores: [*scores[:-1], 1.5], "from 0 to 1"),
        (lambda scores: [*scores[:-1], "nan"], "from 0 to 1"),
        (lambda scores: [*scores[:-1], "late"], "one number a line"),
    ],
)
def test_scores_that_do_not_fit_the_labels_are_refused(
    job, prepared, contract_file, scores, monkeypatch, spoil, words
):
    assert evaluation(job, prepared, contract_file, monkeypatch, candidate=spoil(list(scores))) == 1
    failure = json.loads((job.root / "output/message").read_text())
    assert failure["error"] == "ArtifactCorrupt" and words in failure["message"]


def test_two_files_of_scores_are_refused_instead_of_guessing(job, prepared, contract_file, monkeypatch):
    extra = job.root / "processing/input/candidate/more"
    extra.mkdir(parents=True)
    shutil.copy(prepared.root / LABELS, extra / "other.out")
    (job.root / "processing/input/candidate/inputs.csv.out").write_text("0.5\n")
    assert evaluation(job, prepared, contract_file, monkeypatch) == 1
    assert job.read("output/message")["error"] == "DataMissing"
