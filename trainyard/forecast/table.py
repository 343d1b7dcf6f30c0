"""A forecast in lines for people: the figures as a table, then what they assume."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from settings.training import Training
from trainyard.forecast.spot_job import SpotJob

HEADINGS = (
    "type",
    "job",
    "on-demand",
    "expected",
    "p95",
    "worst seen",
    "saved",
    "above best",
    "hours",
    "p95 hours",
    "interruptions",
    "lost by each",
)


@dataclass(frozen=True, kw_only=True)
class Forecast:
    """One job; money in US dollars, times in hours, intervals and losses in seconds."""

    instance_type: str
    job_hours: float
    interval_seconds: float
    on_demand_usd: float
    expected_usd: float
    p95_usd: float
    worst_usd: float
    limit_usd: float
    saving: float
    above_best: float
    expected_hours: float
    p95_hours: float
    interruptions: float
    lost_seconds_each: float
    on_demand_share: float


def table(found: Sequence[Forecast]) -> Iterator[str]:
    """A Markdown table, also readable as it is."""
    yield f"| {' | '.join(HEADINGS)} |"
    yield "|---|" + "---:|" * (len(HEADINGS) - 1)
    for one in found:
        yield (
            f"| {one.instance_type} | {one.job_hours:g} h | {one.on_demand_usd:.2f} | {one.expected_usd:.2f} "
            f"| {one.p95_usd:.2f} | {one.worst_usd:.2f} | {one.saving:.1%} | {one.above_best:.1%} "
            f"| {one.expected_hours:.1f} | {one.p95_hours:.1f} | {one.interruptions:.2f} "
            f"| {one.lost_seconds_each:.0f} s |"
        )


def notes(settings: Training, job: SpotJob, found: Sequence[Forecast]) -> Iterator[str]:
    """The assumptions, the limits, and what a warm pool would do instead."""
    first = found[0]
    machines = settings.machines
    kind = machines.instances[first.instance_type]
    price, source = kind.on_demand_usd_per_hour, machines.sources[kind.price_source or ""]
    yield f"US dollars; {kind.type} at {price} an hour: {source.what} ({source.dated})."
    saving = kind.ec2_spot_saving_percent
    yield (
        f"Assumed: spot at {machines.spot_price_ratio} of it"
        + (f" (EC2's own saving was {saving} %)" if saving else "")
        + f", one interruption in {job.mean_seconds / 3600:.1f} h, "
        f"{job.restart_seconds:.0f} s billed for a restart."
    )
    yield (
        f"A checkpoint every {job.interval_seconds:.0f} s takes {job.write_seconds:g} s. A lap never costs "
        f"more than training.maxCostUsd, {settings.max_cost_usd:g}."
    )
    if any(settings.max_runtime_minutes < one.expected_hours * 60 for one in found):
        yield (
            f"training.maxRuntimeMinutes is {settings.max_runtime_minutes}: longer jobs of these end undone."
        )
    yield (
        f"A warm pool (keepAliveSeconds) needs on-demand: it saves the wait for a machine before the next "
        f"job, costs {price:.2f} an hour idle, and gives up {first.on_demand_usd - first.expected_usd:.2f} "
        f"of spot's saving on the first job above: worth it for many short jobs in a row."
    )
