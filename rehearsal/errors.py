"""What a rehearsal tells a person instead of a traceback."""

from __future__ import annotations


class RehearsalError(Exception):
    """The rehearsal can't go on; the message is what happened and the remedy. Exit code 3."""

    exit_code = 3


class WrongArgumentError(RehearsalError):
    """An argument of the command line is off. Exit code 2."""

    exit_code = 2
