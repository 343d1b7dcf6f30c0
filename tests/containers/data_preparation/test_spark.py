"""Both engines prepare the same: a Spark cluster in this process against one machine, on real flights. A file
that is replaced under the cluster is what the run ends by."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from types import SimpleNamespace

import pytest

from contracts.artifacts import RunKeys, incoming_key
from contracts.landed import document_of, listed
from functions.data_preparation.explain_job import handler as explain_job
from tests.functions.conftest import FakeS3

ROOT = Path(__file__).resolve().parents[3]
needs_spark = pytest.mark.skipif(
    not (shutil.which("java") and find_spec("pyspark")),
    reason="Spark needs Java and pyspark: install requirements/spark.txt",
)
SHARD_ROWS = 4_000  # so that either month is cut
# A JVM of seconds: what it would compile for speed never pays.
SHORT_LIVED = "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC"
LANDED, LATER = "processing/input/landed", "later"
SCRIPT = f"""
import sys
from pathlib import Path
from contracts.failure_line import failure_line
from features import cutting
from features.paths import Paths
from features.prepare import prepare
from features.spark_engine import spark_engine
cutting.SHARD_ROWS = int(sys.argv.pop(1))
class Replacing:
    # The files of a pass after the first are those that a host of the cluster has downloaded later.
    def __init__(self, engine, root):
        self.engine, self.root = engine, root
    def map(self, function, shards):
        answers = self.engine.map(function, shards)
        for file in (self.root / "{LATER}").glob("*"):
            file.replace(self.root / "{LANDED}" / file.name)
        return answers
with spark_engine("local[2]", "127.0.0.1") as engine:
    for root in map(Path, sys.argv[1:]):
        try:
            prepare(Paths(root), Replacing(engine, root))
        except Exception as error:
            (root / "failure").write_text(failure_line(error))
"""

DOCUMENTS = ("data/manifest.json", "statistics/statistics.json", "data/encoding/encoding.json")


def by_spark(*roots: Path) -> None:
    paths = f"{ROOT / 'containers/data_preparation'}{os.pathsep}{ROOT}"
    surroundings = {**os.environ, "PYTHONPATH": paths, "JAVA_TOOL_OPTIONS": SHORT_LIVED}
    command = [sys.executable, "-c", SCRIPT, str(SHARD_ROWS), *map(str, roots)]
    subprocess.run(command, env=surroundings, check=True, capture_output=True)


def alone(root: Path) -> None:
    from features.engine import OneMachine
    from features.paths import Paths
    from features.prepare import prepare

    prepare(Paths(root), OneMachine())


def outputs(root: Path) -> list[str]:
    return [(root / "processing/output" / document).read_text() for document in DOCUMENTS]


@pytest.fixture(scope="module")
def by_cluster(prepared, by_hash, tmp_path_factory):
    """One cluster over the folders of several jobs: as they landed, split by hash, broken, replaced."""
    roots = {name: tmp_path_factory.mktemp(name) for name in ("same", "hashed", "broken", "replaced")}
    for root in roots.values():
        shutil.copytree(prepared.root / "processing/input", root / "processing/input")
    (roots["hashed"] / "processing/input/contract/contract.json").write_text(json.dumps(by_hash))
    (roots["broken"] / LANDED / "2013-04.parquet").write_bytes(b"PAR1")
    (roots["replaced"] / LATER).mkdir()
    whole = (roots["replaced"] / LANDED / "2013-04.parquet").read_bytes()
    (roots["replaced"] / LATER / "2013-04.parquet").write_bytes(whole[: len(whole) // 2])
    by_spark(*roots.values())
    return roots


@needs_spark
def test_spark_prepares_what_one_machine_prepares(by_cluster, tmp_path, monkeypatch):
    from features import cutting

    monkeypatch.setattr(cutting, "SHARD_ROWS", SHARD_ROWS)
    for name in ("same", "hashed"):
        shutil.copytree(by_cluster[name] / "processing/input", tmp_path / name / "processing/input")
        alone(tmp_path / name)
    assert outputs(by_cluster["same"]) == outputs(tmp_path / "same")
    assert outputs(by_cluster["hashed"]) == outputs(tmp_path / "hashed") != outputs(tmp_path / "same")


@needs_spark
def test_spark_fails_by_the_names_that_one_machine_fails_by(by_cluster):
    assert json.loads((by_cluster["broken"] / "failure").read_text())["error"] == "DataRejected"


@needs_spark
def test_a_file_replaced_under_the_cluster_is_what_the_run_ends_by(by_cluster, monkeypatch):
    written = (by_cluster["replaced"] / "failure").read_text()
    assert json.loads(written)["error"] == "DataRejected", "all that the job itself can know"
    s3, key = FakeS3(), incoming_key("flights", "2013-04", "parquet")
    s3.put_object("landing", key, b"as it was judged")
    plan = document_of(listed(s3, "landing", "incoming/flights/"))
    s3.put_object("artifacts", RunKeys("r").landed, json.dumps(plan).encode())
    s3.put_object("landing", key, b"cut off")
    monkeypatch.setattr(explain_job, "client", lambda _: s3)
    monkeypatch.setenv("ARTIFACTS_BUCKET", "artifacts")
    failure = {"Error": "States.TaskFailed", "Cause": json.dumps({"ExitMessage": written})}
    explained = explain_job.handle({"run": {"id": "r"}, "failure": failure}, None)["failure"]
    assert explained["Error"] == "DataReplaced" and f"{key} was written again" in explained["Cause"]
    assert "DataRejected: 2013-04.parquet" in explained["Cause"]


def test_the_hosts_of_a_job_name_the_first_as_the_master(tmp_path):
    from features.hosts import Hosts

    path = tmp_path / "resourceconfig.json"
    path.write_text(json.dumps({"current_host": "algo-2", "hosts": ["algo-2", "algo-1"]}))
    hosts = Hosts.read(path)
    assert (hosts.is_first, hosts.master) == (False, "spark://algo-1:7077")
    assert Hosts.read(tmp_path / "absent.json").master == "local[*]"


def test_hosts_that_are_not_listed_are_refused_by_name(tmp_path):
    from features.hosts import Hosts

    from contracts.failures import ConfigurationRejected

    path = tmp_path / "resourceconfig.json"
    path.write_text("{}")
    with pytest.raises(ConfigurationRejected, match="resourceconfig"):
        Hosts.read(path)


def test_a_worker_stays_as_long_as_its_master_answers_now_and_then(monkeypatch):
    from features import spark_cluster
    from features.hosts import Hosts

    ended, missed = [], [False] * (spark_cluster.MISSED_POLLS - 1)
    answers = iter([True, *missed, True, *missed, True, *missed, False])
    worker = SimpleNamespace(poll=lambda: None, terminate=lambda: ended.append(next(answers, "asked")))
    worker.wait = lambda: ended.append("waited")
    monkeypatch.setattr(spark_cluster, "_listens", lambda _: next(answers))
    monkeypatch.setattr(spark_cluster, "_spark_class", lambda *_: worker)
    monkeypatch.setattr(spark_cluster, "time", SimpleNamespace(sleep=lambda _: None, monotonic=lambda: 0.0))
    spark_cluster.work(Hosts("algo-2", ("algo-1", "algo-2")))
    assert ended == ["asked", "waited"], "after ten polls in a row that were missed, and not before"
