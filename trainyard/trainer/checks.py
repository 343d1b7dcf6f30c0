"""What a trainer promises (docs/trainer-contract.md), each tried with short jobs on a made-up dataset."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from contracts.failures import FAILURES
from trainyard.trainer.job import STOPPED, Ended, Job, Trainer
from trainyard.trainer.sample import write_sample

FAILURE_CHARACTERS = 960
UNKNOWN = {"no_such_hyperparameter": "1"}
MODELS = ("model.ubj", "model.npz")
SAID_LINES = 12


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One promise: kept, broken, or (None) not tried."""

    promise: str
    is_kept: bool | None
    seen: str


@dataclass(frozen=True, kw_only=True)
class Check:
    """One trainer with what the stack would hand it; `data` is a folder with the channels, or made up."""

    trainer: Trainer
    hyperparameters: Mapping[str, str]
    objective: str
    definitions: Sequence[Mapping[str, str]]
    limit_seconds: float
    data: Path | None

    def findings(self, folder: Path) -> Iterator[Finding]:
        """One promise after the other; without a finished job the others can't be tried."""
        job = self._job(folder, "finished", self.hyperparameters)
        ended = job.run(self.trainer, self.limit_seconds)
        yield self._ends_well(job, ended)
        if ended.exit_code != 0:
            return
        yield self._prints_objective(ended)
        yield _leaves_model(job)
        yield self._refuses_unknown(folder)
        yield from self._survives_a_stop(folder, job)

    def _job(self, folder: Path, name: str, hyperparameters: Mapping[str, str]) -> Job:
        job = Job(folder / name, hyperparameters)
        if self.data is None:
            write_sample(folder / name / "input/data")
        else:
            shutil.copytree(self.data, folder / name / "input/data")
        return job

    def _ends_well(self, job: Job, ended: Ended) -> Finding:
        if ended.exit_code is None:
            seen = f"not over after {self.limit_seconds:g} seconds: give it less to do, or --limit-seconds"
        else:
            seen = f"exit code {ended.exit_code} after {ended.seconds:.1f} s"
        if ended.exit_code != 0:
            said = [f"failure: {job.failure}"] if job.failure else []
            seen = "\n    ".join([seen, *said, *ended.lines[-SAID_LINES:]])
        return Finding(promise="a job ends well", is_kept=ended.exit_code == 0, seen=seen)

    def _prints_objective(self, ended: Ended) -> Finding:
        values = {one["Name"]: ended.metric(one) for one in self.definitions}
        printed = ", ".join(f"{name}={value}" for name, value in values.items() if value is not None)
        is_kept = values[self.objective] is not None
        remedy = (
            "" if is_kept else f": training.objectiveMetric is {self.objective}; print it, or set another"
        )
        return Finding(
            promise="the objective is printed", is_kept=is_kept, seen=f"{printed or 'no metric'}{remedy}"
        )

    def _refuses_unknown(self, folder: Path) -> Finding:
        job = self._job(folder, "refused", {**self.hyperparameters, **UNKNOWN})
        ended = job.run(self.trainer, self.limit_seconds)
        problem = _problem_of(job.failure)
        is_kept = ended.exit_code == 1 and not problem
        seen = job.failure if is_kept else f"exit code {ended.exit_code}; {problem or job.failure}"
        return Finding(promise="an unknown hyperparameter is refused by name", is_kept=is_kept, seen=seen)

    def _survives_a_stop(self, folder: Path, finished: Job) -> Iterator[Finding]:
        job = self._job(folder, "stopped", self.hyperparameters)
        stopped = job.run(self.trainer, self.limit_seconds, stop_at="epoch=")
        promise = "stopped by SIGTERM it leaves a checkpoint and no model, and exits with 143"
        if stopped.exit_code == 0 or _model_of(job) == _model_of(finished):
            seen = "the job was over before it could be stopped: give it more epochs (--set)"
            yield Finding(promise=promise, is_kept=None, seen=seen)
            return
        checkpoints, models = list(job.files("checkpoints")), list(job.files("model"))
        is_kept = stopped.exit_code == STOPPED and bool(checkpoints) and not models
        seen = f"exit code {stopped.exit_code}; checkpoints: {_named(checkpoints)}; model: {_named(models)}"
        yield Finding(promise=promise, is_kept=is_kept, seen=seen)
        if is_kept:
            yield self._resumes(job, finished)

    def _resumes(self, job: Job, finished: Job) -> Finding:
        ended = job.run(self.trainer, self.limit_seconds)
        is_same = _model_of(job) == _model_of(finished)
        seen = f"exit code {ended.exit_code}" + ("" if is_same else "; it is another one than without a stop")
        is_kept = ended.exit_code == 0 and is_same
        return Finding(promise="started again it ends in the very same model", is_kept=is_kept, seen=seen)


def _leaves_model(job: Job) -> Finding:
    found = job.files("model")
    lacking = [name for name in ("encoding.json", "metadata.json") if name not in found]
    models = [name for name in MODELS if name in found]
    if len(models) != 1:
        lacking.append(f"one of {' and '.join(MODELS)}")
    metadata = found.get("metadata.json", b"{}")
    lacking += [
        f"{key} in metadata.json"
        for key in ("threshold", "importance")
        if f'"{key}"'.encode() not in metadata
    ]
    seen = f"{_named(found)}" + (f"; lacking: {', '.join(lacking)}" if lacking else "")
    return Finding(promise="the model has what serving reads", is_kept=not lacking, seen=seen)


def _model_of(job: Job) -> dict[str, bytes]:
    return {name: body for name, body in job.files("model").items() if name in MODELS}


def _problem_of(failure: str) -> str:
    """What is wrong with the text of a failure; empty for one that the ladder can read."""
    try:
        error = json.loads(failure)["error"]
    except (ValueError, KeyError, TypeError):
        return f"output/failure is {failure[:80]!r}: it must be one line of JSON with error and message"
    if error != "ConfigurationRejected":
        known = "" if error in FAILURES else ", which the vocabulary doesn't know"
        return f"output/failure names {error!r}{known}: it must be 'ConfigurationRejected'"
    if len(failure) > FAILURE_CHARACTERS:
        return f"output/failure has {len(failure)} characters: at most {FAILURE_CHARACTERS} are kept"
    return "" if next(iter(UNKNOWN)) in failure else f"{failure}: it must name the hyperparameter"


def _named(files: Sequence[str] | Mapping[str, bytes]) -> str:
    return ", ".join(files) or "none"
