"""The training section as the stage's functions and timeouts see it: seconds, and `auto` resolved."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypedDict

from contracts.checkpoint_interval import automatic_seconds

Value = int | float | str

SECONDS_PER_MINUTE = 60
# Beyond a job's own limits: waiting for machines, and the ladder's pauses between attempts.
ATTEMPT_MARGIN_SECONDS = 3 * 3600


class Spot(TypedDict):
    """Whether the ladder starts on spot, how long a window is, and how many may pass without progress."""

    is_used: bool
    max_wait_minutes: int
    max_windows: int
    interruption_percent_per_hour: float


class Checkpoint(TypedDict):
    """The interval (or "auto"), what writing costs, and what an interruption may cost."""

    seconds: int | str
    write_seconds: float
    max_lost_seconds: int


class Recovery(TypedDict):
    """How often the ladder tries what may help, and how far it goes."""

    max_transient_failures: int
    max_divergences: int
    backoff_seconds: int
    min_batch_size: int
    rate_factor: float


class Folds(TypedDict):
    """How many parts of the training rows each configuration is tried on (0: none), and how they are cut."""

    count: int
    by: str
    window: str


class Sweep(TypedDict):
    """What a sweep draws from, and its bounds."""

    is_used: bool
    manager: str
    strategy: str
    max_candidates: int
    max_concurrency: int
    tolerated_failure_percentage: int
    seed: int
    space: Mapping[str, Sequence[Value]]
    variants: Sequence[Mapping[str, Value]]
    folds: Folds


@dataclass(frozen=True, kw_only=True)
class TrainingSettings:
    """The settings of the section training."""

    algorithm: str
    objective_metric: str
    instance_types: Sequence[str]
    instance_prices: Mapping[str, float]
    instance_count: int
    max_instance_count: int
    volume_gb: int
    max_runtime_minutes: int
    keep_alive_seconds: int
    max_attempts: int
    max_cost_usd: float
    checkpoint: Checkpoint
    spot: Spot
    recovery: Recovery
    sweep: Sweep
    hyperparameters: Mapping[str, Value]


def planning(args: TrainingSettings) -> dict[str, Any]:
    """What the function plan_training reads from its environment: settings in its own units."""
    sweep = args.sweep
    return {
        "algorithm": args.algorithm,
        "objective_metric": args.objective_metric,
        "checkpoint_seconds": checkpoint_seconds(args),
        "hyperparameters": dict(args.hyperparameters),
        "sweep": {
            "manager": sweep["manager"],
            "draw": {
                name: sweep[name] for name in ("strategy", "max_candidates", "seed", "space", "variants")
            },
            "folds": dict(sweep["folds"]),
            "max_concurrency": sweep["max_concurrency"],
            "tolerated_failure_percentage": sweep["tolerated_failure_percentage"],
        },
        "ladder": {
            "instance_types": list(args.instance_types),
            "instance_prices": dict(args.instance_prices),
            "instance_count": args.instance_count,
            "max_instance_count": args.max_instance_count,
            "volume_gb": args.volume_gb,
            "max_runtime_seconds": args.max_runtime_minutes * SECONDS_PER_MINUTE,
            "max_wait_seconds": args.spot["max_wait_minutes"] * SECONDS_PER_MINUTE,
            "keep_alive_seconds": args.keep_alive_seconds,
            "uses_spot": args.spot["is_used"],
            "max_attempts": args.max_attempts,
            "max_stale_windows": args.spot["max_windows"],
            "max_cost_usd": args.max_cost_usd,
            **args.recovery,
        },
    }


def checkpoint_seconds(args: TrainingSettings) -> int:
    """The interval that is set, or the one that costs least within what may be lost."""
    given = args.checkpoint["seconds"]
    if isinstance(given, int):
        return given
    return automatic_seconds(
        args.checkpoint["write_seconds"],
        args.spot["interruption_percent_per_hour"],
        args.checkpoint["max_lost_seconds"],
        args.max_runtime_minutes * SECONDS_PER_MINUTE,
        args.instance_count,
    )


def candidate_timeout_seconds(args: TrainingSettings) -> int:
    """The longest a candidate may take: every attempt at its own limit."""
    spot_minutes = args.spot["max_wait_minutes"] if args.spot["is_used"] else 0
    attempt_seconds = max(args.max_runtime_minutes, spot_minutes) * SECONDS_PER_MINUTE
    return args.max_attempts * (attempt_seconds + ATTEMPT_MARGIN_SECONDS)
