"""How far one pass of the janitor came: what it has undone so far counts, whatever stops it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field


@dataclass
class Progress:
    """What was undone, by kind, and what the next pass has to know."""

    undone: dict[str, list[str]] = field(default_factory=dict)
    is_settled: bool = True
    """Whether nothing is left that has to come to rest before it can go."""
    is_released: bool = False
    """Whether the live endpoint serves what the run deployed."""
    refusal: str = ""
    """What AWS said when it let the pass go no further."""

    def note(self, kind: str, names: Iterable[str]) -> None:
        """Note each one as soon as it is undone; an error on the way leaves those before it noted."""
        noted = self.undone.setdefault(kind, [])
        for name in names:
            noted.append(name)
