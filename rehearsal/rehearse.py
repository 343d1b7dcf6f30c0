"""One rehearsal: deploy, land, start, follow, check, report."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rehearsal.alerts import AlertInbox
from rehearsal.errors import RehearsalError
from rehearsal.follow import POLL_SECONDS, Follower
from rehearsal.progress import Steps
from rehearsal.report.record import collect
from rehearsal.reviewer import decide
from rehearsal.scenarios import Scenario
from rehearsal.scenarios.scenario import Finding, Run, upload
from rehearsal.workplace import Site, Stack, new_folder, open_site, shown

UNFINISHED = ("ABORTED", "TIMED_OUT")
JANITOR_SECONDS = 120.0


@dataclass(frozen=True, kw_only=True)
class Result:
    """How a rehearsal ended."""

    scenario: str
    stack: str
    outcome: str
    expected: str
    findings: list[Finding]
    seconds: float
    endpoint_url: str
    run_id: str
    page: Path

    @property
    def is_as_expected(self) -> bool:
        """Whether every claim held; the first one is about the outcome."""
        return all(finding.holds for finding in self.findings)

    def to_dict(self) -> dict[str, Any]:
        """Plain values for --json."""
        return {
            "scenario": self.scenario,
            "stack": self.stack,
            "outcome": self.outcome,
            "expected": self.expected,
            "is_as_expected": self.is_as_expected,
            "findings": [finding.__dict__ for finding in self.findings],
            "run": self.run_id,
            "seconds": round(self.seconds, 1),
            "report": str(self.page),
        }


@contextmanager
def rehearse(scenario: Scenario, stack: Stack, steps: Steps, port: int | None = None) -> Iterator[Result]:
    """Run a scenario; the embedded AWS, its endpoint included, lives as long as the block."""
    started = time.monotonic()
    folder = new_folder()
    with open_site(stack, steps, folder=folder, port=port) as site:
        _run_first(site, scenario, steps)
        run = run_scenario(site, scenario, steps)
        with steps.step("Check what is left"):
            findings = findings_of(run, scenario)
        with steps.step("Report page") as step:
            page = _report(run, scenario, findings, folder)
            step.note(shown(page))
        yield Result(
            scenario=scenario.name,
            stack=stack.name,
            outcome=run.outcome["outcome"],
            expected=scenario.outcome,
            findings=findings,
            seconds=time.monotonic() - started,
            endpoint_url=site.emulator.endpoint_url,
            run_id=run.outcome["run"]["id"],
            page=page,
        )


def run_scenario(site: Site, scenario: Scenario, steps: Steps) -> Run:
    """Land the scenario's data, start the pipeline by its manual trigger, follow it to its end."""
    dataset = scenario.context["dataset"]
    with AlertInbox(site) as inbox:
        site.emulator.control("DELETE", "faults", {})  # an earlier scenario's are not met by this one
        for fault in scenario.faults:
            site.emulator.control("POST", "faults", fault)
        with steps.step(f"Land {dataset}") as step:
            keys = upload(site, dataset, scenario.land(site.folder / "landed"))
            step.note(f"{len(keys)} files below incoming/{dataset}/")
        follower = Follower(site.client("stepfunctions"), start(site, scenario.context))
        follower.follow(
            steps,
            lambda state: _review(site, state, scenario.decision),
            lambda: scenario.meanwhile(site, follower),
        )
        outcome = _outcome(site, follower)
        return Run(site, follower, inbox.messages(), outcome)


def findings_of(run: Run, scenario: Scenario) -> list[Finding]:
    """The outcome first; what the scenario promises beyond it only holds for that outcome."""
    outcome = run.outcome["outcome"]
    ended = Finding(
        claim=f"the run ends as {scenario.outcome}",
        holds=outcome == scenario.outcome,
        evidence=f"{outcome}: {run.outcome['why']}",
    )
    return [ended, *scenario.check(run)] if ended.holds else [ended]


def start(site: Site, context: dict[str, Any]) -> str:
    """Start a run by the manual trigger; the execution's ARN."""
    answer = site.client("lambda").invoke(
        FunctionName=site.output("startRunFunctionName"), Payload=json.dumps(context).encode()
    )
    payload = json.loads(answer["Payload"].read())
    if answer.get("FunctionError") or payload.get("status") != "started":
        raise RehearsalError(f"The manual trigger started nothing: {json.dumps(payload)[:2000]}")
    return str(payload["execution_arn"])


def _run_first(site: Site, scenario: Scenario, steps: Steps) -> None:
    """What the scenario builds on; it has to end as it promises."""
    if scenario.first is None:
        return
    findings = findings_of(run_scenario(site, scenario.first, steps), scenario.first)
    broken = [f"{finding.claim} ({finding.evidence})" for finding in findings if not finding.holds]
    if broken:
        raise RehearsalError(f"{scenario.name} needs {scenario.first.name} first, which failed: {broken[0]}")


def _review(site: Site, state: str, decision: str) -> None:
    if state == "AwaitApproval":
        decide(site, decision, "The rehearsal's reviewer read the report.")


def _outcome(site: Site, follower: Follower) -> dict[str, Any]:
    run_id = follower.root.arn.rsplit(":", 1)[-1]
    key = f"pipeline/{run_id}/outcome.json"
    try:
        body = _record(site, key, is_by_janitor=follower.root.status in UNFINISHED)
    except site.client("s3").exceptions.NoSuchKey:
        described = follower.root.described
        raise RehearsalError(
            f"The run ended {follower.root.status} and wrote no {key}: "
            f"{described.get('error')}: {described.get('cause')}. "
            f"The embedded AWS's log is {site.folder}/emulator.log."
        ) from None
    outcome: dict[str, Any] = json.loads(body)
    return outcome


def _record(site: Site, key: str, *, is_by_janitor: bool) -> bytes:
    """The run's record. Of one that was stopped the janitor writes it, some moments later."""
    s3, pause = site.client("s3"), threading.Event()
    deadline = time.monotonic() + (JANITOR_SECONDS if is_by_janitor else 0.0)
    while True:
        try:
            body: bytes = s3.get_object(Bucket=site.output("artifactsBucket"), Key=key)["Body"].read()
        except s3.exceptions.NoSuchKey:
            if time.monotonic() >= deadline:
                raise
            pause.wait(POLL_SECONDS)
        else:
            return body


def _report(run: Run, scenario: Scenario, findings: list[Finding], folder: Path) -> Path:
    # Imported late: matplotlib takes half a second, and what is wrong with a command need not wait for it.
    from rehearsal.report.page import write_page

    record = collect(run, scenario, findings)
    (folder / "iam.json").write_text(json.dumps(record.permissions, indent=1))
    (folder / "record.json").write_text(json.dumps(record.to_dict(), indent=1))
    return write_page(record, folder / "report.html")
