"""What a benchmark is to reach, held against what it measured; one that misses a target ends with 1."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class _Held:
    text: str
    slack: float


class Targets:
    """Collects the targets of a benchmark; `close` prints them all and ends the process if one is missed.

    A target that is held several times under one name is as good as its worst time.
    """

    def __init__(self) -> None:
        self._held: dict[str, _Held] = {}

    def at_most(self, what: str, seen: float, limit: float) -> None:
        """`seen` may be as large as the limit."""
        self._hold(what, f"{seen:.4g} (target ≤ {limit:g})", limit - seen)

    def at_least(self, what: str, seen: float, limit: float) -> None:
        """`seen` may be as small as the limit."""
        self._hold(what, f"{seen:.4g} (target ≥ {limit:g})", seen - limit)

    def true(self, what: str, is_met: bool) -> None:
        """A claim that holds or not."""
        self._hold(what, "yes" if is_met else "no", 0.0 if is_met else -1.0)

    def _hold(self, what: str, text: str, slack: float) -> None:
        if what not in self._held or slack < self._held[what].slack:
            self._held[what] = _Held(text, slack)

    def close(self) -> None:
        """Prints every target; raises SystemExit with 1 where one is missed."""
        print("\nTargets")
        for what, held in self._held.items():
            print(f"{'met' if held.slack >= 0 else 'MISSED':<8}{what}: {held.text}")
        if any(held.slack < 0 for held in self._held.values()):
            raise SystemExit(1)
