"""Prints the coverage: a row for each machine, then every place that no scenario reaches, with its reason."""

from __future__ import annotations

from typing import Any

from rich.console import Console
from rich.table import Table

from rehearsal.coverage.measure import KINDS, REASONS, Coverage


def print_coverage(console: Console, coverage: Coverage, scenarios: int) -> None:
    """The table, the uncovered places, and what keeps the gate shut."""
    table = Table(box=None, pad_edge=False)
    table.add_column("machine")
    for column in KINDS:
        table.add_column(column, justify="right")
    for machine in coverage.machines():
        table.add_row(machine, *(_share(coverage, column, machine) for column in KINDS))
    table.add_row("all", *(_share(coverage, column, None) for column in KINDS), style="bold")
    console.print(table)
    console.print(
        f"{scenarios} scenarios; the uncovered:" if coverage.uncovered() else f"{scenarios} scenarios"
    )
    for place in coverage.uncovered():
        console.print(f"  {place[0]}{place[1]}: {REASONS.get(place, 'no reason given')}", markup=False)
    for complaint in coverage.complaints():
        console.print(complaint, style="red", markup=False)


def plain(coverage: Coverage, scenarios: int) -> dict[str, Any]:
    """The same for --json: [reached, all] by machine and kind."""
    shares = {
        machine: {column: coverage.share(column, machine) for column in KINDS}
        for machine in coverage.machines()
    }
    uncovered = [
        {"machine": machine, "place": place, "reason": REASONS.get((machine, place))}
        for machine, place in coverage.uncovered()
    ]
    complaints = list(coverage.complaints())
    return {"scenarios": scenarios, "shares": shares, "uncovered": uncovered, "complaints": complaints}


def _share(coverage: Coverage, column: str, machine: str | None) -> str:
    covered, total = coverage.share(column, machine)
    return f"{covered}/{total}" if total else "-"
