"""The commit that a deployment came from, for the lineage of every model it will train."""

import os
import subprocess
from pathlib import Path

UNKNOWN = "unknown"


def commit_id(root: Path) -> str:
    """The commit checked out at `root`, with `-dirty` when tracked files differ; `unknown` without git.

    CI systems that build from an archive give it as TRAINYARD_COMMIT.
    """
    given = os.environ.get("TRAINYARD_COMMIT")
    if given:
        return given
    commit = _git(root, "rev-parse", "HEAD")
    if commit is None:
        return UNKNOWN
    return f"{commit}-dirty" if _git(root, "status", "--porcelain", "--untracked-files=no") else commit


def _git(root: Path, *words: str) -> str | None:
    try:
        outcome = subprocess.run(["git", *words], cwd=root, capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        return None
    return outcome.stdout.strip()
