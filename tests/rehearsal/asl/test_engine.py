"""Executions from outside: stopped, answered, redriven, bounded and repeated."""

import asyncio
import json
from typing import Any

import pytest

from rehearsal.asl.engine import Engine
from rehearsal.asl.execution import Execution, NotRedrivableError
from rehearsal.asl.program import steps
from rehearsal.asl.simulation import Reply
from rehearsal.asl.tokens import TokenError

LAMBDA = "arn:aws:states:::lambda:invoke"


def task(name: str = "f", **fields: Any) -> dict[str, Any]:
    return {"Type": "Task", "Resource": LAMBDA, "Arguments": {"FunctionName": name}, "End": True, **fields}


def job(**fields: Any) -> dict[str, Any]:
    return task(**{"Resource": "arn:aws:states:::sagemaker:createTrainingJob.sync", **fields})


def callback(**fields: Any) -> dict[str, Any]:
    arguments = {"Token": "{% $states.context.Task.Token %}"}
    return task(Resource="arn:aws:states:::sqs:sendMessage.waitForTaskToken", Arguments=arguments, **fields)


def types(execution: Execution) -> list[str]:
    return [event["type"] for event in execution.events]


async def token_of(stage: Any) -> str:
    await asyncio.sleep(1)
    return str(stage.host.calls[-1].token)


def test_a_stopped_execution_is_aborted_and_its_job_ended(stage: Any, states: Any) -> None:
    async def stop(engine: Engine, execution: Execution) -> None:
        await asyncio.sleep(60)
        assert stage.host.running_jobs
        engine.stop(execution.arn, "Manual", "enough")

    stage.host.script("sagemaker:createTrainingJob", Reply(seconds=3600))
    execution = stage.run(states(S=job()), meanwhile=stop)
    assert (execution.status, execution.error, execution.cause) == ("ABORTED", "Manual", "enough")
    last = execution.events[-1]
    assert (last["type"], last["previousEventId"]) == ("ExecutionAborted", 0)
    assert not stage.host.running_jobs


def test_stopping_twice_changes_nothing_about_the_end(stage: Any, states: Any) -> None:
    async def stop(engine: Engine, execution: Execution) -> None:
        await asyncio.sleep(5)
        engine.stop(execution.arn, "First")
        engine.stop(execution.arn, "Second")

    execution = stage.run(states(S={"Type": "Wait", "Seconds": 60, "End": True}), meanwhile=stop)
    assert execution.error == "First"
    assert types(execution) == ["ExecutionStarted", "WaitStateEntered", "ExecutionAborted"]


def test_an_endless_loop_can_be_stopped_from_outside(stage: Any, states: Any) -> None:
    async def stop(engine: Engine, execution: Execution) -> None:
        for _ in range(50):
            await asyncio.sleep(0)
        engine.stop(execution.arn)

    rule = {"Condition": True, "Next": "S"}
    loop = states(S={"Type": "Choice", "Choices": [rule], "Default": "E"}, E={"Type": "Succeed"})
    assert stage.run(loop, meanwhile=stop).status == "ABORTED"


def test_an_endless_loop_fails_at_its_25000th_event(stage: Any, states: Any) -> None:
    rule = {"Condition": True, "Next": "S"}
    execution = stage.run(
        states(S={"Type": "Choice", "Choices": [rule], "Default": "E"}, E={"Type": "Succeed"})
    )
    last = execution.events[-1]
    assert (last["id"], last["previousEventId"], last["type"]) == (25_000, 24_999, "ExecutionFailed")
    assert execution.error == "States.Runtime"
    assert execution.cause == "The execution reached the maximum number of history events (25000)."


def test_a_sent_success_becomes_the_result_of_the_task(stage: Any, states: Any) -> None:
    async def answer(engine: Engine, _execution: Execution) -> None:
        engine.tokens.succeed(await token_of(stage), {"approved": True})

    stage.host.script("sqs:sendMessage", Reply({"MessageId": "m"}))
    execution = stage.run(states(S=callback()), meanwhile=answer)
    assert execution.output == '{"approved":true}'
    assert types(execution)[3:6] == ["TaskStarted", "TaskSubmitted", "TaskSucceeded"]


def test_a_sent_failure_without_names_has_null_for_both(stage: Any, states: Any) -> None:
    async def answer(engine: Engine, _execution: Execution) -> None:
        engine.tokens.fail(await token_of(stage), None, None)

    stage.host.script("sqs:sendMessage", Reply({"MessageId": "m"}))
    caught = callback(Catch=[{"ErrorEquals": ["States.ALL"], "Next": "E"}])
    execution = stage.run(states(S=caught, E={"Type": "Succeed"}), meanwhile=answer)
    assert execution.output == '{"Error":null,"Cause":null}'


