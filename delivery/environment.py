"""Make the virtual environment. Standard library only: this is the first thing a fresh clone runs."""

from __future__ import annotations

import fcntl
import importlib.util
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
UV = "uv==0.13.9"
NEEDED_BYTES = 3 * 1024**3
"""The largest requirement set takes 1.1 GB installed, and the installer keeps its downloads beside it."""


def main(requirement_set: str) -> None:
    """Install `requirements/<requirement_set>.txt` into `.venv`, once, however many callers there are."""
    refuse_an_unfit_machine()
    stamp = VENV / f"{requirement_set}.stamp"
    requirements = ROOT / "requirements" / f"{requirement_set}.txt"
    with (ROOT / ".venv.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if stamp.exists() and stamp.stat().st_mtime >= requirements.stat().st_mtime:
            return
        refuse_a_full_disk()
        python = VENV / "bin" / "python"
        if not (VENV / "bin" / "uv").exists():
            run("Making .venv", sys.executable, "-m", "venv", "--clear", VENV)
            run("Installing the installer", python, "-m", "pip", "install", "--quiet", UV)
        run(
            f"Installing {requirements.relative_to(ROOT)}",
            *(VENV / "bin" / "uv", "pip", "install", "--quiet", "--require-hashes"),
            *("--python", python, "--requirement", requirements),
        )
        stamp.touch()


def refuse_an_unfit_machine() -> None:
    """One line with the remedy for what is missing in the interpreter."""
    if sys.version_info < (3, 11):  # noqa: UP036 - an older interpreter runs this file too, to be told
        raise SystemExit(
            f"Python {sys.version.split()[0]} is too old: 3.11 or later is needed. "
            "Name another one with `make PYTHON=python3.11 …`."
        )
    for module, remedy in (("venv", "python3-venv"), ("ensurepip", "python3-venv"), ("ssl", "libssl")):
        if importlib.util.find_spec(module) is None:
            raise SystemExit(f"This Python has no module '{module}'. On Debian: apt-get install {remedy}.")


def refuse_a_full_disk() -> None:
    """One line with the remedy when the environment can't fit."""
    free_bytes = shutil.disk_usage(ROOT).free
    if free_bytes < NEEDED_BYTES:
        raise SystemExit(
            f"{free_bytes / 1024**3:.1f} GiB are free at {ROOT}, {NEEDED_BYTES / 1024**3:.0f} GiB are needed "
            "for the virtual environment. Free some space, then run the same command again."
        )


def run(what: str, *command: str | Path) -> None:
    """Run one installation step, saying what it is; its failure ends everything."""
    print(f"{what} …", file=sys.stderr, flush=True)
    outcome = subprocess.run([str(word) for word in command], check=False, cwd=ROOT)
    if outcome.returncode:
        raise SystemExit(f"{what} failed (exit code {outcome.returncode}). Its own message is above.")


if __name__ == "__main__":
    main(sys.argv[1])
