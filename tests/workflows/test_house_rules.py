"""What holds for every workflow: accepted by AWS, bounded, recoverable, tagged, and in one vocabulary."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import botocore.exceptions

from components.blocks.definition import WORKFLOWS, retry_policies
from contracts.failures import FAILURES
from rehearsal.asl.integrations import parse_resource
from rehearsal.asl.lint import lint
from rehearsal.stepfunctions.spelling import SDK_SERVICES, operation_model, unknown_field

JOB = re.compile(r"sagemaker:create(Training|Processing|Transform|HyperParameterTuning)Job\.sync$")
VARIABLE = re.compile(r"\$([A-Za-z_][A-Za-z0-9_]*)\b(?!\s*\()")
TAGS = {"project", "pipeline", "execution-id", "attempt"}
LARGEST_MACHINE = 36


def expressions(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        for value in node.values():
            yield from expressions(value)
    elif isinstance(node, list):
        for value in node:
            yield from expressions(value)
    elif isinstance(node, str) and node.startswith("{%"):
        yield node


def assigned(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        yield from node.get("Assign", {})
        for value in node.values():
            yield from assigned(value)
    elif isinstance(node, list):
        for value in node:
            yield from assigned(value)


def test_aws_would_accept_the_rendered_definition_of_every_workflow(workflow: Any) -> None:
    assert [str(finding) for finding in lint(workflow.text, workflow.type)] == []


def test_every_argument_of_an_sdk_call_is_spelled_as_aws_wants_it(workflow: Any) -> None:
    for name, task in workflow.tasks():
        call = parse_resource(task["Resource"])
        if call is not None and call.is_sdk:
            operation = operation_model(SDK_SERVICES.get(call.service, call.service), call.action)
            assert unknown_field(task["Arguments"], operation.input_shape, is_sdk=True) is None, name


def test_every_task_has_a_time_limit_a_retry_and_a_catch_for_everything(workflow: Any) -> None:
    unbounded = [name for name, task in workflow.tasks() if not {"TimeoutSeconds", "Retry"} <= task.keys()]
    assert not unbounded
    assert not list(workflow.uncaught())


def test_every_distributed_map_catches_and_every_machine_says_what_it_does(workflow: Any) -> None:
    distributed = [
        state
        for _, state in workflow.states()
        if state.get("ItemProcessor", {}).get("ProcessorConfig", {}).get("Mode") == "DISTRIBUTED"
    ]
    assert workflow.definition["Comment"]
    assert all(state["Catch"] and "MaxConcurrency" in state for state in distributed)


def test_error_names_of_our_own_are_classes_of_the_vocabulary(workflow: Any) -> None:
    matched = {
        name
        for _, state in workflow.states()
        for handler in [*state.get("Retry", ()), *state.get("Catch", ())]
        for name in handler["ErrorEquals"]
    }
    raised = {
        state["Error"] for _, state in workflow.states() if state["Type"] == "Fail" and "Error" in state
    }
    ours = {name for name in matched | raised if "." not in name and not name.startswith("{%")}
    others = {name for name in ours - FAILURES.keys() if not hasattr(botocore.exceptions, name)}
    assert others <= {"ThrottlingException"}, "what a function raises is ours, or its client's"


def test_no_fail_state_is_without_an_error_and_a_cause(workflow: Any) -> None:
    silent = [
        name
        for name, state in workflow.states()
        if state["Type"] == "Fail" and not {"Error", "Cause"} <= state.keys()
    ]
    assert not silent


def test_a_failure_that_covers_all_others_is_never_retried_for_jobs(workflow: Any) -> None:
    wildcards = {"States.ALL", "States.TaskFailed", "States.Timeout"}
    for name, task in workflow.tasks():
        if JOB.search(task["Resource"]):
            retried = {error for retrier in task["Retry"] for error in retrier["ErrorEquals"]}
            assert not retried & wildcards, f"{name} would pay for the same failure again"


def test_every_job_is_tagged_so_that_its_cost_finds_its_run(workflow: Any) -> None:
    for name, task in workflow.tasks():
        if JOB.search(task["Resource"]):
            tags = task["Arguments"]["Tags"]
            written = json.dumps(workflow.definition if isinstance(tags, str) else tags)
            assert all(f'"Key": "{tag}"' in written or f"'{tag}'" in written for tag in TAGS), name


def test_every_job_name_is_new_on_each_attempt_and_short_enough(workflow: Any) -> None:
    for name, task in workflow.tasks():
        job = JOB.search(task["Resource"])
        if job:
            expression = task["Arguments"][f"{job.group(1)}JobName"]
            assert "$uuid()" in expression, f"{name}: a retry would meet its own name"


def test_every_job_status_is_read_again_after_the_job_has_ended(workflow: Any) -> None:
    for name, task in workflow.tasks():
        job = JOB.search(task["Resource"])
        if job:
            outcome = json.dumps([task.get("Assign"), task.get("Output")])
            is_read = f"{job.group(1)}JobStatus" in outcome or "$states.result" in outcome
            assert is_read, f"{name}: a stopped job would pass for a completed one"


def test_every_variable_that_is_read_is_assigned_in_the_machine(workflow: Any) -> None:
    known = {"states", *assigned(workflow.definition)}
    for expression in expressions(workflow.definition):
        bare = re.sub(r"'[^']*'", "''", expression)
        local = set(re.findall(r"\$(\w+)\s*:=", bare)) | set(re.findall(r"function\(\$(\w+)", bare))
        unknown = set(VARIABLE.findall(bare)) - known - local
        assert not unknown, expression


def test_children_of_a_distributed_map_read_no_outer_variable(workflow: Any) -> None:
    for name, state in workflow.states():
        processor = state.get("ItemProcessor", {})
        if processor.get("ProcessorConfig", {}).get("Mode") == "DISTRIBUTED":
            inner = {"states", *assigned(processor)}
            read = {one for text in expressions(processor) for one in VARIABLE.findall(text)}
            assert read <= inner, name


def test_a_machine_reads_from_its_start_to_its_ends(workflow: Any) -> None:
    names = list(workflow.definition["States"])
    kinds = [state["Type"] for state in workflow.definition["States"].values()]
    assert names[0] == workflow.definition["StartAt"]
    assert kinds[-1] in ("Succeed", "Fail")
    first_failure = kinds.index("Fail") if "Fail" in kinds else len(kinds)
    assert set(kinds[first_failure:]) <= {"Succeed", "Fail"}, "failures stand last"


def test_no_machine_outgrows_what_a_picture_can_show(workflow: Any) -> None:
    assert len(workflow.definition["States"]) <= LARGEST_MACHINE


def test_every_retry_policy_is_bounded_jittered_and_used_by_a_workflow() -> None:
    sources = "".join(path.read_text() for path in WORKFLOWS.glob("*.asl.json"))
    for name, policy in retry_policies().items():
        assert f'"${{{name}}}"' in sources, f"nobody uses {name}"
        for retrier in policy:
            assert 1 <= retrier["MaxAttempts"] <= 20
            is_bounded = retrier["BackoffRate"] == 1 or retrier.get("MaxDelaySeconds", 7200) <= 3600
            is_spread = retrier.get("JitterStrategy") == "FULL" and is_bounded
            assert is_spread or retrier["MaxAttempts"] <= 2, name
