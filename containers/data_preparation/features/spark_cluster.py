"""A Spark cluster of the hosts of one processing job: the first runs the master, a worker and the driver, the
others a worker each until the master is gone."""

from __future__ import annotations

import os
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from contracts.failures import CapacityUnavailable
from features.hosts import MASTER_PORT, Hosts
from features.spark_engine import SparkEngine, spark_engine

START_SECONDS = 300.0
POLL_SECONDS = 1.0
MISSED_POLLS = 10  # in a row, before a worker takes the master for gone


@contextmanager
def cluster_engine(hosts: Hosts) -> Iterator[SparkEngine]:
    """The engine over all hosts, on the first of them; master and worker end with it."""
    if len(hosts.everyone) == 1:
        with spark_engine(hosts.master, hosts.current) as engine:
            yield engine
        return
    started = [_spark_class("master.Master", "--host", hosts.first, "--port", str(MASTER_PORT))]
    try:
        _wait_for(hosts.first)
        started.append(_spark_class("worker.Worker", "--host", hosts.current, hosts.master))
        with spark_engine(hosts.master, hosts.current) as engine:
            yield engine
    finally:
        for process in reversed(started):
            process.terminate()
            process.wait()


def work(hosts: Hosts) -> None:
    """Runs a worker on one of the other hosts until the master is gone."""
    _wait_for(hosts.first)
    worker = _spark_class("worker.Worker", "--host", hosts.current, hosts.master)
    missed = 0
    while missed < MISSED_POLLS and worker.poll() is None:
        time.sleep(POLL_SECONDS)
        missed = 0 if _listens(hosts.first) else missed + 1
    worker.terminate()
    worker.wait()


def _wait_for(host: str) -> None:
    deadline = time.monotonic() + START_SECONDS
    while not _listens(host):
        if time.monotonic() > deadline:
            raise CapacityUnavailable.about("master", host, f"it did not start in {START_SECONDS:g} seconds")
        time.sleep(POLL_SECONDS)


def _listens(host: str) -> bool:
    try:
        socket.create_connection((host, MASTER_PORT), timeout=5).close()
    except OSError:
        return False
    return True


def _spark_class(name: str, *arguments: str) -> subprocess.Popen[bytes]:
    import pyspark

    home = Path(pyspark.__file__).parent
    command = [str(home / "bin/spark-class"), f"org.apache.spark.deploy.{name}", *arguments]
    return subprocess.Popen(command, env={**os.environ, "SPARK_HOME": str(home)})
