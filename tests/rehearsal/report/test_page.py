"""The page: one file that asks nobody for anything, with every text escaped and broken promises shown."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from rehearsal.report.record import RunRecord


def page(record: RunRecord, folder: Path) -> str:
    from rehearsal.report.page import write_page  # and matplotlib, by the test process that runs this file

    return write_page(record, folder / "report.html").read_text()


def test_a_failed_run_says_how_it_ended_and_which_promise_broke(record: RunRecord, tmp_path: Path) -> None:
    html = page(record, tmp_path)
    assert "<h1>TrainingFailed</h1>" in html
    assert re.search(r'<li class="broken"><b>it ends</b>', html)


def test_texts_of_a_run_can_not_become_markup(record: RunRecord, tmp_path: Path) -> None:
    html = page(record, tmp_path)
    assert "<b>because</b>" not in html and "&lt;b&gt;because" in html
    assert "job-<1>" not in html and "job-&lt;1&gt;" in html


def test_calls_by_endpoint_and_calls_that_nothing_answered_are_shown(
    record: RunRecord, tmp_path: Path
) -> None:
    lost = {"principal": "arn:aws:iam::1:role/job", "service": "sqs", "reason": "no endpoint", "calls": 2}
    endpoints = [{"service": "s3", "calls": 7}, {"service": "sts", "calls": 0}]
    record.permissions = {"roles": [], "endpoints": endpoints, "unreachable": [lost]}
    html = page(record, tmp_path)
    assert "<strong>Nothing answered</strong> 2 calls of <code>job</code> to sqs: no endpoint." in html
    assert "by endpoint: s3 7, sts none." in html


def test_the_page_is_one_file_without_scripts_or_addresses(record: RunRecord, tmp_path: Path) -> None:
    html = page(record, tmp_path)
    assert "<script" not in html
    assert not re.findall(r'(?:src|href)="(?:https?:)?//', html)


def test_a_run_without_evaluation_has_graphs_and_no_plots(record: RunRecord, tmp_path: Path) -> None:
    html = page(record, tmp_path)
    assert html.count('<svg class="flow"') == 2, "one drawing a machine"
    assert "against the baseline" not in html


def test_a_model_of_any_dataset_is_shown_in_words_that_fit_it(record: RunRecord, tmp_path: Path) -> None:
    scores = {"accuracy": 0.8, "f1": 0.5}
    record.evaluation = {
        "rows": 1467,
        "base_rate": 0.288,
        "overall": {"candidate": scores, "baseline": None, "rule": scores},
        "segments": [{"column": "paid", "value": "Cash", "rows": 9, "candidate": scores}],
        "importance": [{"feature": "trip_start_timestamp_day_of_week", "share": 1.0}],
    }
    html = page(record, tmp_path)
    assert "1,467 held-out rows, 28.8 % of them positive." in html
    assert "trip_start_timestamp_day_of_week" in html


PARTIAL = {
    "status": "partial",
    "feature_group": "flights-v1",
    "records": 1000,
    "ingested": 993,
    "failed": 7,
    "refused": 0,
    "retried": 12,
    "seconds": 3.0,
    "reasons": {"ValidationError: <bad>": 7},
}


@pytest.mark.parametrize(
    ("ingestion", "text"),
    [
        (PARTIAL, "993 of 1,000 records"),
        (PARTIAL, "ValidationError: &lt;bad&gt;"),
        (PARTIAL, "More are missing than is tolerated"),
        ({**PARTIAL, "why": "2013-01.csv was replaced"}, "2013-01.csv was replaced"),
        ({"status": "failed", "why": "States.TaskFailed"}, "known to have arrived: States.TaskFailed"),
    ],
)
def test_the_page_says_what_reached_the_feature_store(
    record: RunRecord, tmp_path: Path, ingestion: dict[str, Any], text: str
) -> None:
    record.outcome["dataset"] = {"ingestion": ingestion}
    assert text in page(record, tmp_path)


def test_a_store_that_is_not_used_has_no_place_on_the_page(record: RunRecord, tmp_path: Path) -> None:
    record.outcome["dataset"] = {"ingestion": {"status": "unused"}}
    assert "Feature Store" not in page(record, tmp_path)


def test_the_page_says_what_changed_in_the_contract(record: RunRecord, tmp_path: Path) -> None:
    changed = {"since": "run-0", "fields": ["columns[carrier].max_cardinality: 50 → 60"]}
    record.outcome["dataset"] = {"contract": {"version": 2, "sha256": "0" * 64, "changed": changed}}
    assert "changed since <code>run-0</code>: columns[carrier].max_cardinality: 50 → 60" in page(
        record, tmp_path
    )


EVALUATION = {
    "rows": 1000,
    "base_rate": 0.2,
    "overall": {"candidate": {"auc": 0.7}, "baseline": None, "rule": {"auc": 0.6}},
    "segments": [],
}
VERDICT = {"decision": "approve", "reasons": ["auc 0.7 reaches its <floor>"]}


@pytest.mark.parametrize("told", [None, {}, {"model_name": "scoring-1"}])
def test_a_model_that_was_scored_and_not_judged_has_a_page_without_a_verdict(
    record: RunRecord, tmp_path: Path, told: dict[str, Any] | None
) -> None:
    record.evaluation, record.outcome["evaluation"] = EVALUATION, told
    html = page(record, tmp_path)
    assert "1,000 held-out rows, 20.0 % of them positive." in html and "Verdict" not in html


def test_the_verdict_on_a_model_is_shown_with_its_reasons(record: RunRecord, tmp_path: Path) -> None:
    record.evaluation, record.outcome["evaluation"] = EVALUATION, {"verdict": VERDICT}
    assert "Verdict: <b>approve</b>. auc 0.7 reaches its &lt;floor&gt;" in page(record, tmp_path)


def test_landed_files_are_listed_with_what_is_wrong_with_each(record: RunRecord, tmp_path: Path) -> None:
    month = {"column": "month", "rule": "max", "seen": "13", "allowed": "at most 12"}
    cut = {"column": "", "rule": "readable", "seen": "<cut> off", "allowed": "a complete Parquet file"}
    record.validation = [
        {"file": "2013-01.parquet", "rows": 27004, "violations": [month]},
        {"file": "2013-02.parquet", "rows": -1, "violations": [cut]},
        {"file": "2013-03.csv", "rows": 28834, "violations": []},
    ]
    html = " ".join(page(record, tmp_path).split())
    for said in (
        '2013-01.parquet</code></td><td class="n">27,004</td> <td><div><b>month</b>: max, seen 13, allowed',
        '2013-02.parquet</code></td><td class="n">–</td> <td><div><b>file</b>: readable, seen &lt;cut&gt;',
        '2013-03.csv</code></td><td class="n">28,834</td> <td>none</td>',
    ):
        assert said in html


CANDIDATE = {
    "id": "lap0-1",
    "metrics": {"validation:auc": 0.7123},
    "hyperparameters": {"max_depth": "4"},
    "attempts": 2,
    "instance_type": "ml.m5.xlarge",
    "is_spot": False,
    "recoveries": ["on_demand"],
}
COMPARISON = {
    "metric": "validation:auc",
    "folds": 3,
    "explanation": "lap0-1 has the best validation:auc: 0.7 ± 0.01 over 3 folds",
    "standings": [
        {"id": "lap0-1", "mean": 0.7, "deviation": 0.01, "billable_seconds": 30},
        {"id": "lap0-0", "billable_seconds": 20, "missing": "lap0-0-fold1: OutOfMemory"},
    ],
}
EFFORT = {
    "attempts": 9,
    "spot_windows": 8,
    "interruptions": 0,
    "training_seconds": 90,
    "billable_seconds": 50,
    "lost_seconds": 10,
    "cost_usd": 0.5,
}


def test_the_last_fit_is_shown_beside_the_folds_that_chose_it(record: RunRecord, tmp_path: Path) -> None:
    record.outcome |= {"candidate": CANDIDATE, "comparison": COMPARISON, "effort": EFFORT}
    html = page(record, tmp_path)
    for said in (
        "0.7 ± 0.01 over 3 folds",
        "last fit, on all rows",
        "validation:auc 0.7123",
        "lap0-0-fold1: OutOfMemory",
        "the last on ml.m5.xlarge; on demand",
        "9 training jobs, 8 on spot; 90 s trained, 10 s lost; 50 s billed",
    ):
        assert said in html


def test_a_single_candidate_is_shown_without_a_table_of_one(record: RunRecord, tmp_path: Path) -> None:
    alone = {**COMPARISON, "folds": 0, "standings": COMPARISON["standings"][:1]}
    record.outcome |= {"candidate": CANDIDATE, "comparison": alone}
    html = page(record, tmp_path)
    assert "<th>candidate</th>" in html and "goes on" not in html


def test_the_record_is_plain_data_that_json_can_hold(record: RunRecord) -> None:
    plain = json.loads(json.dumps(record.to_dict()))
    assert plain["jobs"][0]["is_spot"] is True
    assert plain["findings"][0]["holds"] is False


def test_a_failure_record_is_shown_with_the_last_lines_of_the_job(record: RunRecord, tmp_path: Path) -> None:
    job = {"kind": "training", "name": "job-1", "status": "Failed", "reason": "no <memory>"}
    record.failure = {
        "error": "OutOfMemory",
        "root": "Resource",
        "stage": "training",
        "why": "a step found no memory",
        "next_step": "a larger one",
        "failed_jobs": 2,
        "job": {**job, "instance_type": "ml.g5.xlarge", "is_spot": True},
        "log": {
            "group": "/aws/sagemaker/TrainingJobs",
            "stream": "job-1/algo-1-1767225600",
            "lines": ["epoch=3", "<end>"],
        },
    }
    html = page(record, tmp_path)
    assert "What failed" in html and "<b>OutOfMemory</b> (Resource)" in html
    assert "no &lt;memory&gt;" in html and "epoch=3\n&lt;end&gt;" in html
    assert "2 jobs of the stage failed" in html


def test_a_run_that_did_not_fail_has_no_failure_on_its_page(record: RunRecord, tmp_path: Path) -> None:
    assert "What failed" not in page(record, tmp_path)
