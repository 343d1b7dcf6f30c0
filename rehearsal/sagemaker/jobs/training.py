"""Training jobs: attempts of containers, managed spot as AWS does it, checkpoints, artifacts, metrics."""

from __future__ import annotations

import logging
import shutil
import time
from dataclasses import dataclass
from typing import Any

from rehearsal.emulator.faults import Fault
from rehearsal.sagemaker.jobs.channels import Host
from rehearsal.sagemaker.jobs.checkpoints import Checkpoints
from rehearsal.sagemaker.jobs.cluster import Cluster, Happening, moments
from rehearsal.sagemaker.jobs.job import Ending, Job, algorithm_error
from rehearsal.sagemaker.jobs.logs import LogStream
from rehearsal.sagemaker.jobs.metrics import NAMESPACE, Metrics
from rehearsal.sagemaker.jobs.process import Command
from rehearsal.sagemaker.jobs.secondary_status import FINAL, enter, start_up
from rehearsal.sagemaker.jobs.training_layout import CHECKPOINTS, lay_out
from rehearsal.sagemaker.jobs.training_output import TrainingOutput
from rehearsal.sagemaker.s3 import DataError

logger = logging.getLogger(__name__)
CAPACITY = (
    "CapacityError: Unable to provision requested ML compute capacity. "
    "Please retry using a different ML instance type."
)
SPOT_SHARE_OF_PRICE = 0.3
FAULTS = ("out_of_memory", "algorithm_error", "nan", "killed_worker")


@dataclass(frozen=True)
class Limits:
    """The job's two clocks as time.time(): one for running, one (spot only) for running and waiting."""

    runtime_seconds: float
    wait_until: float

    @classmethod
    def of(cls, request: dict[str, Any]) -> Limits:
        """Read StoppingCondition; AWS's default runtime is a day."""
        condition = request.get("StoppingCondition") or {}
        wait = condition.get("MaxWaitTimeInSeconds")
        until = request["CreationTime"] + wait if wait else float("inf")
        return cls(condition.get("MaxRuntimeInSeconds", 86400), until)


