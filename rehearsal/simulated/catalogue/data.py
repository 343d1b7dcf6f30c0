"""Requests and data: what is refused before anything is paid for, and what the data gates stop."""

from __future__ import annotations

from rehearsal.simulated.faults import Fault
from rehearsal.simulated.scenario import Simulated
from rehearsal.simulated.world import Facts

DATA = (
    Simulated(name="everything goes well", outcome="Deployed", trained=1, path=("deployment/Live",)),
    Simulated(
        name="everything goes well in prod",
        outcome="Deployed",
        stack="prod",
        facts=Facts(has_baseline=True, live="InService"),
        path=(
            "training/SweepCandidates",
            "evaluation/ScoreBaseline",
            "pipeline/AwaitApproval",
            "deployment/UpdateLive",
        ),
        trained=6,
    ),
    Simulated(
        name="malformed request",
        outcome="ContextRejected",
        context={"trigger": "whim"},
        path=("pipeline/ResolveRun", "pipeline/ExplainFailure"),
        trained=0,
    ),
    Simulated(
        name="duplicate event",
        outcome="RunSkipped",
        facts=Facts(is_another_run_under_way=True),
        path=("pipeline/ResolveRun", "pipeline/RunSkipped"),
        trained=0,
    ),
    Simulated(name="nothing has landed", outcome="DataRejected", facts=Facts(months=()), trained=0),
    Simulated(
        name="a month is missing",
        outcome="PreparationFailed",
        error="DataMissing",
        context={"window": {"start": "2013-01", "end": "2013-05"}},
        path=("data_preparation/PlanPreparation", "data_preparation/PreparationFailed"),
        trained=0,
    ),
    Simulated(
        name="data beyond one machine",
        outcome="PreparationFailed",
        error="DatasetTooLarge",
        facts=Facts(file_bytes=40 * 1024**3),
        trained=0,
    ),
    Simulated(
        name="schema break",
        outcome="DataRejected",
        facts=Facts(broken_months=("2013-02",)),
        path=(
            "data_validation/ValidateFile",
            "data_preparation/QuarantineFiles",
            "data_preparation/DataRejected",
        ),
        trained=0,
    ),
    Simulated(
        name="schema break in a text too large for a function",
        outcome="DataRejected",
        facts=Facts(broken_months=("2013-02",), large_months=("2013-02",)),
        path=(
            "data_preparation/ValidateByJob",
            "data_preparation/CollectReports",
            "data_preparation/DataRejected",
        ),
        trained=0,
    ),
    Simulated(
        name="a file replaced while features are made of it",
        outcome="PreparationFailed",
        error="DataReplaced",
        facts=Facts(replaced_months=("2013-02",)),
        path=("data_preparation/JudgeShift", "data_preparation/PreparationFailed"),
        trained=0,
    ),
    Simulated(
        name="a file replaced so that the features job breaks on it",
        outcome="PreparationFailed",
        error="DataReplaced",
        facts=Facts(replaced_months=("2013-02",)),
        faults=(
            Fault(place="data_preparation/EngineerFeatures", what="data_rejected"),
            Fault(place="data_preparation/ExplainJob", what="throttled"),
        ),
        path=("data_preparation/ExplainJob", "data_preparation/PreparationFailed"),
        trained=0,
    ),
    Simulated(
        name="features job finds the planned files at fault",
        outcome="PreparationFailed",
        error="DataRejected",
        faults=(Fault(place="data_preparation/EngineerFeatures", what="data_rejected"),),
        path=("data_preparation/ExplainJob", "data_preparation/PreparationFailed"),
        trained=0,
    ),
    Simulated(
        name="a large text replaced while a job validates it",
        outcome="PreparationFailed",
        error="DataReplaced",
        facts=Facts(large_months=("2013-02",), replaced_months=("2013-02",)),
        path=("data_preparation/CollectReports", "data_preparation/PreparationFailed"),
        trained=0,
    ),
    Simulated(
        name="validating job is stopped by an operator",
        outcome="PreparationFailed",
        error="OperatorStopped",
        facts=Facts(large_months=("2013-02",)),
        faults=(Fault(place="data_preparation/ValidateByJob", what="stopped_quietly"),),
        path=("data_preparation/HasCheckCompleted", "data_preparation/PreparationFailed"),
    ),
    Simulated(
        name="drift that is flagged",
        outcome="Deployed",
        facts=Facts(has_baseline=True, is_shifted=True),
        path=("data_preparation/PublishShift", "deployment/Live"),
    ),
    Simulated(
        name="drift that ends the run",
        outcome="DataShifted",
        stack="prod",
        facts=Facts(has_baseline=True, is_shifted=True),
        path=("data_preparation/HasShifted", "data_preparation/DataShifted"),
        trained=0,
    ),
    Simulated(
        name="features job breaks",
        outcome="PreparationFailed",
        faults=(Fault(place="data_preparation/EngineerFeatures", what="broken"),),
        trained=0,
    ),
    Simulated(
        name="features job is stopped by an operator",
        outcome="PreparationFailed",
        error="OperatorStopped",
        faults=(Fault(place="data_preparation/EngineerFeatures", what="stopped_quietly"),),
        path=("data_preparation/HasCompleted", "data_preparation/PreparationFailed"),
    ),
    Simulated(
        name="records that the feature store refuses",
        outcome="Deployed",
        facts=Facts(lost_records=7),
        path=("feature_ingestion/PublishIngestion", "feature_ingestion/Ingested", "deployment/Live"),
    ),
    Simulated(
        name="ingestion job breaks",
        outcome="Deployed",
        faults=(Fault(place="feature_ingestion/WriteRecords", what="broken"),),
        path=("feature_ingestion/ReportIngestion", "feature_ingestion/PublishIngestion", "deployment/Live"),
    ),
    Simulated(
        name="ingestion job is stopped by an operator",
        outcome="Deployed",
        faults=(Fault(place="feature_ingestion/WriteRecords", what="stopped_quietly"),),
        path=("feature_ingestion/ReportIngestion", "feature_ingestion/PublishIngestion", "deployment/Live"),
    ),
    Simulated(
        name="storage fails while a file is validated",
        outcome="PreparationFailed",
        faults=(Fault(place="data_validation/ValidateFile", what="s3_error", times=99, after_calls=1),),
        path=("data_validation/PreparationFailed", "data_preparation/PreparationFailed"),
        trained=0,
    ),
)
