"""The validating job as a process: one report a landed file, and violations are no failure of the job."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from contracts.file_report import FileReport
from rehearsal.landing import write_month

ROOT = Path(__file__).resolve().parents[3]
LANDED, CONTRACT = "processing/input/landed", "processing/input/contract"


@pytest.fixture(scope="module")
def job(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, subprocess.CompletedProcess[str]]:
    root = tmp_path_factory.mktemp("opt_ml")
    for folder in (LANDED, CONTRACT):
        (root / folder).mkdir(parents=True)
    (root / CONTRACT / "contract.json").write_text((ROOT / "datasets/flights/contract.json").read_text())
    write_month("2013-01", root / LANDED)
    month = pq.read_table(root / LANDED / "2013-01.parquet").slice(0, 500)
    (root / LANDED / "2013-02").mkdir()
    pq.write_table(month.drop_columns(["dest"]), root / LANDED / "2013-02/part-0.parquet")
    search = f"{ROOT / 'containers/data_preparation'}{os.pathsep}{ROOT}"
    environment = {**os.environ, "OPT_ML": str(root), "PYTHONPATH": search}
    command = [sys.executable, "-m", "features", "validate"]
    return root, subprocess.run(command, capture_output=True, text=True, env=environment, check=False)


def test_violations_are_reported_and_the_job_completes(job):
    _, done = job
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == {"violations": {"2013-01.parquet": 0, "2013-02/part-0.parquet": 1}}


def test_each_report_is_about_the_landing_key_and_rests_on_all_values(job):
    root, _ = job
    place = root / "processing/output/reports"
    reports = [
        FileReport.from_dict(json.loads(path.read_text())) for path in sorted(place.rglob("*.report.json"))
    ]
    assert [report.file for report in reports] == [
        "incoming/flights/2013-01.parquet",
        "incoming/flights/2013-02/part-0.parquet",
    ]
    assert (place / "2013-02/part-0.parquet.report.json").exists()
    assert [report.proven_from for report in reports] == ["data", "data"]
    assert [one.column for one in reports[1].violations] == ["dest"]
