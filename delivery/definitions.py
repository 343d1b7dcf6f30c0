"""Run the npm package asl-validator over rendered definitions: a second opinion beside our own lint."""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
from pathlib import Path

from delivery import ROOT

LOCKED = Path(__file__).parent / "asl-validator"
INSTALLED = ROOT / "build" / "asl-validator"


def validate(folder: Path) -> None:
    """Check every `*.asl.json` below `folder`; the validator's own words and exit code on a finding."""
    definitions = sorted(folder.rglob("*.asl.json"))
    if not definitions:
        raise SystemExit(
            f"No definitions below {folder}: render them with `python -m rehearsal definitions`."
        )
    _install()
    paths = [word for path in definitions for word in ("--json-path", str(path))]
    command = [_node(), str(INSTALLED / "node_modules/asl-validator/dist/bin/asl-validator.js"), *paths]
    outcome = subprocess.run(command, check=False, capture_output=True, text=True)
    if outcome.returncode:
        raise SystemExit(f"{outcome.stdout}{outcome.stderr}")
    print(f"{len(definitions)} definitions pass asl-validator")


def _node() -> str:
    return str(Path(sys.executable).parent / "node")


def _install() -> None:
    lock = LOCKED / "package-lock.json"
    installed = INSTALLED / "package-lock.json"
    if (INSTALLED / "node_modules").exists() and installed.read_bytes() == lock.read_bytes():
        return
    INSTALLED.mkdir(parents=True, exist_ok=True)
    for name in ("package.json", "package-lock.json"):
        shutil.copyfile(LOCKED / name, INSTALLED / name)
    scripts = Path(sys.executable).parent
    environment = {**os.environ, "PATH": f"{scripts}{os.pathsep}{os.environ.get('PATH', '')}"}
    command = [str(scripts / "npm"), "ci", "--no-audit", "--no-fund", "--loglevel=error"]
    subprocess.run(command, check=True, cwd=INSTALLED, env=environment)


def main() -> None:
    """Parse the command line and validate."""
    parser = argparse.ArgumentParser(prog="python -m delivery.definitions", description=__doc__)
    parser.add_argument("folder", type=Path, help="where `python -m rehearsal definitions --out` wrote to")
    validate(parser.parse_args().folder)


if __name__ == "__main__":
    main()
