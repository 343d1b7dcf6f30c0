"""What watches the pipeline: one dashboard, alarms that notify, retention of the jobs' logs, a budget."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pulumi_aws as aws
from pulumi import ComponentResource, Input, Output, ResourceOptions

from components.blocks import dashboard, metrics
from components.blocks.alarms import Limit, metric_alarm, query_alarm
from components.blocks.ground import Ground
from components.blocks.log_group import log_group

DAY_SECONDS = 86400
# SageMaker creates these for the whole account and keeps what is in them for ever.
JOB_LOG_GROUPS = {
    "training-jobs": "/aws/sagemaker/TrainingJobs",
    "processing-jobs": "/aws/sagemaker/ProcessingJobs",
    "transform-jobs": "/aws/sagemaker/TransformJobs",
}
# Functions that nothing waits for: what calls them is an event or a person.
UNATTENDED = ("start_run", "count_landed", "stop_orphans", "decide_approval")
BAD_ENDS = {
    "ExecutionsFailed": "failed",
    "ExecutionsTimedOut": "timed-out",
    "ExecutionsAborted": "aborted",
    "ExecutionThrottled": "throttled",
}


@dataclass(frozen=True, kw_only=True)
class ObservabilityArgs:
    """`machine_arns` by word in the order data flows; `instance_types` are those jobs may run on."""

    ground: Ground
    machine_arns: Mapping[str, Input[str]]
    endpoint_name: str
    variant: str
    instance_types: Sequence[str]
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
        self._watch_triggers()
        self._watch_jobs(args)
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
            for metric, end in BAD_ENDS.items():
                metric_alarm(
                    f"{word}-{end}",
                    f"An execution of {word} {end.replace('-', ' ')}; `outcome.json` of the run says why",
                    metrics.executions(arn, metric),
                    Limit(threshold=0),
                    self._ground,
                    self._child,
                )

    def _watch_triggers(self) -> None:
        for word in UNATTENDED:
            metric_alarm(
                f"{word}-errors",
                f"The function {word} fails, and no state machine is there to notice",
                metrics.function_errors(self._ground.physical_name(word)),
                Limit(threshold=0),
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

    def _watch_jobs(self, args: ObservabilityArgs) -> None:
        limits = {
            "memory": ("MemoryUtilization", Limit(threshold=90, periods=3), "is about to run out of memory"),
            "disk": ("DiskUtilization", Limit(threshold=80, periods=3), "is about to fill its disk"),
        }
        if uses_gpus(args.instance_types):
            idle = Limit(threshold=50, comparison="LessThanThreshold", periods=12)
            limits["gpu-idle"] = (
                "GPUUtilization",
                idle,
                "uses less than half of a GPU: a smaller one will do",
            )
            limits["gpu-busy"] = ("GPUUtilization", Limit(threshold=95, periods=12), "is held up by its GPU")
        for kind in ("TrainingJobs", "ProcessingJobs"):
            for word, (metric, limit, what) in limits.items():
                query_alarm(
                    f"{kind.lower()}-{word}",
                    f"A host of one of the {kind} {what}",
                    metrics.worst_job_host(kind, metric),
                    limit,
                    self._ground,
                    self._child,
                )

    def _watch_models(self, args: ObservabilityArgs) -> None:
        query_alarm(
            "accuracy-below-baseline",
            f"A candidate's accuracy is more than {args.max_accuracy_drop:.0%} below the live model's",
            metrics.lowest_own(self._ground.metrics_namespace, "TestAccuracyDifference"),
            Limit(threshold=-args.max_accuracy_drop, comparison="LessThanThreshold"),
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


def uses_gpus(instance_types: Sequence[str]) -> bool:
    """Whether any of these has GPUs: the g and p families."""
    return any(instance_type.split(".")[1][0] in "gp" for instance_type in instance_types)
