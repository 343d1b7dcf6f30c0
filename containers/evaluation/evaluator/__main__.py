"""Entry point: evaluates, or writes the failure where SageMaker shows it and exits with 1."""

from __future__ import annotations

import json
import sys
import traceback

from contracts.failure_line import failure_line
from evaluator.evaluate import evaluate
from evaluator.paths import Paths


def main() -> int:
    """The exit code of the job."""
    paths = Paths.from_environment()
    try:
        report = evaluate(paths)
    except Exception as error:
        traceback.print_exc()
        paths.message.parent.mkdir(parents=True, exist_ok=True)
        paths.message.write_text(failure_line(error), encoding="utf-8")
        return 1
    print(json.dumps({"rows": report["rows"], "overall": report["overall"]}))  # noqa: T201
    return 0


if __name__ == "__main__":
    sys.exit(main())
