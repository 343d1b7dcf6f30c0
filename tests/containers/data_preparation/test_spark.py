"""Both engines prepare the same: a Spark cluster in this process against one machine, on real flights."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
needs_spark = pytest.mark.skipif(
    not (shutil.which("java") and find_spec("pyspark")),
    reason="Spark needs Java and pyspark: install requirements/spark.txt",
)
# A JVM of seconds: what it would compile for speed never pays.
SHARD_ROWS = 4_000  # so that either month is cut
SHORT_LIVED = "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC"
SCRIPT = """
import json, sys
from pathlib import Path
from contracts.failure_line import failure_line
from features import cutting
from features.paths import Paths
from features.prepare import prepare
from features.spark_engine import spark_engine
cutting.SHARD_ROWS = int(sys.argv.pop(1))
with spark_engine("local[2]", "127.0.0.1") as engine:
    for root in sys.argv[1:]:
        try:
            prepare(Paths(Path(root)), engine)
        except Exception as error:
            Path(root, "failure").write_text(failure_line(error))
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


@needs_spark
def test_spark_prepares_what_one_machine_prepares_and_fails_by_the_same_names(
    prepared, by_hash, tmp_path, monkeypatch
):
    from features import cutting

    monkeypatch.setattr(cutting, "SHARD_ROWS", SHARD_ROWS)
    spread, hashed, broken, one, one_hashed = (tmp_path / name for name in "abcde")
    for root in (spread, hashed, broken, one, one_hashed):
        shutil.copytree(prepared.root / "processing/input", root / "processing/input")
    (broken / "processing/input/landed/2013-04.parquet").write_bytes(b"PAR1")
    for root in (hashed, one_hashed):
        (root / "processing/input/contract/contract.json").write_text(json.dumps(by_hash))
    alone(one)
    alone(one_hashed)
    by_spark(spread, broken, hashed)
    assert outputs(spread) == outputs(one)
    assert outputs(hashed) == outputs(one_hashed) != outputs(one)
    assert json.loads((broken / "failure").read_text())["error"] == "DataRejected"


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
