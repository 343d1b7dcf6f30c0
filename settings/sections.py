"""The sections of the stack configuration. What each setting is for stands beside it in Pulumi.dev.yaml."""

from typing import Annotated, Literal, Self

from pydantic import Field, StringConstraints, model_validator

from settings.values import (
    Cidr,
    Digest,
    EmailAddress,
    EndpointType,
    ProcessingType,
    RetentionDays,
    Section,
    Share,
)


class Pipeline(Section):
    """What a run works on and how long it may take."""

    dataset: Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,62}$")]
    window_months: int = Field(ge=1, le=120)
    drift_window_months: int = Field(ge=1, le=120)
    max_laps: int = Field(ge=0, le=5)
    deadline_hours: int = Field(ge=1, le=8760)


class Network(Section):
    """A private /16 with one subnet in each zone."""

    cidr_block: Cidr
    zones: tuple[Annotated[str, StringConstraints(pattern=r"^[a-z]{2}(-[a-z]+)+-\d[a-z]$")], ...] = Field(
        min_length=2, max_length=6
    )


class Storage(Section):
    """How long things are kept."""

    checkpoint_days: int = Field(ge=30, le=365)
    job_log_days: int = Field(ge=90, le=3653)
    capture_days: int = Field(ge=1, le=3653)
    noncurrent_days: int = Field(ge=1, le=365)
    access_log_days: int = Field(ge=30, le=3653)
    audit_lock_mode: Literal["GOVERNANCE", "COMPLIANCE"]
    audit_lock_days: int = Field(ge=1, le=3653)
    is_disposable: bool


class Shift(Section):
    """When transformed features count as shifted against the baseline, and what follows."""

    significance: float = Field(gt=0, lt=1)
    min_effect: Share
    min_psi: float = Field(gt=0, le=100)
    action: Literal["flag", "halt"]


class FeatureStore(Section):
    """Whether a run's records are kept in the Feature Store, and how many may fail to get there."""

    is_used: bool
    is_online: bool
    latest_months: int = Field(ge=1, le=120)
    max_failed_share: Share

    @model_validator(mode="after")
    def _agree(self) -> Self:
        if self.is_online and not self.is_used:
            raise self.refuse("isOnline", "must be false while isUsed is false: there is no store to read")
        return self


class DataPreparation(Section):
    """The processing job that turns landed files into a training dataset."""

    instance_types: tuple[ProcessingType, ...] = Field(min_length=1)
    volume_gb: int = Field(ge=1, le=16384)
    max_runtime_minutes: int = Field(ge=5, le=7200)
    spark_threshold_gb: float = Field(gt=0)
    max_file_mb: int = Field(ge=1, le=5120)
    is_strict: bool
    shift: Shift
    feature_store: FeatureStore


class Floors(Section):
    """What a first model, which has no baseline, must reach."""

    accuracy: Share
    f1: Share
    auc: Share


class Evaluation(Section):
    """How much worse than the live model a candidate may be."""

    instance_type: ProcessingType
    transform_instance_type: ProcessingType
    volume_gb: int = Field(ge=1, le=16384)
    max_runtime_minutes: int = Field(ge=5, le=7200)
    max_metric_drop: Share
    max_segment_drop: Share
    reject_drop: Share
    min_segment_rows: int = Field(ge=1)
    floors: Floors

    @model_validator(mode="after")
    def _agree(self) -> Self:
        if self.reject_drop <= self.max_metric_drop:
            raise self.refuse(
                "rejectDrop", f"must be above maxMetricDrop ({self.max_metric_drop}): far below is worse"
            )
        return self


class Approval(Section):
    """Who lets a model go live, and by when."""

    is_required: bool
    expiry_days: int = Field(ge=1, le=365)
    can_starter_approve: bool
    approver_emails: tuple[EmailAddress, ...]


class Deployment(Section):
    """The live endpoint and how traffic moves to a new model."""

    instance_type: EndpointType
    instance_count: int = Field(ge=1, le=100)
    strategy: Literal["canary", "linear", "all_at_once"]
    step_percent: int = Field(ge=10, le=50)
    step_wait_minutes: int = Field(ge=0, le=60)
    bake_minutes: int = Field(ge=0, le=60)
    max_update_minutes: int = Field(ge=10, le=480)
    capture_percent: int = Field(ge=0, le=100)
    p99_latency_ms: int = Field(ge=1, le=60000)
    max_error_ratio: Share
    kept_generations: int = Field(ge=2, le=50)

    @model_validator(mode="after")
    def _agree(self) -> Self:
        if self.strategy != "all_at_once" and self.instance_count < 2:
            raise self.refuse(
                "instanceCount", f"{self.strategy} needs at least 2; one machine can't be half a fleet"
            )
        steps = 1 if self.strategy == "canary" else -(-100 // self.step_percent)
        waits_minutes = (
            0 if self.strategy == "all_at_once" else steps * self.step_wait_minutes
        ) + self.bake_minutes
        if self.max_update_minutes <= waits_minutes:
            raise self.refuse(
                "maxUpdateMinutes", f"must be above the {waits_minutes} minutes of waits and bake"
            )
        return self


class CooldownMinutes(Section):
    """How long after a run the next one of the same trigger has to wait."""

    schedule: int = Field(ge=0)
    drift: int = Field(ge=0)
    degradation: int = Field(ge=0)
    data_volume: int = Field(ge=0)
    manual: int = Field(ge=0)


class Retraining(Section):
    """What starts a run when nobody does."""

    is_scheduled: bool
    schedule: Annotated[str, StringConstraints(pattern=r"^(cron|rate)\(.+\)$")]
    time_zone: str = Field(min_length=1)
    files_threshold: int = Field(ge=1)
    cooldown_minutes: CooldownMinutes


class Observability(Section):
    """Logs, alarms and money."""

    log_retention_days: RetentionDays
    owns_job_log_groups: bool
    alert_emails: tuple[EmailAddress, ...]
    silence_days: int = Field(ge=1, le=7)
    max_accuracy_drop: float = Field(gt=0, lt=1)
    monthly_budget_usd: float = Field(gt=0)
    budget_alert_percent: int = Field(ge=1, le=100)


class Images(Section):
    """The digest of each container's image; empty until the first push."""

    data_preparation: Digest
    training: Digest
    evaluation: Digest
    deployment: Digest
