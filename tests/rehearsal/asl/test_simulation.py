"""A whole training ladder with nested machines, in virtual time and without processes."""

import json
from typing import Any

from rehearsal.asl.clock import run_virtual
from rehearsal.asl.execution import Execution, Machine
from rehearsal.asl.simulation import (
    Reply,
    Simulation,
    completed,
    failed,
    hours,
    interrupted,
    simulated_engine,
)

ACCOUNT = "arn:aws:states:eu-west-1:111122223333:stateMachine"
ROLE = "arn:aws:iam::111122223333:role/states"
TRAIN = {
    "Type": "Task",
    "Resource": "arn:aws:states:::sagemaker:createTrainingJob.sync",
    "Arguments": {"TrainingJobName": "{% 'job-' & $substring($uuid(), 0, 8) %}"},
    "Catch": [
        {
            "ErrorEquals": ["States.ALL"],
            "Assign": {"why": "{% $parse($states.errorOutput.Cause) %}"},
            "Next": "Judge",
        }
    ],
    "Output": "{% $states.result.ModelArtifacts.S3ModelArtifacts %}",
    "Next": "Done",
}
JUDGE = {
    "Type": "Choice",
    "Choices": [{"Condition": "{% $why.SecondaryStatus = 'MaxWaitTimeExceeded' %}", "Next": "Pause"}],
    "Default": "GiveUp",
}
LADDER = {
    "Train": TRAIN,
    "Judge": JUDGE,
    "Pause": {"Type": "Wait", "Seconds": 600, "Next": "Train"},
    "Done": {"Type": "Succeed"},
    "GiveUp": {"Type": "Fail", "Error": "Training.Failed", "Cause": "{% $why.FailureReason %}"},
}
PARENT = {
    "Start": {
        "Type": "Task",
        "Resource": "arn:aws:states:::states:startExecution.sync:2",
        "Arguments": {"StateMachineArn": f"{ACCOUNT}:ladder", "Input": {"a": 1}},
        "Output": "{% $states.result.Output %}",
        "End": True,
    }
}


def machine(name: str, states: dict[str, Any]) -> Machine:
    definition = {"QueryLanguage": "JSONata", "StartAt": next(iter(states)), "States": states}
    return Machine(f"{ACCOUNT}:{name}", name, ROLE, json.dumps(definition))


def run(*jobs: Any) -> tuple[Execution, Simulation]:
    host = Simulation()

    async def main() -> Execution:
        engine = simulated_engine(host, 1)
        ladder = machine("ladder", LADDER)
        host.machines[ladder.arn] = ladder
        host.script("sagemaker:createTrainingJob", *jobs)
        execution = await engine.run(machine("parent", PARENT), "one", "{}")
        assert engine.tokens.pending() == 0
        await engine.close()
        return execution

    return run_virtual(main()), host


def test_interrupted_jobs_are_tried_again_until_one_completes() -> None:
    execution, host = run(interrupted(hours(2)), interrupted(hours(2)), completed(hours(1)))
    assert execution.status == "SUCCEEDED"
    assert execution.stop_date is not None
    assert execution.stop_date - execution.start_date == hours(5) + 1200
    assert str(execution.output).endswith('/output/model.tar.gz"')
    assert len({call.arguments["TrainingJobName"] for call in host.calls[1:]}) == 3


def test_a_failed_nested_machine_reaches_its_parent_as_task_failed() -> None:
    execution, host = run(failed(60, "AlgorithmError: OOM: batch 3"))
    assert execution.error == "States.TaskFailed"
    cause = json.loads(str(execution.cause))
    assert (cause["Status"], cause["Error"]) == ("FAILED", "Training.Failed")
    assert cause["Cause"] == "AlgorithmError: OOM: batch 3"
    assert not host.running_jobs


def test_what_is_not_scripted_fails_by_its_name(stage: Any, states: Any) -> None:
    task = {"Type": "Task", "Resource": "arn:aws:states:::sns:publish", "End": True}
    execution = stage.run(states(S=task))
    assert execution.error == "Simulation.Unscripted"
    assert execution.cause == "The simulation has no script for sns:publish."


def test_an_answer_may_depend_on_what_was_asked() -> None:
    execution, _ = run(
        lambda call: Reply({"ModelArtifacts": {"S3ModelArtifacts": call.arguments["TrainingJobName"]}})
    )
    assert json.loads(str(execution.output)).startswith("job-")
