"""Verdicts and reviewers."""

from __future__ import annotations

from rehearsal.simulated.faults import Fault
from rehearsal.simulated.scenario import Simulated
from rehearsal.simulated.world import Facts

FAR_BELOW = {"accuracy": 0.6, "f1": 0.3, "auc": 0.55}
SLIGHTLY_BELOW = {"accuracy": 0.79, "f1": 0.495, "auc": 0.715}
MIXED = {"accuracy": 0.79, "f1": 0.51, "auc": 0.73}

DECISIONS = (
    Simulated(
        name="far below the live model",
        outcome="ModelRejected",
        facts=Facts(has_baseline=True, scores=FAR_BELOW),
        path=("evaluation/ScoreBaseline", "evaluation/RemoveScoringModel", "pipeline/RefuseModel"),
        trained=1,
    ),
    Simulated(
        name="slightly below, then better",
        outcome="Deployed",
        facts=Facts(has_baseline=True, scores=SLIGHTLY_BELOW, later_scores={"auc": 0.75}),
        path=("pipeline/WhichVerdict", "pipeline/Train", "pipeline/WhichVerdict", "deployment/Live"),
        trained=2,
    ),
    Simulated(
        name="slightly below in every lap",
        outcome="ModelRejected",
        facts=Facts(has_baseline=True, scores=SLIGHTLY_BELOW),
        path=("pipeline/Train", "pipeline/Train", "pipeline/RefuseModel"),
        trained=2,
    ),
    Simulated(
        name="mixed verdict that a reviewer accepts",
        outcome="Deployed",
        facts=Facts(has_baseline=True, scores=MIXED),
        path=("pipeline/AwaitApproval", "pipeline/IsApproved", "pipeline/Deploy"),
    ),
    Simulated(
        name="better overall, far worse in one slice, which a reviewer rejects",
        outcome="ApprovalRejected",
        facts=Facts(has_baseline=True, is_slice_worse=True, reviewer="reject"),
        path=("pipeline/AwaitApproval", "pipeline/DeclineModel"),
    ),
    Simulated(
        name="reviewer rejects",
        outcome="ApprovalRejected",
        stack="prod",
        facts=Facts(reviewer="reject"),
        path=("pipeline/AwaitApproval", "pipeline/DeclineModel", "pipeline/RejectPackage"),
    ),
    Simulated(
        name="reviewer stays silent",
        outcome="ApprovalExpired",
        stack="prod",
        facts=Facts(reviewer="silent"),
        path=("pipeline/AwaitApproval", "pipeline/RejectPackage"),
    ),
    Simulated(
        name="the served model was made without a package",
        outcome="Deployed",
        facts=Facts(live="InService"),
        path=("evaluation/HasBaseline", "evaluation/NoBaseline", "deployment/UpdateLive"),
    ),
    Simulated(
        name="the served model is gone",
        outcome="EvaluationFailed",
        error="DataMissing",
        facts=Facts(has_baseline=True, lost="model"),
        path=("evaluation/FindBaseline", "evaluation/RemoveEvaluation"),
    ),
    Simulated(
        name="the served configuration is gone",
        outcome="EvaluationFailed",
        error="DataMissing",
        facts=Facts(has_baseline=True, lost="configuration"),
        path=("evaluation/FindBaseline", "evaluation/RemoveEvaluation"),
    ),
    Simulated(
        name="first model below its floors",
        outcome="ModelRejected",
        facts=Facts(scores={"auc": 0.5}),
        trained=1,
    ),
    Simulated(
        name="scoring is stopped by an operator",
        outcome="EvaluationFailed",
        error="OperatorStopped",
        faults=(Fault(place="evaluation/ScoreCandidate", what="stopped_quietly"),),
        path=("evaluation/AreScoresComplete", "evaluation/RemoveEvaluation"),
    ),
    Simulated(
        name="evaluator is stopped by an operator",
        outcome="EvaluationFailed",
        error="OperatorStopped",
        faults=(Fault(place="evaluation/ComputeMetrics", what="stopped_quietly"),),
        path=("evaluation/HasCompleted", "evaluation/RemoveEvaluation"),
    ),
)
