"""The few lines a rehearsal ends with."""

from __future__ import annotations

from rich.console import Console
from rich.markup import escape

from rehearsal.rehearse import Result
from rehearsal.workplace import shown


def print_summary(console: Console, result: Result) -> None:
    """Outcome, every claim of the scenario, where the report page lies."""
    verdict = "[green]as expected[/]" if result.is_as_expected else "[red]NOT as expected[/]"
    console.print()
    console.print(
        f"[bold]{result.outcome}[/] after {result.seconds:.1f} s, {verdict} "
        f"(scenario {result.scenario}, stack {result.stack})",
        highlight=False,
    )
    for finding in result.findings:
        mark = "[green]✓[/]" if finding.holds else "[red]✗[/]"
        console.print(
            f"  {mark} {finding.claim}: {escape(_first_line(finding.evidence))}",
            highlight=False,
            soft_wrap=True,
        )
    link = f"[link={result.page.as_uri()}]{escape(shown(result.page))}[/]"
    console.print(f"Report page: {link}", highlight=False, soft_wrap=True)


def _first_line(evidence: str) -> str:
    first, *more = evidence.splitlines() or [""]
    return f"{first} (more on the report page)" if more else first