def test_heartbeats_keep_a_task_waiting_past_its_interval(stage: Any, states: Any) -> None:
    async def beat(engine: Engine, _execution: Execution) -> None:
        token = await token_of(stage)
        for _ in range(5):
            await asyncio.sleep(8)
            engine.tokens.beat(token)

    stage.host.script("sqs:sendMessage", Reply({"MessageId": "m"}))
    execution = stage.run(states(S=callback(HeartbeatSeconds=10)), meanwhile=beat)
    assert execution.stop_date - execution.start_date == pytest.approx(51)
    assert execution.error == "States.Timeout"


def test_a_token_of_an_ended_task_is_answered_with_timed_out(stage: Any, states: Any) -> None:
    codes = []

    async def answer(engine: Engine, execution: Execution) -> None:
        token = await token_of(stage)
        await engine.wait(execution.arn)
        for guess in (token, "made up"):
            with pytest.raises(TokenError) as refused:
                engine.tokens.succeed(guess, {})
            codes.append(refused.value.code)

    stage.host.script("sqs:sendMessage", Reply({"MessageId": "m"}))
    stage.run(states(S=callback(TimeoutSeconds=10)), meanwhile=answer)
    assert codes == ["TaskTimedOut", "InvalidToken"]


def test_a_job_can_be_answered_for_with_its_token(stage: Any, states: Any) -> None:
    async def answer(engine: Engine, _execution: Execution) -> None:
        engine.tokens.succeed(await token_of(stage), "early")

    stage.host.script("sagemaker:createTrainingJob", Reply(seconds=3600))
    execution = stage.run(states(S=job()), meanwhile=answer)
    assert execution.output == '"early"'
    assert execution.stop_date - execution.start_date == 1


def test_an_express_execution_ends_after_five_minutes(stage: Any, states: Any) -> None:
    execution = stage.run(states(S={"Type": "Wait", "Seconds": 1000, "End": True}), kind="EXPRESS")
    assert execution.status == "TIMED_OUT"
    assert execution.stop_date - execution.start_date == 300
    assert ":express:conformance:one:" in execution.arn


def test_a_result_over_256_kib_fails_the_task_and_is_caught(stage: Any, states: Any) -> None:
    stage.host.script("lambda:f", Reply("x" * 262_143))
    caught = task(Catch=[{"ErrorEquals": ["States.ALL"], "Next": "E"}])
    execution = stage.run(states(S=caught, E={"Type": "Succeed"}))
    assert json.loads(execution.output)["Error"] == "States.DataLimitExceeded"
    assert "The state/task 'lambda' returned a result" in execution.output


def test_an_output_over_256_kib_ends_the_execution(stage: Any, states: Any) -> None:
    execution = stage.run(states(S={"Type": "Pass", "Output": "{% $pad('', 262145, 'x') %}", "End": True}))
    assert execution.error == "States.DataLimitExceeded"
    assert types(execution)[-2:] == ["PassStateEntered", "ExecutionFailed"]


def test_a_redrive_runs_only_the_branch_that_failed(stage: Any, states: Any) -> None:
    async def redrive(engine: Engine, execution: Execution) -> None:
        await engine.wait(execution.arn)
        engine.redrive(execution.arn)

    stage.host.script("lambda:f", Reply(1))
    stage.host.script("lambda:g", Reply(error="Boom"), Reply(2))
    branches = [{"StartAt": name, "States": {name: task(name.lower())}} for name in ("F", "G")]
    execution = stage.run(
        states(S={"Type": "Parallel", "Branches": branches, "End": True}), meanwhile=redrive
    )
    assert execution.output == "[1,2]"
    assert [call.state_name for call in stage.host.calls] == ["F", "G", "G"]
    assert execution.redrive_count == 1


def test_a_run_redriven_in_the_moment_it_is_stopped_goes_on_where_it_stood(stage: Any, states: Any) -> None:
    async def stop_and_redrive(engine: Engine, execution: Execution) -> None:
        await asyncio.sleep(5.0)
        engine.stop(execution.arn)
        engine.redrive(execution.arn)

    stage.host.script("lambda:g", Reply(1, seconds=10.0), Reply(2))
    execution = stage.run(states(F={"Type": "Pass", "Next": "G"}, G=task("g")), meanwhile=stop_and_redrive)
    assert (execution.status, execution.output) == ("SUCCEEDED", "2")
    assert types(execution).count("PassStateEntered") == 1
    assert types(execution).count("ExecutionAborted") == 1


def test_a_redrive_enters_a_fail_again_and_fails_again(stage: Any, states: Any) -> None:
    async def redrive(engine: Engine, execution: Execution) -> None:
        await engine.wait(execution.arn)
        engine.redrive(execution.arn)

    execution = stage.run(states(S={"Type": "Fail", "Error": "E"}), meanwhile=redrive)
    assert types(execution)[3:] == ["ExecutionRedriven", "FailStateEntered", "ExecutionFailed"]
    assert (execution.status, execution.error) == ("FAILED", "E")


