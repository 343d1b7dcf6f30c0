"""A reviewer reads the report and says no: the package is rejected, nothing goes live."""

from __future__ import annotations

from rehearsal.scenarios.claims import clean, own_packages
from rehearsal.scenarios.happy_path import HAPPY_PATH
from rehearsal.scenarios.scenario import Finding, Run, Scenario, names


def _check(run: Run) -> list[Finding]:
    states = own_packages(run)
    listed = run.site.client("sagemaker").list_endpoints()["Endpoints"]
    endpoints = [endpoint["EndpointName"] for endpoint in listed]
    return [
        Finding(claim="the package is rejected", holds=states == ["Rejected"], evidence=names(states)),
        Finding(claim="nothing went live", holds=not endpoints, evidence=names(endpoints)),
        Finding(
            claim="the record names who decided",
            holds="rehearsal-reviewer" in run.outcome["why"],
            evidence=run.outcome["why"],
        ),
        *clean(run),
    ]


REVIEWER_REJECTS = Scenario(
    name="reviewer-rejects",
    summary=__doc__,
    land=HAPPY_PATH.land,
    context=HAPPY_PATH.context,
    outcome="ApprovalRejected",
    check=_check,
    settings=("approval.isRequired=true",),
    decision="reject",
)
