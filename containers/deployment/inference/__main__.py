"""Entry point: loads the model and serves it on port 8080, or on the one SageMaker asks for."""

from __future__ import annotations

import os
import sys

import uvicorn

from contracts.container import Layout
from contracts.failure_line import failure_line
from contracts.failures import Failure
from inference.application import application
from inference.model import Model


def main() -> int:
    """The exit code: 1 with a failure line when there is no usable model; otherwise it serves until it is
    stopped."""
    try:
        model = Model.read(Layout.from_environment().model)
    except Failure as error:
        print(failure_line(error), file=sys.stderr)  # noqa: T201  (the endpoint's log is standard output)
        return 1
    port = int(os.environ.get("SAGEMAKER_BIND_TO_PORT", "8080"))
    # SageMaker connects to the container from outside it.
    uvicorn.run(application(model), host="0.0.0.0", port=port, log_level="warning")  # noqa: S104
    return 0


if __name__ == "__main__":
    sys.exit(main())
