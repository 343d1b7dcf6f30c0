"""What AWS refuses when a state machine is created, found without running it."""

from rehearsal.asl.lint.document import lint
from rehearsal.asl.lint.findings import Finding

__all__ = ["Finding", "lint"]
