"""The workflows' functions in a simulated world: their own decision code, the world in place of S3."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from rehearsal.simulated.lambdas import closing, preparation, release, training
from rehearsal.simulated.world import World

Lambda = Callable[[World, dict[str, Any]], Any]

LAMBDAS: Mapping[str, Lambda] = {
    "resolve_run": preparation.resolve_run,
    "plan_preparation": preparation.plan_preparation,
    "validate_schema": preparation.validate_schema,
    "collect_reports": preparation.collect_reports,
    "quarantine_files": preparation.quarantine_files,
    "judge_shift": preparation.judge_shift,
    "plan_training": training.plan_training,
    "classify_failure": training.classify_failure,
    "choose_best": training.choose_best,
    "remove_checkpoints": training.remove_checkpoints,
    "find_baseline": training.find_baseline,
    "judge_candidate": training.judge_candidate,
    "remove_evaluation": training.remove_evaluation,
    "smoke_test_endpoint": release.smoke_test_endpoint,
    "prune_generations": release.prune_generations,
    "restore_endpoint": release.restore_endpoint,
    "explain_failure": closing.explain_failure,
    "record_outcome": closing.record_outcome,
}
