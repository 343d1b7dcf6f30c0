"""One call after another fails for good: the outcome is documented, and what stays behind has a reason.

What may stay: what neither a denied clean-up nor the janitor after it removes, for the backstops.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rehearsal.simulated.catalogue.training import TUNED
from rehearsal.simulated.faults import Fault
from rehearsal.simulated.scenario import Simulated
from rehearsal.simulated.world import Facts

LIVE = Facts(has_baseline=True, live="InService")
FAILED_ON_LIVE = Facts(has_baseline=True, live="InService", smoke="fails on live")
LARGE_TEXT = Facts(large_months=("2013-02",))
BROKEN_DATA = Facts(broken_months=("2013-01",))

PREPARATION, TRAINING, EVALUATION, ROLLED_BACK = (
    "PreparationFailed",
    "TrainingFailed",
    "EvaluationFailed",
    "DeploymentRolledBack",
)


def _fails(
    place: str,
    outcome: str,
    *more: Fault,
    training: Mapping[str, Any] | None = None,
    facts: Facts | None = None,
    leaves: tuple[str, ...] = (),
    stack: str = "dev",
) -> Simulated:
    return Simulated(
        name=f"{place} fails for good",
        outcome=outcome,
        path=(place,),
        facts=facts or Facts(),
        faults=(Fault(place=place, what="denied", times=99), *more),
        leaves=leaves,
        stack=stack,
        training=training or {},
    )


def _denied(place: str) -> Fault:
    return Fault(place=place, what="denied", times=99)


_BROKEN_TRAINING = Fault(place="train_candidate/Train", what="broken", times=9)

LAST_FAILURES = (
    _fails("pipeline/ResolveRun", "RunFailed"),
    _fails("pipeline/PrepareData", PREPARATION),
    _fails("pipeline/Train", TRAINING),
    _fails("pipeline/Evaluate", EVALUATION),
    _fails("pipeline/AwaitApproval", "RunFailed", stack="prod"),
    _fails("pipeline/ApprovePackage", "RunFailed"),
    _fails("pipeline/Deploy", ROLLED_BACK),
    _fails("pipeline/RemoveCheckpoints", "Deployed", leaves=("object */checkpoints/*",)),
    # The model is live and stays so: only the record says otherwise.
    _fails("pipeline/RecordSuccess", "RunFailed", leaves=("* is approved", "configuration *", "endpoint *")),
    _fails("pipeline/ExplainFailure", "RunFailed", _BROKEN_TRAINING),
    _fails("pipeline/RejectPackage", ROLLED_BACK, _denied("pipeline/Deploy")),
    _fails("pipeline/RecordFailure", TRAINING, _BROKEN_TRAINING),
    _fails("data_preparation/PlanPreparation", PREPARATION),
    _fails("data_preparation/ValidateFiles", PREPARATION),
    _fails("data_preparation/PlanCheck", PREPARATION, facts=Facts(heavy_months=("2013-02",))),
    _fails("data_preparation/ValidateByJob", PREPARATION, facts=LARGE_TEXT),
    _fails("data_preparation/CollectReports", PREPARATION, facts=LARGE_TEXT),
    _fails("data_preparation/EngineerFeatures", PREPARATION),
    _fails(
        "data_preparation/ExplainJob",
        PREPARATION,
        Fault(place="data_preparation/EngineerFeatures", what="broken"),
    ),
    _fails("data_preparation/JudgeShift", PREPARATION),
    _fails("data_preparation/PublishShift", PREPARATION, facts=Facts(has_baseline=True, is_shifted=True)),
    _fails("data_preparation/QuarantineFiles", PREPARATION, facts=BROKEN_DATA),
    _fails("data_validation/ValidateFile", PREPARATION),
    _fails("data_preparation/IngestFeatures", "Deployed"),
    _fails("feature_ingestion/WriteRecords", "Deployed"),
    _fails("feature_ingestion/ReportIngestion", "Deployed"),
    _fails("feature_ingestion/PublishIngestion", "Deployed", facts=Facts(lost_records=7)),
    _fails("training/PlanTraining", TRAINING),
    _fails("training/TrainCandidate", TRAINING),
    _fails("training/TrainItem", TRAINING, stack="prod"),
    _fails("training/TuneHyperparameters", TRAINING, stack="prod", training=TUNED),
    _fails("training/DescribeTuned", TRAINING, stack="prod", training=TUNED),
    _fails("training/ChooseBest", TRAINING),
    _fails(
        "training/RemovePartials",
        TRAINING,
        _BROKEN_TRAINING,
        _denied("pipeline/RemovePartials"),
        leaves=("object */checkpoints/*",),
    ),
    _fails("pipeline/RemovePartials", TRAINING, _BROKEN_TRAINING),
    _fails("train_candidate/Train", TRAINING),
    _fails("train_candidate/ClassifyFailure", TRAINING, _BROKEN_TRAINING),
    _fails("evaluation/FindBaseline", EVALUATION),
    _fails("evaluation/CreateCandidateModel", EVALUATION),
    _fails("evaluation/ScoreCandidate", EVALUATION),
    _fails("evaluation/ScoreBaseline", EVALUATION, facts=LIVE),
    _fails("evaluation/ComputeMetrics", EVALUATION),
    _fails("evaluation/JudgeCandidate", EVALUATION),
    _fails("evaluation/RegisterPackage", EVALUATION),
    _fails("evaluation/RemoveScoringModel", "Deployed", leaves=("model *-candidate",)),
    _fails(
        "evaluation/RemoveEvaluation",
        EVALUATION,
        _denied("evaluation/JudgeCandidate"),
    ),
    _fails("deployment/TakeLock", ROLLED_BACK),
    _fails("deployment/ReadPackage", ROLLED_BACK),
    _fails("deployment/CreateModel", ROLLED_BACK),
    _fails("deployment/CreateConfig", ROLLED_BACK),
    _fails("deployment/CreateStaging", ROLLED_BACK),
    _fails("deployment/ReadStaging", ROLLED_BACK),
    _fails("deployment/SmokeTestStaging", ROLLED_BACK),
    _fails("deployment/DeleteStaging", ROLLED_BACK),
    _fails("deployment/FindLive", ROLLED_BACK),
    _fails("deployment/ReadLive", ROLLED_BACK, facts=LIVE),
    _fails("deployment/UpdateLive", ROLLED_BACK, facts=LIVE),
    _fails("deployment/CreateLive", ROLLED_BACK),
    _fails("deployment/PollLive", ROLLED_BACK, facts=LIVE),
    _fails("deployment/SmokeTestLive", ROLLED_BACK, facts=LIVE),
    _fails("deployment/ProbeLive", "Deployed", facts=LIVE),
    _fails("deployment/PruneGenerations", "Deployed", facts=LIVE),
    _fails("deployment/ReleaseLock", "Deployed", leaves=("* is locked by *",)),
    _fails(
        "deployment/RestoreEndpoint",
        ROLLED_BACK,
        facts=FAILED_ON_LIVE,
        leaves=("configuration *", "endpoint *"),
    ),
    _fails("deployment/WithdrawPackage", ROLLED_BACK, facts=FAILED_ON_LIVE),
    _fails("deployment/FreeLock", ROLLED_BACK, facts=FAILED_ON_LIVE),
)
