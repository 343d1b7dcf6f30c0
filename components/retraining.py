"""The retraining loop: what starts a run when nobody does, and the janitor of runs that ended badly."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pulumi_aws as aws
from pulumi import ComponentResource, Input, Output, ResourceOptions

from components.blocks import grants, janitor, triggers
from components.blocks.event_target import EventTarget, EventTargetArgs
from components.blocks.function import Function, FunctionArgs
from components.blocks.ground import Ground
from components.blocks.queue import Queue, QueueArgs
from components.blocks.role import Role, RoleArgs
from components.blocks.statements import Statement, allow
from components.blocks.table import Table

CHILDREN = (
    "data_preparation",
    "feature_ingestion",
    "training",
    "train_candidate",
    "evaluation",
    "deployment",
)
RULES = ("object-landed", "model-alarm", "run-unfinished")
FLEXIBLE_MINUTES = 15
RECHECK = "rate(1 hour)"
# The janitor looks again until endpoints have settled: an update may shift, bake and roll back for hours.
# The first figure is above its function's timeout, so that one message is not worked on twice at a time.
SETTLING_SECONDS, SETTLING_RECEIVES = 360, 100


@dataclass(frozen=True, kw_only=True)
class RetrainingArgs:
    """Settings of the section `retraining`, and what it takes from the pipeline."""

    ground: Ground
    pipeline_machine_arn: Input[str]
    runs_table: Table
    record_outcome_function_arn: Input[str]
    lease_seconds: int
    dataset: str

    is_scheduled: bool
    schedule: str
    time_zone: str
    files_threshold: int
    cooldown_minutes: Mapping[str, int]


class Retraining(ComponentResource):
    """Every trigger goes through start_run, which lets one run at a time begin."""

    start_run_function_arn: Output[str]
    start_run_function_name: Output[str]

    def __init__(self, name: str, args: RetrainingArgs, opts: ResourceOptions | None = None) -> None:
        super().__init__("trainyard:loop:Retraining", name, None, opts)
        self._args, self._child = args, ResourceOptions(parent=self)
        self._dead_letters = Queue("dead-triggers", QueueArgs(ground=args.ground, rules=RULES), self._child)
        start = self._start_run()
        count = self._count_landed(start)
        self._listen_to_alarms(start)
        self._stop_orphans()
        self._build_schedules(name, start, count)
        self.start_run_function_arn, self.start_run_function_name = start.arn, start.name
        self.register_outputs({"start_run_function_arn": start.arn, "start_run_function_name": start.name})

    def _start_run(self) -> Function:
        args, ground = self._args, self._args.ground
        function_args = FunctionArgs(
            folder="functions/retraining/start_run",
            description="Starts a run, one at a time, whoever asks",
            ground=ground,
            environment={
                "PIPELINE_MACHINE_ARN": args.pipeline_machine_arn,
                "RUNS_TABLE": args.runs_table.name,
                "COOLDOWN_MINUTES": Output.json_dumps(dict(args.cooldown_minutes)),
                "LEASE_SECONDS": str(args.lease_seconds),
            },
            statements=[
                args.runs_table.grant("PutItem", "GetItem", "DeleteItem"),
                grants.use_key(ground),
                allow("states:StartExecution", args.pipeline_machine_arn),
            ],
        )
        return Function("start_run", function_args, self._child)

    def _count_landed(self, start: Function) -> Function:
        args, ground = self._args, self._args.ground
        queue = self._queue("landed", "object-landed", visibility_seconds=180)
        function_args = FunctionArgs(
            folder="functions/retraining/count_landed",
            description="Counts landed files and asks for a run at the threshold",
            ground=ground,
            environment={
                "RUNS_TABLE": args.runs_table.name,
                "FILES_THRESHOLD": str(args.files_threshold),
                "START_RUN_FUNCTION": start.name,
            },
            statements=[
                args.runs_table.grant("PutItem", "GetItem", "UpdateItem"),
                grants.use_key(ground),
                grants.invoke(start.arn),
                *take_messages(ground, queue.arn),
            ],
        )
        function = Function("count_landed", function_args, self._child)
        self._take_from("landed", queue, function, batch_size=10)
        self._route("object-landed", "Files that land", triggers.landed_pattern(ground), queue_arn=queue.arn)
        return function

    def _listen_to_alarms(self, start: Function) -> None:
        pattern = triggers.alarm_pattern(self._args.ground)
        self._route("model-alarm", "The live model drifts or degrades", pattern, function=start)

    def _stop_orphans(self) -> None:
        args, ground = self._args, self._args.ground
        bounds = {"visibility_seconds": SETTLING_SECONDS, "max_receives": SETTLING_RECEIVES}
        queue = self._queue("unfinished", "run-unfinished", **bounds)
        function_args = FunctionArgs(
            folder="functions/retraining/stop_orphans",
            description="Cleans up after runs that did not succeed",
            ground=ground,
            environment={
                "PIPELINE": ground.pipeline,
                "JOB_PREFIX": ground.job_prefix,
                "PACKAGE_GROUP": ground.physical_name("models"),
                "ENDPOINT_NAME": ground.live_endpoint,
                "RUNS_TABLE": args.runs_table.name,
                "LOCKS_TABLE": ground.physical_name("deployments"),
                "CHILD_MACHINE_ARNS": Output.json_dumps([ground.machine_arn(word) for word in CHILDREN]),
                "RECORD_OUTCOME_FUNCTION": args.record_outcome_function_arn,
            },
            timeout_seconds=300,
            statements=[
                grants.use_table(ground, "deployments", "GetItem", "DeleteItem"),
                args.runs_table.grant("PutItem", "DeleteItem"),
                grants.use_key(ground),
                grants.invoke(args.record_outcome_function_arn),
                *take_messages(ground, queue.arn),
                allow("states:DescribeExecution", ground.executions_arn("pipeline")),
                *janitor.clean_up(ground, CHILDREN),
            ],
        )
        function = Function("stop_orphans", function_args, self._child)
        self._take_from("unfinished", queue, function, batch_size=1)
        pattern = triggers.unfinished_pattern(args.pipeline_machine_arn)
        self._route(
            "run-unfinished", "Runs that may have left something behind", pattern, queue_arn=queue.arn
        )

    def _queue(self, name: str, rule: str, **bounds: int) -> Queue:
        ground, dead = self._args.ground, self._dead_letters.arn
        args = QueueArgs(ground=ground, rules=[rule], dead_letter_arn=dead, **bounds)
        return Queue(name, args, self._child)

    def _take_from(self, name: str, queue: Queue, function: Function, batch_size: int) -> None:
        aws.lambda_.EventSourceMapping(
            name,
            event_source_arn=queue.arn,
            function_name=function.name,
            batch_size=batch_size,
            function_response_types=["ReportBatchItemFailures"],
            opts=self._child,
        )

    def _route(
        self, name: str, description: str, pattern: Mapping[str, Any] | Output[str], **target: Any
    ) -> None:
        args = EventTargetArgs(
            ground=self._args.ground,
            description=description,
            pattern=pattern,
            dead_letter_arn=self._dead_letters.arn,
            **target,
        )
        EventTarget(name, args, self._child)

    def _build_schedules(self, name: str, start: Function, count: Function) -> None:
        args, ground = self._args, self._args.ground
        role_args = RoleArgs(
            service="scheduler.amazonaws.com",
            statements=[
                grants.invoke(start.arn, count.arn),
                allow("sqs:SendMessage", self._dead_letters.arn),
                allow(["kms:Decrypt", "kms:GenerateDataKey"], ground.messages_key_arn),
                allow("kms:Decrypt", ground.key_arn),
            ],
            account_id=ground.account_id,
            role_name=ground.physical_name("schedule"),
            boundary_arn=ground.permissions_boundary_arn,
            description="What the schedule may do",
        )
        role = Role("schedule", role_args, self._child)
        self._build_schedule(
            name,
            description="Starts a run of the pipeline",
            schedule_expression=args.schedule,
            schedule_expression_timezone=args.time_zone,
            state="ENABLED" if args.is_scheduled else "DISABLED",
            target=self._target(start, role, triggers.scheduled_request()),
        )
        # Files that came during a cool-down or a run are asked for later, whether or not others follow.
        self._build_schedule(
            "recheck",
            description="Asks again for a run when enough files have landed",
            schedule_expression=RECHECK,
            target=self._target(count, role, {"recheck": args.dataset}),
        )

    def _target(self, function: Function, role: Role, request: Mapping[str, Any]) -> dict[str, Any]:
        return {
            "arn": function.arn,
            "role_arn": role.arn,
            "input": Output.json_dumps(request),
            "dead_letter_config": {"arn": self._dead_letters.arn},
            "retry_policy": {"maximum_event_age_in_seconds": 3600, "maximum_retry_attempts": 5},
        }

    def _build_schedule(self, name: str, **schedule: Any) -> None:
        ground = self._args.ground
        aws.scheduler.Schedule(
            name,
            name=ground.physical_name(name),
            flexible_time_window={"mode": "FLEXIBLE", "maximum_window_in_minutes": FLEXIBLE_MINUTES},
            kms_key_arn=ground.key_arn,
            opts=self._child,
            **schedule,
        )


def take_messages(ground: Ground, queue_arn: Input[str]) -> list[Statement]:
    """What Lambda's poller does with the function's role."""
    actions = ["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"]
    return [allow(actions, queue_arn), allow("kms:Decrypt", ground.messages_key_arn)]
