"""What this machine has and an image has not: a container in the rehearsal finds no library that it would
miss on AWS."""

from __future__ import annotations

import re
from pathlib import Path

# Distributions by the module they bring: what the rehearsal and its tests need for themselves, and what some
# libraries import wherever they find it, which takes each process a second.
ON_THIS_MACHINE = {
    "boto3": "boto3",
    "matplotlib": "matplotlib",
    "pandas": "pandas",
    "pytest": "pytest",
    "sklearn": "scikit-learn",
}
_NAME = re.compile(r"^[a-z0-9][a-z0-9._-]*", re.MULTILINE | re.IGNORECASE)


def absent_libraries(folder: Path) -> dict[str, str]:
    """The variable by which a container's process (workload/sitecustomize.py) learns what its image has not.

    An image holds what the `requirements*.txt` in its folder list. Only a locked file, with hashes, lists
    everything: without one nobody knows what the image holds, and nothing is hidden.
    """
    texts = [path.read_text() for path in folder.glob("requirements*.txt")]
    if not any("--hash=" in text for text in texts):
        return {}
    listed = {name.lower().replace("_", "-") for text in texts for name in _NAME.findall(text)}
    absent = [module for module, distribution in ON_THIS_MACHINE.items() if distribution not in listed]
    return {"REHEARSAL_ABSENT_LIBRARIES": " ".join(absent)}
