"""What each stack declares, by type and name: a change of it is seen in review, never by surprise."""

import os
from pathlib import Path

from rehearsal.program.deployment import Deployment

SNAPSHOTS = Path(__file__).parent / "snapshots"


def test_a_stack_declares_what_its_reviewed_list_says(declared: Deployment) -> None:
    kinds = sorted(f"{resource.type} {resource.name}" for resource in declared.resources)
    snapshot = SNAPSHOTS / f"{declared.stack}.txt"
    if os.environ.get("UPDATE_SNAPSHOTS"):
        snapshot.write_text("\n".join(kinds) + "\n")
    reviewed = snapshot.read_text().splitlines()
    assert kinds == reviewed, "if this is wanted: UPDATE_SNAPSHOTS=1 make test-fast, then review the lists"
