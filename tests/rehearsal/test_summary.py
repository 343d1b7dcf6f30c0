"""The last lines of a rehearsal: one a claim, whatever its evidence is."""

from __future__ import annotations

import io
from pathlib import Path

from rich.console import Console

from rehearsal.rehearse import Result
from rehearsal.scenarios.scenario import Finding
from rehearsal.summary import print_summary


def summary(*findings: Finding) -> list[str]:
    shown = io.StringIO()
    result = Result(
        scenario="bad-data",
        run_id="run-1",
        stack="dev",
        outcome="DataRejected",
        expected="DataRejected",
        findings=list(findings),
        seconds=1.0,
        endpoint_url="http://127.0.0.1:1",
        page=Path.cwd() / "report.html",
    )
    print_summary(Console(file=shown, width=100), result)
    return shown.getvalue().splitlines()[1:]


def test_each_claim_is_one_line_with_the_first_of_its_evidence() -> None:
    found = Finding(claim="it ends", holds=True, evidence="stopped [early]\n\nfile one\nfile two")
    assert summary(found) == [
        "DataRejected after 1.0 s, as expected (scenario bad-data, stack dev)",
        "  ✓ it ends: stopped [early] (more on the report page)",
        "Report page: report.html",
    ]


def test_a_claim_that_does_not_hold_is_crossed_and_said_at_the_top() -> None:
    lines = summary(Finding(claim="nothing is left", holds=False, evidence=""))
    assert "NOT as expected" in lines[0]
    assert lines[1] == "  ✗ nothing is left: "