class TrainingJob(Job):
    """One training job. A spot interruption starts a new attempt inside the same job."""

    running_seconds = 0.0  # of the containers: what MaxRuntimeInSeconds bounds
    occupied_seconds = 0.0  # of the instances, downloads and uploads included: what is billed
    has_slot = False
    checkpoints: Checkpoints | None = None

    def announce(self) -> None:
        """Its first secondary status tells of a training job."""

    def work(self) -> Ending:
        """Attempt until an attempt ends other than by interruption."""
        shutil.rmtree(self.directory, ignore_errors=True)
        definitions = self.request["AlgorithmSpecification"].get("MetricDefinitions", [])
        namespace = {"cloudwatch:namespace": NAMESPACE}
        denied = self.account.denied(self.role_arn, "cloudwatch:PutMetricData", "*", **namespace)
        self.metrics = Metrics(
            definitions, self.account.platform, self.record.name, is_permitted=denied is None
        )
        limits = Limits.of(self.request)
        while True:
            ending = self._attempt(limits)
            if ending:
                return ending
            if time.time() >= limits.wait_until:
                return Ending("Stopped", "MaxWaitTimeExceeded")

    @property
    def is_spot(self) -> bool:
        """Tell whether the job runs on spot capacity."""
        return bool(self.request.get("EnableManagedSpotTraining"))

    def _attempt(self, limits: Limits) -> Ending | None:
        """Run once on fresh instances; None after an interruption."""
        self.launched_at = time.time()
        for status, message in start_up(self.request["ResourceConfig"]["InstanceType"]):
            self._phase(status, message)
        refused = self._capacity()
        if refused:
            return refused
        self.require_pull()
        self.require_volume_key()
        self.has_slot = self.has_slot or self.wait_for_slot()
        if not self.has_slot:
            return Ending("Stopped", "Stopped")
        began = time.time()
        self.record.details.setdefault("TrainingStartTime", began)
        self._phase("Downloading")
        try:
            commands = self._prepare()
            self._phase("Training")
            if self.stopping.is_set():
                return Ending("Stopped", "Stopped")
            return self._train(commands, limits)
        finally:
            self.occupied_seconds += time.time() - began

    def _capacity(self) -> Ending | None:
        """Meet the faults of getting no capacity: on demand fails, spot waits until its time is over."""
        name = self.record.name
        without = self.account.faults.strike("no_capacity", "TrainingJob", name)
        waiting = self.is_spot and self.account.faults.strike("max_wait_exceeded", "TrainingJob", name)
        fault = without or waiting or None
        if fault is None:
            return None
        self.stopping.wait(fault["wait_seconds"])
        return Ending("Stopped", "MaxWaitTimeExceeded") if self.is_spot else Ending("Failed", reason=CAPACITY)

    def _prepare(self) -> list[Command]:
        """Lay out every host's /opt/ml, restore checkpoints, and return what to run there."""
        request = self.request
        for leftover in self.directory.glob("*/ml"):
            shutil.rmtree(leftover)
        count = request["ResourceConfig"].get("InstanceCount", 1)
        environment = {
            **self.environment(),
            "TRAINING_JOB_NAME": self.record.name,
            "TRAINING_JOB_ARN": self.record.arn,
        }
        specification = request["AlgorithmSpecification"]
        arguments = specification.get("ContainerArguments")
        entrypoint = specification.get("ContainerEntrypoint")
        argv = (
            self.image.argv(entrypoint, arguments or (None if entrypoint else ["train"]))
            if self.image
            else []
        )
        commands = []
        for host in (Host(index, count) for index in range(count)):
            command = self.command(argv, environment, host)
            lay_out(self.files, request, command.opt_ml, host)
            commands.append(command)
        self._restore_checkpoints(commands)
        return commands

    def _restore_checkpoints(self, commands: list[Command]) -> None:
        config = self.request.get("CheckpointConfig")
        if not config:
            return
        folders = [command.local(config.get("LocalPath", CHECKPOINTS)) for command in commands]
        self.checkpoints = Checkpoints(self.files, config["S3Uri"], folders)
        self.checkpoints.restore()
        self.checkpoints.start()

    def _train(self, commands: list[Command], limits: Limits) -> Ending | None:
        streams = [self.log_stream(f"algo-{index + 1}") for index in range(len(commands))]
        self.cluster = Cluster(
            self.account,
            commands,
            lambda host, line: self._line(streams[host], line),
            self.meter(self.request["ResourceConfig"]),
        )
        names = (*FAULTS, "spot_interruption") if self.is_spot else FAULTS
        began = time.time()
        self.cluster.start(moments(self.account, names, "TrainingJob", self.record.name))
        if self.stopping.is_set():
            self.cluster.request_stop()
        run_until = began + limits.runtime_seconds - self.running_seconds
        happening = self.cluster.watch(min(run_until, limits.wait_until))
        ending = self._react(happening, commands, is_wait_over=limits.wait_until < run_until)
        self.running_seconds += time.time() - began
        for stream in streams:
            stream.flush()
        if ending:
            self._finish(ending, commands)
        return ending

    def _finish(self, ending: Ending, commands: list[Command]) -> None:
        """Upload; where the job has failed already, that failure is the one to tell, and then is its end."""
        if ending.status == "Failed":
            self.record.details["TrainingEndTime"] = time.time()
        try:
            self._upload(ending, commands)
        except DataError as error:
            if ending.status != "Failed":
                raise
            logger.warning("%s: %s", self.record.name, error)

    def _react(self, happening: Happening, commands: list[Command], *, is_wait_over: bool) -> Ending | None:
        """Turn what happened into the attempt's ending; None for an interruption."""
        cluster = self.cluster
        if cluster is None:
            raise RuntimeError("no cluster to react to")
        if happening.what == "stop":
            self._phase("Stopping")
        if happening.what in ("stop", "deadline"):
            cluster.terminate()
        cluster.kill()
        if self.checkpoints:
            self.checkpoints.stop()
        if happening.what == "stop":
            return Ending("Stopped", "Stopped")
        if happening.what == "deadline":
            return Ending("Stopped", "MaxWaitTimeExceeded" if is_wait_over else "MaxRuntimeExceeded")
        if happening.fault:
            return self._struck(happening.fault, commands)
        if happening.exit_code:
            return Ending("Failed", reason=algorithm_error(_failure(commands), happening.exit_code))
        return Ending("Completed", "Completed")

    def _struck(self, fault: Fault, commands: list[Command]) -> Ending | None:
        if fault.fault != "spot_interruption":
            (commands[0].opt_ml / "output/failure").write_text(fault["text"])
            return Ending("Failed", reason=algorithm_error(fault["text"], 1))
        self._phase("Interrupted")
        self.stopping.wait(fault["wait_seconds"])
        return Ending("Stopped", "Stopped") if self.stopping.is_set() else None

    def _line(self, stream: LogStream, line: str) -> None:
        stream.write(line)
        self.metrics.read(line)

    def _upload(self, ending: Ending, commands: list[Command]) -> None:
        """Upload what the container left in /opt/ml/model and /opt/ml/output/data, after a failure too."""
        if self.account.closing.is_set():
            return
        self._phase("Uploading")
        opt_mls = [command.opt_ml for command in commands]
        output = TrainingOutput(
            self.files, self.request["OutputDataConfig"], self.record.name, self.directory
        )
        output.upload_data(opt_mls)
        uri = output.upload_model(opt_mls, even_if_empty=ending.status == "Completed")
        if uri:
            self.record.update(ModelArtifacts={"S3ModelArtifacts": uri})

    def _phase(self, status: str, message: str = "") -> None:
        """Enter a secondary status; the last one is announced with the job's end."""
        enter(self.record, status, message)
        if status not in FINAL:
            self.emit()

    def clean_up(self) -> None:
        """End containers and syncing."""
        super().clean_up()
        if self.checkpoints and not self.account.closing.is_set():
            self.checkpoints.abandon()

    def closing_details(self, ending: Ending) -> dict[str, Any]:
        """Add times, the bill and final metrics; a spot second costs a fraction of an on-demand one."""
        self._phase(ending.secondary or ending.status)
        now = time.time()
        details: dict[str, Any] = {}
        if "TrainingStartTime" in self.record.details:
            details = {
                "TrainingEndTime": self.record.details.get("TrainingEndTime", now),
                **bill(self.occupied_seconds, is_spot=self.is_spot),
                "FinalMetricDataList": self.metrics.final() or None,
            }
        return details


def bill(training_seconds: float, *, is_spot: bool) -> dict[str, int]:
    """Return training and billable seconds, spot at its share of the price. Both are wall-clock time, however
    many the instances: whoever adds up a bill multiplies (DescribeTrainingJob)."""
    seconds = max(1, round(training_seconds))
    share = SPOT_SHARE_OF_PRICE if is_spot else 1.0
    return {
        "TrainingTimeInSeconds": seconds,
        "BillableTimeInSeconds": max(1, round(seconds * share)),
    }


def _failure(commands: list[Command]) -> str:
    """Return the first failure file among the hosts."""
    for command in commands:
        path = command.opt_ml / "output/failure"
        if path.is_file():
            return path.read_text(errors="replace")[:1024]
    return ""
