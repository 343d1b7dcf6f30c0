"""Why a role may do what the rehearsed path never asked for."""

from __future__ import annotations

from fnmatch import fnmatchcase

# By role and action, both globs; the first that fits counts.
REASONS: tuple[tuple[str, str, str], ...] = (("*", "xray:*", "tracing: the embedded AWS takes no segments"),)


def why_unused(role: str, action: str) -> str:
    """The reason, empty if there is none."""
    found = (why for who, what, why in REASONS if fnmatchcase(role, who) and fnmatchcase(action, what))
    return next(found, "")
