"""What a cold start pays for is what a handler imports, so the modules are held, not the time."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
HEAVY = {"numpy", "pandas", "scipy", "pydantic", "pyarrow", "aws_xray_sdk", "pulumi", "jsonata", "xgboost"}
READS_DATA = {"functions.data_preparation.validate_schema.handler": {"numpy", "pyarrow"}}
HANDLERS = sorted(
    ".".join(path.relative_to(ROOT).with_suffix("").parts)
    for path in (ROOT / "functions").glob("*/*/handler.py")
)


def imported_by(*modules: str) -> set[str]:
    program = f"import sys, json\nimport {', '.join(modules)}\nprint(json.dumps(sorted(sys.modules)))"
    environment = {**os.environ, "AWS_DEFAULT_REGION": "eu-west-1", "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-c", program]
    output = subprocess.run(command, check=True, capture_output=True, text=True, env=environment).stdout
    return {name.split(".")[0] for name in json.loads(output)}


def test_handlers_that_only_decide_import_nothing_heavy() -> None:
    control = [handler for handler in HANDLERS if handler not in READS_DATA]
    assert control
    assert not imported_by(*control) & HEAVY


@pytest.mark.parametrize("handler", READS_DATA)
def test_handlers_that_read_data_import_the_reader_and_no_more(handler: str) -> None:
    assert imported_by(handler) & HEAVY == READS_DATA[handler]
