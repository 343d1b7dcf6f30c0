"""What a benchmark is to reach, held against what it measured; one that misses a target ends with 1."""

from __future__ import annotations


class Targets:
    """Collects the targets of a benchmark; `close` prints them all and ends the process if one is missed."""

    def __init__(self) -> None:
        self._missed = 0
        self._lines: list[str] = []

    def at_most(self, what: str, seen: float, limit: float) -> None:
        """`seen` may be as large as the limit."""
        self._hold(what, seen, "≤", limit, is_met=seen <= limit)

    def at_least(self, what: str, seen: float, limit: float) -> None:
        """`seen` may be as small as the limit."""
        self._hold(what, seen, "≥", limit, is_met=seen >= limit)

    def true(self, what: str, is_met: bool) -> None:
        """A claim that holds or not."""
        self._missed += not is_met
        self._lines.append(f"{'met' if is_met else 'MISSED':<8}{what}")

    def _hold(self, what: str, seen: float, relation: str, limit: float, *, is_met: bool) -> None:
        self._missed += not is_met
        self._lines.append(
            f"{'met' if is_met else 'MISSED':<8}{what}: {seen:.4g} (target {relation} {limit:g})"
        )

    def close(self) -> None:
        """Prints every target; raises SystemExit with 1 where one is missed."""
        print("\nTargets")
        print("\n".join(self._lines))
        if self._missed:
            raise SystemExit(1)
