"""What a rehearsal tells a person instead of a traceback."""

from __future__ import annotations


class RehearsalError(Exception):
    """The rehearsal can't go on; the message is what happened and the remedy. Exit code 3."""

    exit_code = 3


class UnexpectedOutcomeError(RehearsalError):
    """A run ended otherwise than its scenario says. Exit code 1."""

    exit_code = 1
