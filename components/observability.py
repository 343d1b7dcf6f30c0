"""What watches the pipeline: one dashboard, alarms that notify, retention of the jobs' logs, a budget."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pulumi_aws as aws
from pulumi import ComponentResource, Input, Output, ResourceOptions

from components.blocks import dashboard, metrics
from components.blocks.alarms import Limit, alarm_unless, metric_alarm, query_alarm
from components.blocks.ground import Ground
from components.blocks.log_group import log_group
from components.blocks.training_watch import training_trouble, uses_gpus, watch_gpus

DAY_SECONDS = 86400
# SageMaker creates these for the whole account and keeps what is in them for ever.
JOB_LOG_GROUPS = {
    "training-jobs": "/aws/sagemaker/TrainingJobs",
    "processing-jobs": "/aws/sagemaker/ProcessingJobs",
    "transform-jobs": "/aws/sagemaker/TransformJobs",
}
# Functions that nothing waits for: what calls them is an event or a person.
UNATTENDED = ("start_run", "count_landed", "stop_orphans", "decide_approval")
# Percent of a job's host: SageMaker measures each host of each job, so a query looks at all of them.
NEARLY_FULL = {
    "memory": ("MemoryUtilization", 90, "is about to run out of memory"),
    "disk": ("DiskUtilization", 80, "is about to fill its disk"),
}
BAD_ENDS = {
    "ExecutionsFailed": "failed",
    "ExecutionsTimedOut": "timed-out",
    "ExecutionsAborted": "aborted",
}


@dataclass(frozen=True, kw_only=True)
class ObservabilityArgs:
    """`machine_arns` by word in the order data flows."""

    ground: Ground
    machine_arns: Mapping[str, Input[str]]
    training_instance_types: Sequence[str]
    endpoint_name: str
    variant: str
    is_scheduled: bool
    owns_job_log_groups: bool
    silence_days: int
    max_accuracy_drop: float
    monthly_budget_usd: float
    budget_alert_percent: int


class Observability(ComponentResource):
    """Nothing here changes what the pipeline does; take it away and nobody knows how it is."""

    dashboard_name: Output[str]
    dashboard_url: Output[str]

    def __init__(self, name: str, args: ObservabilityArgs, opts: ResourceOptions | None = None) -> None:
        super().__init__("trainyard:loop:Observability", name, None, opts)
        self._child = ResourceOptions(parent=self)
        self._ground = args.ground
        self._keep_job_logs(args)
        self._watch_machines(args)
        self._watch_runs(args)
        self._watch_triggers()
        self._watch_jobs()
        self._watch_models(args)
        self._watch_silence(args)
        self._watch_spending(name, args)
        self.dashboard_name = self._build_dashboard(name, args)
        console = f"https://{args.ground.region}.console.aws.amazon.com/cloudwatch/home"
        self.dashboard_url = Output.concat(
            f"{console}?region={args.ground.region}#dashboards/dashboard/", self.dashboard_name
        )
        self.register_outputs({"dashboard_name": self.dashboard_name, "dashboard_url": self.dashboard_url})

    def _keep_job_logs(self, args: ObservabilityArgs) -> None:
        log_group("endpoint", f"/aws/sagemaker/Endpoints/{args.endpoint_name}", self._ground, self._child)
        if args.owns_job_log_groups:
            for word, path in JOB_LOG_GROUPS.items():
                log_group(word, path, self._ground, self._child)

    def _watch_machines(self, args: ObservabilityArgs) -> None:
        for word, arn in args.machine_arns.items():
            metric_alarm(
                f"{word}-throttled",
                f"An execution of {word} was throttled: an account-wide quota of Step Functions is used up",
                metrics.executions(arn, "ExecutionThrottled"),
                Limit(threshold=0, is_event=True),
                self._ground,
                self._child,
            )

    def _watch_runs(self, args: ObservabilityArgs) -> None:
        """A failed run tells of itself once, with all that is known, and a stage's failure is its run's.

        What is left to alarm about: a run that did not tell, and trouble that training got over.
        """
        told = metric_alarm(
            "run-told",
            "A run that failed has told of itself",
            metrics.published(self._ground.metrics_namespace, "RunsTold", "Sum", {"service": "pipeline"}),
            Limit(threshold=0),
            self._ground,
            self._child,
            is_silent=True,
        )
        ends = [
            metric_alarm(
                f"pipeline-{end}",
                f"A run {end.replace('-', ' ')}",
                metrics.executions(args.machine_arns["pipeline"], metric),
                Limit(threshold=0),
                self._ground,
                self._child,
                is_silent=True,
            )
            for metric, end in BAD_ENDS.items()
        ]
        why = "A run failed, timed out or was stopped, and neither it nor the janitor has told why"
        alarm_unless("run-untold", why, ends, told, self._ground, self._child)
        trouble = training_trouble(self._ground, self._child)
        why = "Attempts at training failed and their run has not; the alarm that went off says by what"
        alarm_unless("training-trouble", why, trouble, told, self._ground, self._child)
        if uses_gpus(args.training_instance_types):
            watch_gpus(self._ground, self._child)

    def _watch_triggers(self) -> None:
        for word in UNATTENDED:
            metric_alarm(
                f"{word}-errors",
                f"The function {word} fails, and no state machine is there to notice",
                metrics.function_errors(self._ground.physical_name(word)),
                Limit(threshold=0, is_event=True),
                self._ground,
                self._child,
            )
        metric_alarm(
            "triggers-lost",
            "A trigger could not be delivered; the dead-letter queue says which and why",
            metrics.waiting_messages(self._ground.physical_name("dead-triggers")),
            Limit(threshold=0),
            self._ground,
            self._child,
        )

    def _watch_jobs(self) -> None:
        for kind in ("TrainingJobs", "ProcessingJobs"):
            for word, (metric, percent, what) in NEARLY_FULL.items():
                query_alarm(
                    f"{kind.lower()}-{word}",
                    f"A host of one of the {kind} {what}",
                    metrics.worst_job_host(kind, metric),
                    Limit(threshold=percent, periods=3),
                    self._ground,
                    self._child,
                )

    def _watch_models(self, args: ObservabilityArgs) -> None:
        query_alarm(
            "accuracy-below-baseline",
            f"A candidate's accuracy is more than {100 * args.max_accuracy_drop:g} % below the live model's",
            metrics.highest_own(self._ground.metrics_namespace, "TestAccuracyDropPercent"),
            Limit(threshold=100 * args.max_accuracy_drop, is_event=True),
            self._ground,
            self._child,
        )

    def _watch_silence(self, args: ObservabilityArgs) -> None:
        if args.is_scheduled:
            metric_alarm(
                "silence",
                f"No run ended well for {args.silence_days} days, though runs are scheduled",
                metrics.executions(args.machine_arns["pipeline"], "ExecutionsSucceeded"),
                Limit(
                    threshold=1,
                    comparison="LessThanThreshold",
                    period_seconds=DAY_SECONDS,
                    periods=args.silence_days,
                    is_silence_bad=True,
                ),
                self._ground,
                self._child,
            )

    def _watch_spending(self, name: str, args: ObservabilityArgs) -> None:
        notices: list[aws.budgets.BudgetNotificationArgsDict] = [
            {
                "comparison_operator": "GREATER_THAN",
                "notification_type": kind,
                "threshold": args.budget_alert_percent,
                "threshold_type": "PERCENTAGE",
                "subscriber_sns_topic_arns": [self._ground.alerts_topic_arn],
            }
            for kind in ("ACTUAL", "FORECASTED")
        ]
        aws.budgets.Budget(
            name,
            name=self._ground.physical_name("monthly"),
            budget_type="COST",
            limit_amount=f"{args.monthly_budget_usd:.2f}",
            limit_unit="USD",
            time_unit="MONTHLY",
            cost_filters=[
                {"name": "TagKeyValue", "values": [f"user:pipeline${self._ground.pipeline}"]},
            ],
            notifications=notices,
            opts=self._child,
        )

    def _build_dashboard(self, name: str, args: ObservabilityArgs) -> Output[str]:
        subject = dashboard.Subject(
            region=self._ground.region,
            namespace=self._ground.metrics_namespace,
            machine_arns=args.machine_arns,
            endpoint_name=args.endpoint_name,
            variant=args.variant,
        )
        board = aws.cloudwatch.Dashboard(
            name,
            dashboard_name=self._ground.prefix,
            dashboard_body=Output.json_dumps(dashboard.body(subject)),
            opts=self._child,
        )
        return board.dashboard_name
