"""Distributed Maps beyond their history: batches, exports, limits and children."""

import json
from typing import Any

import pytest

from rehearsal.asl.simulation import Reply

TASK = {
    "Type": "Task",
    "Resource": "arn:aws:states:::lambda:invoke",
    "Arguments": {"FunctionName": "f"},
    "End": True,
}
PASS = {"Type": "Pass", "End": True}


def distributed(state: dict[str, Any], kind: str = "STANDARD", **fields: Any) -> dict[str, Any]:
    config = {"Mode": "DISTRIBUTED", "ExecutionType": kind}
    flow = {"ProcessorConfig": config, "StartAt": "Item", "States": {"Item": state}}
    return {"Type": "Map", "ItemProcessor": flow, "End": True, **fields}


def test_an_item_above_the_limit_fails_the_run_under_its_name(stage: Any, states: Any) -> None:
    catch = [{"ErrorEquals": ["States.DataLimitExceeded"], "Next": "D"}]
    large = {"ItemSelector": "{% $pad('', 262143, 'x') %}", "Items": [1], "Catch": catch}
    execution = stage.run(states(S=distributed(PASS, **large), D={"Type": "Succeed", "Output": "late"}))
    assert execution.output == '"late"'
    assert "MapRunFailed" in [event["type"] for event in execution.events]


def test_batches_respect_the_limit_of_bytes_too(stage: Any, states: Any) -> None:
    batcher = {"MaxItemsPerBatch": 10, "MaxInputBytesPerBatch": 100}
    execution = stage.run(states(S=distributed(PASS, Items=["x" * 30] * 5, ItemBatcher=batcher)))
    batches = [batch["Items"] for batch in json.loads(execution.output)]
    assert [len(batch) for batch in batches] == [2, 2, 1]
    assert all(len(json.dumps({"Items": batch}, separators=(",", ":"))) <= 100 for batch in batches)


def test_the_export_holds_each_execution_and_a_manifest(stage: Any, states: Any) -> None:
    writer = {"Resource": "arn:aws:states:::s3:putObject", "Arguments": {"Bucket": "b", "Prefix": "p/"}}
    stage.host.script("lambda:f", Reply(1), Reply(error="Boom", cause="why"))
    state = distributed(TASK, Items=[1, 2], MaxConcurrency=1, ToleratedFailureCount=1, ResultWriter=writer)
    output = json.loads(stage.run(states(S=state)).output)
    manifest = json.loads(stage.host.objects["b", output["ResultWriterDetails"]["Key"]])
    assert manifest["MapRunArn"] == output["MapRunArn"]
    assert {name: len(files) for name, files in manifest["ResultFiles"].items()} == {
        "FAILED": 1,
        "PENDING": 0,
        "SUCCEEDED": 1,
    }
    (failed,) = json.loads(stage.host.objects["b", manifest["ResultFiles"]["FAILED"][0]["Key"]])
    assert (failed["Status"], failed["Error"], failed["Cause"], failed["Input"]) == (
        "FAILED",
        "Boom",
        "why",
        "2",
    )


@pytest.mark.parametrize(
    ("transformation", "result"), [("COMPACT", [[1, 2], [1, 2]]), ("FLATTEN", [1, 2, 1, 2])]
)
def test_a_writer_without_a_destination_reshapes_in_place(
    stage: Any, states: Any, transformation: str, result: list[Any]
) -> None:
    writer = {"WriterConfig": {"Transformation": transformation, "OutputType": "JSON"}}
    item = {"Type": "Pass", "Output": [1, 2], "End": True}
    execution = stage.run(states(S=distributed(item, Items=[1, 2], ResultWriter=writer)))
    assert json.loads(execution.output) == result


def test_no_more_children_run_at_once_than_the_limit_says(stage: Any, states: Any) -> None:
    stage.host.script("lambda:f", Reply(seconds=10))
    execution = stage.run(states(S=distributed(TASK, Items=list(range(7)), MaxConcurrency=3)))
    assert execution.stop_date - execution.start_date == 30


def test_a_thousand_children_are_counted_and_ordered(stage: Any, states: Any) -> None:
    execution = stage.run(states(S=distributed(PASS, Items="{% [1..1000] %}")))
    assert json.loads(execution.output) == list(range(1, 1001))
    (map_run,) = stage.engine.map_runs_of(execution.arn)
    assert map_run.item_counts == {**dict.fromkeys(map_run.item_counts, 0), "succeeded": 1000, "total": 1000,
                                   "resultsWritten": 1000}  # fmt: skip


def test_children_are_executions_of_the_labelled_machine(stage: Any, states: Any) -> None:
    item = {"Type": "Pass", "Output": "{% $states.context.StateMachine.Name %}", "End": True}
    execution = stage.run(states(S=distributed(item, Items=[1], Label="Files")))
    (map_run,) = stage.engine.map_runs_of(execution.arn)
    (child,) = [stage.engine.execution(arn) for arn in map_run.child_items]
    assert child.arn.startswith("arn:aws:states:eu-west-1:111122223333:execution:conformance/Files:")
    assert child.machine_arn.endswith(":stateMachine:conformance/Files")
    assert child.map_run_arn == map_run.arn
    assert child.redrive_status[0] == "NOT_REDRIVABLE"


def test_an_express_child_that_takes_too_long_times_out(stage: Any, states: Any) -> None:
    item = {"Type": "Wait", "Seconds": 4000, "End": True}
    execution = stage.run(states(S=distributed(item, "EXPRESS", Items=[1])))
    assert execution.error == "States.ExceedToleratedFailureThreshold"
    assert execution.stop_date - execution.start_date == 300
    (map_run,) = stage.engine.map_runs_of(execution.arn)
    assert map_run.item_counts["timedOut"] == 1


def test_the_rest_is_not_started_once_too_many_failed(stage: Any, states: Any) -> None:
    stage.host.script("lambda:f", Reply(error="Boom", seconds=1))
    stage.run(states(S=distributed(TASK, Items=list(range(10)), MaxConcurrency=2, ToleratedFailureCount=2)))
    assert len(stage.host.calls) == 4
    (map_run,) = stage.engine.map_runs.values()
    assert (map_run.status, map_run.item_counts["pending"]) == ("FAILED", 6)


def test_a_negative_number_of_items_to_read_fails_the_run(stage: Any, states: Any) -> None:
    reader = {
        "Resource": "arn:aws:states:::s3:getObject",
        "ReaderConfig": {"InputType": "JSON", "MaxItems": "{% -1 %}"},
        "Arguments": {"Bucket": "b", "Key": "rows"},
    }
    execution = stage.run(states(S=distributed(PASS, ItemReader=reader)))
    assert (execution.error, execution.cause) == (
        "States.ItemReaderFailed",
        "field MaxItems must be positive",
    )
