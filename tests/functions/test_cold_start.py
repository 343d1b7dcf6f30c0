"""What a cold start pays for is what a handler imports, so the modules are held, not the time."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
HEAVY = {"numpy", "pandas", "scipy", "pydantic", "pyarrow", "aws_xray_sdk", "pulumi", "jsonata", "xgboost"}
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


def test_no_handler_imports_anything_heavy_to_start() -> None:
    assert HANDLERS
    assert not imported_by(*HANDLERS) & HEAVY


def test_a_parquet_file_is_judged_without_importing_any_library_for_data() -> None:
    assert not imported_by("functions.data_preparation.validate_schema.validation") & {*HEAVY, "boto3"}
