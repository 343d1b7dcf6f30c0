"""Entry point: prepares the data of the job, or validates or ingests it when told so; writes a failure where
SageMaker shows it and exits with 1."""

from __future__ import annotations

import os
import sys
import traceback
from collections.abc import Callable, Sequence

from contracts.failure_line import failure_line
from contracts.failures import ConfigurationRejected
from features.engine import OneMachine
from features.hosts import Hosts
from features.ingest import ingest
from features.paths import Paths
from features.prepare import prepare
from features.validate import validate_landed


def main() -> int:
    """The exit code of the job."""
    paths = Paths.from_environment()
    try:
        summary = task_of(sys.argv[1:])(paths)
    except Exception as error:
        traceback.print_exc()
        line = failure_line(error)
        paths.message.parent.mkdir(parents=True, exist_ok=True)
        paths.message.write_text(line, encoding="utf-8")
        return 1
    print(summary)  # noqa: T201
    return 0


def task_of(arguments: Sequence[str]) -> Callable[[Paths], str]:
    """What the job is told to do; without a word it prepares, another word is ConfigurationRejected."""
    word = " ".join(arguments) or "prepare"
    if word not in TASKS:
        rule = f"the container does one of {', '.join(sorted(TASKS))}"
        raise ConfigurationRejected.about("ContainerArguments", list(arguments), rule)
    return TASKS[word]


def prepare_anywhere(paths: Paths) -> str:
    """Prepares on this machine, or on the job's cluster where the plan chose Spark (FEATURES_ENGINE)."""
    if os.environ.get("FEATURES_ENGINE") != "spark":
        return prepare(paths, OneMachine())
    from features.spark_cluster import cluster_engine, work

    hosts = Hosts.read(paths.resource_config)
    if not hosts.is_first:
        work(hosts)
        return f"{hosts.current} worked for {hosts.first}"
    with cluster_engine(hosts) as engine:
        return prepare(paths, engine)


TASKS = {"prepare": prepare_anywhere, "validate": validate_landed, "ingest": ingest}

if __name__ == "__main__":
    sys.exit(main())