def test_a_redriven_map_run_repeats_its_failed_children(stage: Any, states: Any) -> None:
    async def redrive(engine: Engine, execution: Execution) -> None:
        await engine.wait(execution.arn)
        engine.redrive(execution.arn)

    stage.host.script("lambda:f", Reply(1), Reply(error="Boom", seconds=1), Reply(3))
    config = {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"}
    items = {"ProcessorConfig": config, "StartAt": "T", "States": {"T": task()}}
    distributed = {"Type": "Map", "Items": [1, 2, 3], "ItemProcessor": items, "End": True}
    execution = stage.run(states(S=distributed), meanwhile=redrive)
    assert execution.output == "[1,3,3]"
    assert len(stage.host.calls) == 4
    assert "MapRunRedriven" in types(execution)


def test_a_succeeded_execution_refuses_to_be_redriven(stage: Any, states: Any) -> None:
    async def redrive(engine: Engine, execution: Execution) -> None:
        await engine.wait(execution.arn)
        with pytest.raises(NotRedrivableError, match="SUCCEEDED and cannot be redriven"):
            engine.redrive(execution.arn)

    assert stage.run(states(S={"Type": "Succeed"}), meanwhile=redrive).redrive_count == 0


def test_stopping_a_distributed_map_aborts_its_children(stage: Any, states: Any) -> None:
    async def stop(engine: Engine, execution: Execution) -> None:
        await asyncio.sleep(5)
        engine.stop(execution.arn)

    config = {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"}
    flow = {
        "ProcessorConfig": config,
        "StartAt": "W",
        "States": {"W": {"Type": "Wait", "Seconds": 60, "End": True}},
    }
    distributed = {"Type": "Map", "Items": [1, 2, 3], "MaxConcurrency": 2, "ItemProcessor": flow, "End": True}
    stage.run(states(S=distributed), meanwhile=stop)
    (map_run,) = stage.engine.map_runs.values()
    assert map_run.status == "ABORTED"
    assert [stage.engine.execution(arn).status for arn in map_run.child_items] == ["ABORTED", "ABORTED"]
    assert map_run.item_counts["pending"] == 1


def test_listeners_hear_of_the_start_and_of_the_end(stage: Any, states: Any) -> None:
    heard: list[str] = []

    async def listen(engine: Engine, _execution: Execution) -> None:
        engine.on_status.append(lambda execution: heard.append(execution.status))

    stage.run(states(S={"Type": "Wait", "Seconds": 1, "End": True}), meanwhile=listen)
    assert heard == ["SUCCEEDED"]


def test_every_place_that_comes_into_play_is_told(stage: Any, states: Any) -> None:
    passed: set[str] = set()

    async def listen(engine: Engine, _execution: Execution) -> None:
        engine.on_step.append(lambda _execution, location: passed.add(location))

    stage.host.script("lambda:f", Reply(error="E"))
    rule = {"Condition": "{% $states.input = 1 %}", "Next": "End"}
    choice = {"Type": "Choice", "Choices": [rule], "Default": "Try"}
    flow = {
        "StartAt": "Choose",
        "States": {"Choose": choice, "Try": caught_task(), "End": {"Type": "Succeed"}},
    }
    machine = states(Each={"Type": "Map", "Items": [1, 2], "ItemProcessor": flow, "End": True})
    execution = stage.run(machine, meanwhile=listen)
    assert passed == set(steps(execution.flow))
    assert steps(execution.flow)["/States/Each/ItemProcessor/States/Try/Retry[0]"] == "retrier"


def caught_task() -> dict[str, Any]:
    fields = task(Retry=[{"ErrorEquals": ["E"], "MaxAttempts": 1}], Next="End")
    del fields["End"]
    return {**fields, "Catch": [{"ErrorEquals": ["States.ALL"], "Next": "End"}]}


def test_a_host_that_gives_up_its_call_aborts_the_execution(stage: Any, states: Any) -> None:
    def give_up(_call: Any) -> Reply:
        raise asyncio.CancelledError

    stage.host.script("lambda:f", give_up)
    execution = stage.run(states(S=task()))
    assert execution.status == "ABORTED"
    assert types(execution)[-1] == "ExecutionAborted"


def test_a_host_that_breaks_fails_the_execution_and_says_how(stage: Any, states: Any, caplog: Any) -> None:
    stage.host.script("lambda:f", lambda call: Reply(call.arguments["absent"]))
    execution = stage.run(states(S=task()))
    assert (execution.error, execution.cause) == ("States.Runtime", "KeyError('absent')")
    assert "The engine failed" in caplog.text
