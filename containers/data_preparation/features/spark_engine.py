"""The passes on a Spark cluster: every shard is a task that runs the very functions one machine runs, so
the features can't differ. Only counts, a sample and lists of files come back to the driver."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, TypeVar

from contracts.failures import Failure
from features.shard import Shard

Answer = TypeVar("Answer")


class SparkEngine:
    """Runs a pass over every shard in tasks of a SparkContext."""

    def __init__(self, context: Any) -> None:
        self._context = context

    def map(self, function: Callable[[Shard], Answer], shards: Sequence[Shard]) -> list[Answer]:
        """The answers in the order of the shards. Spark tries a task again that died; a failure that the
        function raised by name would only come again, so it ends the pass at once."""

        def attempt(shard: Shard) -> tuple[Answer | None, Failure | None]:
            try:
                return function(shard), None
            except Failure as failure:
                return None, failure

        ended = self._context.parallelize(list(shards), len(shards)).map(attempt).collect()
        for _, failure in ended:
            if failure is not None:
                raise failure
        return [answer for answer, _ in ended]


@contextmanager
def spark_engine(master: str, host: str) -> Iterator[SparkEngine]:
    """An engine over the cluster at `master`, whose driver listens on `host`; stopped when it is left."""
    from pyspark import SparkConf, SparkContext

    os.environ["PYSPARK_PYTHON"] = sys.executable  # the tasks' interpreter: the same image on every host
    settings = {
        "spark.app.name": "features",
        "spark.driver.host": host,
        "spark.driver.bindAddress": "0.0.0.0" if master.startswith("spark:") else host,  # noqa: S104
        "spark.ui.enabled": "false",
        "spark.python.worker.reuse": "true",
        "spark.task.maxFailures": "4",
    }
    context = SparkContext(master=master, conf=SparkConf().setAll(list(settings.items())))
    context.setLogLevel("ERROR")
    try:
        yield SparkEngine(context)
    finally:
        context.stop()
