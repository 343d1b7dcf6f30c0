from __future__ import annotations

import json
from typing import Any

import pytest

from contracts.artifacts import ManifestFile, set_sha256
from contracts.failures import ArtifactCorrupt, DataMissing, DataReplaced
from functions.data_preparation.judge_shift import handler
from functions.data_preparation.judge_shift.verdict import ShiftReport

AT = "pipeline/r/data/"
KEY = "incoming/flights/2013-01.parquet"
MOVED = {
    "feature": "distance",
    "measure": "ks",
    "statistic": 0.31,
    "interval": [0.31, 0.32],
    "p": 0.0,
    "p_adjusted": 0.0,
    "is_shifted": True,
    "is_certain": True,
    "moved": ["mean 1000 → 1400"],
}


def shift(*shifted: str, is_first_run: bool = False) -> dict[str, Any]:
    return {
        "is_first_run": is_first_run,
        "limits": {"significance": 0.01},
        "features": [{**MOVED, "feature": name} for name in shifted],
        "shifted": list(shifted),
        "not_compared": [],
    }


def manifest() -> dict[str, Any]:
    file = ManifestFile(path="train/part-0.parquet", rows=7, size_bytes=70, sha256="a" * 64)
    return {
        "dataset": "flights",
        "contract_version": 1,
        "files": [vars(file)],
        "rows": {"train": 7, "validation": 2, "test": 1},
        "rows_without_label": 3,
        "schema": {"distance": "float", "carrier": "float", "label": "int8"},
        "sha256": set_sha256([file]),
    }


@pytest.fixture
def judge(fake_s3: Any, environment: pytest.MonkeyPatch, plan_run: Any) -> Any:
    environment.setattr(handler, "client", lambda _: fake_s3)
    plan_run(KEY)

    def run(report: dict[str, Any], action: str = "flag") -> dict[str, Any]:
        environment.setenv("SHIFT_ACTION", action)
        statistics = {"null_ratio": 0.25, "features": {}}
        for name, value in {
            "manifest.json": manifest(),
            "statistics/shift.json": report,
            "statistics/statistics.json": statistics,
            "statistics/fine.parquet": "finer",
        }.items():
            fake_s3.put_object("artifacts", f"{AT}{name}", json.dumps(value).encode())
        return dict(handler.handle({"run": {"id": "r"}, "data": {"dataset": "flights"}}, None))

    return run


@pytest.mark.parametrize("action", ["flag", "halt"])
def test_a_shift_is_answered_as_the_setting_says(judge: Any, action: str) -> None:
    answer = judge(shift("distance"), action)
    assert answer["decision"] == action
    assert answer["shift"]["is_flagged"] is True
    assert answer["shift"]["features"][0]["moved"] == ["mean 1000 → 1400"]


def test_what_a_run_carries_of_a_shift_is_bounded_however_much_moved(judge: Any) -> None:
    names = [f"feature_{number}" for number in range(2_400)]
    report = shift(*names)
    report["features"][0]["moved"] = ["x" * 10_000]
    answer = judge(report)
    assert (answer["shift"]["count"], len(answer["shift"]["features"])) == (2_400, 20)
    assert len(json.dumps(answer)) < 32 * 1024, "a state of Step Functions holds 256 KiB in all"


def test_data_like_the_baseline_goes_on_without_a_flag(judge: Any) -> None:
    answer = judge(shift(), "halt")
    assert (answer["decision"], answer["shift"]["is_flagged"]) == ("none", False)


def test_the_first_run_leaves_its_statistics_as_the_baseline(judge: Any, fake_s3: Any) -> None:
    assert judge(shift(is_first_run=True))["shift"]["is_first_run"] is True
    baseline = json.loads(fake_s3.objects["artifacts", "baselines/flights/statistics.json"])
    assert baseline["null_ratio"] == 0.25
    assert ("artifacts", "baselines/flights/fine.parquet") in fake_s3.objects
    copied = [key.rpartition("/")[2] for call, key in fake_s3.calls if call == "copy"]
    assert copied[-1] == "statistics.json", "what makes it a baseline comes last"


def test_a_later_run_leaves_the_baseline_as_it_is(judge: Any, fake_s3: Any) -> None:
    judge(shift("distance"))
    assert "baselines/flights/statistics.json" not in fake_s3.keys("artifacts")


def test_the_dataset_is_described_by_uris_rows_features_and_hash(judge: Any) -> None:
    described = judge(shift())["dataset"]
    assert described["rows"] == {"train": 7, "validation": 2, "test": 1}
    assert described["features"] == 2
    assert described["sha256"] == manifest()["sha256"]
    assert described["train_uri"] == f"s3://artifacts/{AT}train/"
    assert described["test_inputs_uri"] == f"s3://artifacts/{AT}test/inputs/inputs.csv"


def test_the_alert_names_the_features_and_what_the_run_does(judge: Any) -> None:
    words = judge(shift("distance", "carrier"), "halt")["alert"]
    assert words["subject"] == "flights: 2 feature(s) shifted"
    assert "distance: ks 0.310 (mean 1000 → 1400)" in words["message"]
    assert "ends as DataShifted" in words["message"]


@pytest.mark.filterwarnings("ignore:No application metrics")
def test_a_job_that_wrote_no_manifest_is_named_as_missing_data(
    fake_s3: Any, environment: pytest.MonkeyPatch, plan_run: Any
) -> None:
    environment.setattr(handler, "client", lambda _: fake_s3)
    plan_run(KEY)
    with pytest.raises(DataMissing, match=r"pipeline/r/data/manifest.json is missing"):
        handler.handle({"run": {"id": "r"}, "data": {"dataset": "flights"}}, None)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"shifted": ["carrier"]}, "carrier is not among the features"),
        ({"features": 5}, r"shift\.features is 5: it must be a list"),
        ({"features": [{"feature": "distance"}]}, r"shift\.features\[0\]\.measure is missing"),
        ({"features": [{**MOVED, "statistic": "far"}]}, r"features\[0\]\.statistic is .far.: .*number"),
    ],
    ids=["contradiction", "no list", "half a feature", "no number"],
)
def test_a_report_that_makes_no_sense_is_refused_by_its_field(change: dict[str, Any], words: str) -> None:
    with pytest.raises(ArtifactCorrupt, match=words):
        ShiftReport.from_dict({**shift("distance"), **change})


def test_the_metrics_of_the_stage_are_published(judge: Any, capsys: Any) -> None:
    judge(shift("distance"))
    published = capsys.readouterr().out
    for metric in ('"RecordsProcessed":[13.0]', '"FeatureCount":[2.0]', '"NullRatio":[0.25]'):
        assert metric in published


@pytest.mark.filterwarnings("ignore:No application metrics")
def test_data_made_of_a_replaced_file_is_refused_and_becomes_no_baseline(judge: Any, fake_s3: Any) -> None:
    fake_s3.put_object("landing", KEY, b"another")
    with pytest.raises(DataReplaced, match=rf"{KEY} was written again at 2026.*start a new run"):
        judge(shift(is_first_run=True))
    assert not [key for key in fake_s3.keys("artifacts") if key.startswith("baselines/")]
