"""SageMaker's jobs in a simulated world: how long they take, how they end, and what they write."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from contracts.failure_line import failure_line, parse_failure
from rehearsal.asl.host import TaskCall
from rehearsal.asl.ports import StatesError
from rehearsal.asl.wire import dumps
from rehearsal.simulated import documents
from rehearsal.simulated.faults import DURATION_FAULTS, JOB_FAULTS, Fault
from rehearsal.simulated.world import Job, World

SECONDS = {"Training": 1800.0, "Processing": 600.0, "Transform": 300.0, "HyperParameterTuning": 3600.0}
METRICS = [
    {"MetricName": "validation:auc", "Value": 0.74},
    {"MetricName": "validation:logloss", "Value": 0.4},
]
WELL = ("Completed", "Completed", "")


@dataclass(frozen=True)
class Started:
    """A job under way, and the fault that it meets."""

    job: Job
    call: TaskCall
    fault: Fault | None

    @property
    def seconds(self) -> float:
        """How long it takes."""
        extra = self.fault.seconds or DURATION_FAULTS.get(self.fault.what, 0.0) if self.fault else 0.0
        return SECONDS[self.job.kind] + extra


def start(world: World, call: TaskCall, fault: Fault | None) -> Started:
    """A job begins; training writes its first checkpoint at once."""
    kind = call.integration.action.removeprefix("create").removesuffix("Job")
    job = Job(kind, call.arguments[f"{kind}JobName"], call.arguments, world.now)
    world.jobs[job.name] = job
    tags = {tag["Key"]: tag["Value"] for tag in call.arguments.get("Tags", ())}
    world.owners[job.arn], world.attempts[job.arn] = tags["execution-id"], tags["attempt"]
    if kind == "Training" and (fault is None or fault.saves_checkpoint):
        world.checkpoints_written += 1
        prefix = _key(call.arguments["CheckpointConfig"]["S3Uri"])
        world.put(f"{prefix}/checkpoint-{world.checkpoints_written:03d}", size=1)
    return Started(job, call, fault)


def end(world: World, started: Started) -> dict[str, Any]:
    """A job is over: its description as Describe has it; raises States.TaskFailed if it went badly."""
    job, fault = started.job, started.fault
    status, secondary, reason = JOB_FAULTS[fault.what] if fault and fault.what in JOB_FAULTS else WELL
    job.end(status, world.now)
    if job.kind == "Processing" and status != "Stopped" and "landed" in _inputs(job):
        _land_again(world)
    training = {"SecondaryStatus": secondary, "BillableTimeInSeconds": int(started.seconds)}
    job.ended = {
        f"{job.kind}JobStatus": status,
        **(training if job.kind == "Training" else {}),
        **(_said(job.kind, reason) if status == "Failed" else {}),
    }
    if job.kind == "HyperParameterTuning":
        job.ended |= _tuned(world, job, is_well=status == "Completed")
    elif status == "Completed":
        job.ended |= WRITERS[job.kind](world, job)
    description = {**job.request, **job.ended}
    if status == "Completed" or reason == "#":
        return description
    raise StatesError("States.TaskFailed", dumps(description))


def _said(kind: str, reason: str) -> dict[str, str]:
    """Why a job failed, where SageMaker shows it: a processing container's own words are its ExitMessage."""
    written = parse_failure(reason)
    if kind != "Processing" or written is None:
        return {"FailureReason": reason}
    return {"FailureReason": "AlgorithmError: , exit code: 1", "ExitMessage": failure_line(written)}


def _train(world: World, job: Job) -> dict[str, Any]:
    uri = f"{job.request['OutputDataConfig']['S3OutputPath']}/{job.name}/output/model.tar.gz"
    world.put(_key(uri), size=1_000_000)
    return {"ModelArtifacts": {"S3ModelArtifacts": uri}, "FinalMetricDataList": METRICS}


def _transform(world: World, job: Job) -> dict[str, Any]:
    prefix = _key(job.request["TransformOutput"]["S3OutputPath"])
    world.put(f"{prefix}/inputs.csv.out", documents.PROBABILITY.encode())
    return {}


def _process(world: World, job: Job) -> dict[str, Any]:
    """What the containers write, told apart by their outputs."""
    outputs = {
        one["OutputName"]: _key(one["S3Output"]["S3Uri"])
        for one in job.request["ProcessingOutputConfig"]["Outputs"]
    }
    inputs = _inputs(job)
    if "statistics" in outputs:
        _features(world, outputs, is_first_run="baseline" not in inputs)
    elif "ingestion" in outputs:
        world.put(f"{outputs['ingestion']}/algo-1.json", documents.ingestion(world.facts.lost_records))
    elif "reports" in outputs:
        _validate(world, outputs["reports"], inputs["landed"])
    else:
        _evaluate(world, outputs["report"], job, has_baseline="baseline" in inputs)
    return {}


def _inputs(job: Job) -> dict[str, str]:
    """The URI of each input of a processing job by its name."""
    return {one["InputName"]: one["S3Input"]["S3Uri"] for one in job.request["ProcessingInputs"]}


def _land_again(world: World) -> None:
    for key in world.keys("incoming/"):
        if key.rsplit("/", 1)[-1][:7] in world.facts.replaced_months:
            world.put(key, size=world.objects[key].size)


def _features(world: World, outputs: Mapping[str, str], *, is_first_run: bool) -> None:
    data, statistics = outputs["data"], outputs["statistics"]
    shift = documents.shift(is_first_run=is_first_run, is_shifted=world.facts.is_shifted)
    world.put(f"{data}/manifest.json", documents.manifest())
    world.put(f"{data}/test/inputs/inputs.csv", b"1,2,3\n")
    world.put(f"{statistics}/shift.json", shift)
    world.put(f"{statistics}/statistics.json", documents.statistics())
    world.put(f"{statistics}/fine.parquet", size=1)


def _validate(world: World, reports: str, manifest_uri: str) -> None:
    prefix, *names = json.loads(world.objects[_key(manifest_uri)].body)
    for name in names:
        report = documents.file_report(_key(f"{prefix['prefix']}{name}"), world.facts.broken_months)
        body = json.dumps(report.to_dict()).encode()
        world.put(f"{reports}/{report.file.rsplit('/', 1)[-1]}.report.json", body)


def _evaluate(world: World, report: str, job: Job, *, has_baseline: bool) -> None:
    model = next(one for one in job.request["ProcessingInputs"] if one["InputName"] == "model")
    is_first_lap = "/lap0-" in model["S3Input"]["S3Uri"]
    facts = world.facts
    scores = facts.scores if is_first_lap else facts.later_scores or facts.scores
    facts_of_report = {"has_baseline": has_baseline, "is_slice_worse": facts.is_slice_worse}
    world.put(f"{report}/report.json", documents.evaluation(scores, **facts_of_report))


WRITERS = {"Training": _train, "Transform": _transform, "Processing": _process}


def _tuned(world: World, job: Job, *, is_well: bool) -> dict[str, Any]:
    """What a tuning job says of its training jobs; the best one can be described."""
    definition = job.request["TrainingJobDefinition"]
    number = job.request["HyperParameterTuningJobConfig"]["ResourceLimits"]["MaxNumberOfTrainingJobs"]
    if not is_well:
        return {"TrainingJobStatusCounters": {"Completed": 0, "NonRetryableError": number}}
    name = f"{job.name}-001"
    uri = f"{definition['OutputDataConfig']['S3OutputPath']}/{name}/output/model.tar.gz"
    world.put(_key(uri), size=1_000_000)
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
