"""SageMaker's jobs in a simulated world: how long they take, how they end, and what they write."""

from __future__ import annotations

from typing import Any

from rehearsal.asl.ports import TaskCall
from rehearsal.asl.simulation import Reply
from rehearsal.asl.wire import dumps
from rehearsal.simulated.faults import DURATION_FAULTS, JOB_FAULTS, Fault
from rehearsal.simulated.world import World

SECONDS = {"Training": 1800.0, "Processing": 600.0, "Transform": 300.0, "HyperParameterTuning": 3600.0}
METRICS = [
    {"MetricName": "validation:auc", "Value": 0.74},
    {"MetricName": "validation:logloss", "Value": 0.4},
]


def run_job(world: World, call: TaskCall, fault: Fault | None) -> Reply:
    """The reply of one job; `fault` is a job or duration fault."""
    kind = call.integration.action.removeprefix("create").removesuffix("Job")
    name = call.arguments[f"{kind}JobName"]
    status, secondary, reason = JOB_FAULTS[fault.what] if fault and fault.what in JOB_FAULTS else _WELL
    seconds = SECONDS[kind] + (DURATION_FAULTS.get(fault.what, 0.0) if fault else 0.0)
    world.jobs[name] = "InProgress"
    description = {
        **call.arguments,
        f"{kind}JobStatus": status,
        **(
            {"SecondaryStatus": secondary, "BillableTimeInSeconds": int(seconds)}
            if kind == "Training"
            else {}
        ),
        **({"FailureReason": reason} if status == "Failed" else {}),
    }
    if kind == "Training":
        _checkpoint(world, call, is_saved=fault is None or fault.saves_checkpoint)
    if status == "Completed" and kind != "HyperParameterTuning":
        description |= _written(world, kind, call)
    if kind == "HyperParameterTuning":
        description |= _tuned(world, call, is_well=status == "Completed")
    if status == "Completed" or reason == "#":
        return Reply(description, seconds)
    return Reply(seconds=seconds, error="States.TaskFailed", cause=dumps(description))


_WELL = ("Completed", "Completed", "")


def _checkpoint(world: World, call: TaskCall, *, is_saved: bool) -> None:
    if is_saved:
        world.checkpoints_written += 1
        prefix = _key(call.arguments["CheckpointConfig"]["S3Uri"])
        world.objects[f"{prefix}/checkpoint-{world.checkpoints_written:03d}"] = 1


def _written(world: World, kind: str, call: TaskCall) -> dict[str, Any]:
    if kind == "Training":
        uri = f"{call.arguments['OutputDataConfig']['S3OutputPath']}/{call.arguments['TrainingJobName']}"
        world.objects[_key(f"{uri}/output/model.tar.gz")] = 1_000_000
        return {
            "ModelArtifacts": {"S3ModelArtifacts": f"{uri}/output/model.tar.gz"},
            "FinalMetricDataList": METRICS,
        }
    if kind == "Transform":
        world.objects[_key(call.arguments["TransformOutput"]["S3OutputPath"]) + "/inputs.csv.out"] = 1
    else:
        for output in call.arguments["ProcessingOutputConfig"]["Outputs"]:
            world.objects[_key(output["S3Output"]["S3Uri"]) + "/document.json"] = 1
    return {}


def _tuned(world: World, call: TaskCall, *, is_well: bool) -> dict[str, Any]:
    """What a tuning job says of its training jobs; the best one can be described."""
    definition, config = (
        call.arguments["TrainingJobDefinition"],
        call.arguments["HyperParameterTuningJobConfig"],
    )
    number = config["ResourceLimits"]["MaxNumberOfTrainingJobs"]
    if not is_well:
        return {"TrainingJobStatusCounters": {"Completed": 0, "NonRetryableError": number}}
    name = f"{call.arguments['HyperParameterTuningJobName']}-001"
    uri = f"{definition['OutputDataConfig']['S3OutputPath']}/{name}/output/model.tar.gz"
    world.objects[_key(uri)] = 1_000_000
    world.trained[name] = {
        "TrainingJobName": name,
        "ModelArtifacts": {"S3ModelArtifacts": uri},
        "FinalMetricDataList": METRICS,
        "HyperParameters": {
            **definition["StaticHyperParameters"],
            "_tuning_objective_metric": "validation:auc",
        },
        "ResourceConfig": definition["ResourceConfig"],
        "BillableTimeInSeconds": 600,
    }
    counters = {"Completed": number, "NonRetryableError": 0}
    return {"TrainingJobStatusCounters": counters, "BestTrainingJob": {"TrainingJobName": name}}


def _key(uri: str) -> str:
    return uri.split("/", 3)[3].rstrip("/")
