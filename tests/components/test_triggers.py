"""The pipeline and its triggers as declared: deadlines that fit together, and no event that gets lost."""

from __future__ import annotations

import json
from dataclasses import asdict, replace

import pytest

from components.pipeline import (
    PipelineArgs,
    approval_timeout_seconds,
    facts_of,
    plan_environment,
)
from functions.pipeline.resolve_run.plan import Defaults
from functions.retraining.start_run.requests import read
from rehearsal.program.deployment import Deployment
from tests.components.test_promotion import GROUND

ARGS = PipelineArgs(
    ground=GROUND,
    machine_arns=dict.fromkeys(("data_preparation", "training", "evaluation", "deployment"), "arn:machine"),
    remove_checkpoints_function_arn="arn:remove",
    request_approval_function_arn="arn:request",
    instance_prices={},
    algorithm="xgboost",
    uses_spot=True,
    uses_sweep=True,
    is_approval_required=True,
    approval_expiry_days=7,
    dataset="flights",
    window_months=3,
    drift_window_months=6,
    max_laps=1,
    deadline_hours=240,
)
RULES = "aws:cloudwatch/eventRule:EventRule"
TARGETS = "aws:cloudwatch/eventTarget:EventTarget"


@pytest.mark.parametrize("switched_off", ["uses_spot", "uses_sweep", "is_approval_required"])
def test_the_function_reads_the_settings_that_the_component_writes(switched_off: str) -> None:
    args = replace(ARGS, **{switched_off: False})
    environment = {name: str(value) for name, value in plan_environment(args).items()}
    read_back = asdict(Defaults.from_environment(environment))
    assert read_back.pop("approval_timeout_seconds") == 7 * 86400
    assert read_back == {name: getattr(args, name) for name in read_back}


@pytest.mark.parametrize("expiry_days", [1, 7, 9])
def test_an_approval_takes_its_whole_expiry_and_a_stage_the_rest(expiry_days: int) -> None:
    facts = facts_of(args := replace(ARGS, approval_expiry_days=expiry_days))
    assert approval_timeout_seconds(args) == expiry_days * 86400
    assert facts["StageTimeoutSeconds"] + expiry_days * 86400 == facts["RunTimeoutSeconds"]


def test_a_queue_lets_exactly_those_rules_send_that_aim_at_it_or_leave_their_dead_letters_there(
    declared: Deployment,
) -> None:
    rules = {one.outputs["name"]: one.outputs["arn"] for one in declared.of_type(RULES)}
    aiming: dict[str, set[str]] = {}
    for target in declared.of_type(TARGETS):
        for queue_arn in (target.inputs["arn"], target.inputs["deadLetterConfig"]["arn"]):
            aiming.setdefault(queue_arn, set()).add(rules[target.inputs["rule"]])
    for queue_policy in declared.of_type("aws:sqs/queuePolicy:QueuePolicy"):
        allowed = json.loads(queue_policy.inputs["policy"])["Statement"][0]
        sources = allowed["Condition"]["ArnEquals"]["aws:SourceArn"]
        assert set(sources) == aiming.pop(allowed["Resource"])
    assert not [arn for arn in aiming if ":sqs:" in arn], "a queue without a policy"


def test_no_trigger_is_lost_without_a_dead_letter(declared: Deployment) -> None:
    targets = declared.of_type(TARGETS)
    schedules = [one.inputs["target"] for one in declared.of_type("aws:scheduler/schedule:Schedule")]
    assert len(targets) >= 3
    assert all(target["deadLetterConfig"]["arn"] for target in [*(one.inputs for one in targets), *schedules])
    assert all(one.inputs["retryPolicy"]["maximumRetryAttempts"] for one in targets)


def test_what_the_schedule_sends_is_a_request_that_start_run_takes(declared: Deployment) -> None:
    [schedule] = [
        one for one in declared.of_type("aws:scheduler/schedule:Schedule") if one.name == "retraining"
    ]
    sent = schedule.inputs["target"]["input"].replace(
        "<aws.scheduler.scheduled-time>", "2026-01-05T05:00:00Z"
    )
    request = read(json.loads(sent), "call-1")
    assert request.context.trigger == "schedule"
    assert request.identity == "2026-01-05T05:00:00Z"


def test_only_files_that_arrive_are_counted_never_what_we_write(declared: Deployment) -> None:
    [rule] = [
        one
        for one in declared.of_type("aws:cloudwatch/eventRule:EventRule")
        if one.inputs["name"].endswith("-object-landed")
    ]
    detail = json.loads(rule.inputs["eventPattern"])["detail"]
    assert detail["object"]["key"] == [{"prefix": "incoming/"}]
    assert detail["bucket"]["name"] == [declared.outputs["landingBucket"]]
