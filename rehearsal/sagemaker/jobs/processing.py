"""Processing jobs: inputs to /opt/ml/processing, one container per host, outputs back to S3."""

from __future__ import annotations

import json
import shutil
import threading
import time
from typing import Any

from rehearsal.sagemaker.jobs.channels import Host, Source, fetch
from rehearsal.sagemaker.jobs.cluster import Cluster, moments
from rehearsal.sagemaker.jobs.job import Ending, Job, algorithm_error
from rehearsal.sagemaker.jobs.process import Command
from rehearsal.sagemaker.jobs.processing_config import processing_job_config
from rehearsal.sagemaker.jobs.training_layout import resource_config
from rehearsal.sagemaker.s3 import DataError

FAULTS = ("out_of_memory", "algorithm_error", "nan", "killed_worker")
CONTINUOUS_SECONDS = 0.5


class ProcessingJob(Job):
    """One processing job."""

    def work(self) -> Ending:
        """Download, run, upload; a job that failed leaves only what was uploaded continuously."""
        self.require_pull()
        self.require_volume_key()
        if not self.wait_for_slot():
            return Ending("Stopped")
        commands = self._prepare()
        if self.stopping.is_set():
            return Ending("Stopped")
        self.record.update(ProcessingStartTime=time.time())
        ending = self._process(commands)
        self._read_exit_message(commands)
        for command in commands:
            if ending.status == "Completed":
                self._upload(command)
        return ending

    def _prepare(self) -> list[Command]:
        shutil.rmtree(self.directory, ignore_errors=True)
        request = self.request
        cluster = request["ProcessingResources"]["ClusterConfig"]
        count = cluster["InstanceCount"]
        environment = {
            **self.environment(),
            "PROCESSING_JOB_NAME": self.record.name,
            "PROCESSING_JOB_ARN": self.record.arn,
        }
        application = request["AppSpecification"]
        argv = (
            self.image.argv(application.get("ContainerEntrypoint"), application.get("ContainerArguments"))
            if self.image
            else []
        )
        commands = []
        for host in (Host(index, count) for index in range(count)):
            command = self.command(argv, environment, host)
            self._lay_out(command, host, cluster)
            commands.append(command)
        return commands

    def _lay_out(self, command: Command, host: Host, cluster: dict[str, Any]) -> None:
        config = command.opt_ml / "config"
        for folder in (config, command.opt_ml / "output", command.opt_ml / "processing"):
            folder.mkdir(parents=True, exist_ok=True)
        for item in self.request.get("ProcessingInputs", []):
            source = item["S3Input"]
            wanted = Source(
                source["S3Uri"],
                source.get("S3DataType", "S3Prefix"),
                source.get("S3DataDistributionType", "FullyReplicated"),
            )
            fetch(self.files, wanted, command.local(source["LocalPath"]), host)
        for output in self._outputs():
            command.local(output["LocalPath"]).mkdir(parents=True, exist_ok=True)
        (config / "processingjobconfig.json").write_text(json.dumps(processing_job_config(self.request)))
        (config / "resourceconfig.json").write_text(json.dumps(resource_config(cluster, host)))

    def _process(self, commands: list[Command]) -> Ending:
        streams = [self.log_stream(host) for host in commands[0].hosts]
        self.cluster = Cluster(
            self.account,
            commands,
            lambda host, line: streams[host].write(line),
            self.meter(self.request["ProcessingResources"]["ClusterConfig"]),
        )
        self.cluster.start(moments(self.account, FAULTS, "ProcessingJob", self.record.name))
        if self.stopping.is_set():
            self.cluster.request_stop()
        uploading = self._start_continuous_upload(commands)
        limit = (self.request.get("StoppingCondition") or {}).get("MaxRuntimeInSeconds", 86400)
        happening = self.cluster.watch(time.time() + limit)
        if happening.what in ("stop", "deadline"):
            self.cluster.terminate()
        self.cluster.kill()
        uploading.set()
        for stream in streams:
            stream.flush()
        if happening.what in ("stop", "deadline"):
            return Ending("Stopped")
        if happening.fault:
            return Ending("Failed", reason=algorithm_error(happening.fault["text"], 1))
        if happening.exit_code:
            return Ending("Failed", reason=algorithm_error("", happening.exit_code))
        return Ending("Completed")

    def _start_continuous_upload(self, commands: list[Command]) -> threading.Event:
        """Upload outputs in mode Continuous while the container runs, until the event is set."""
        done = threading.Event()
        wanted = [output for output in self._outputs() if output["S3UploadMode"] == "Continuous"]

        def loop() -> None:
            while not done.wait(CONTINUOUS_SECONDS):
                for command in commands:
                    self._upload(command, wanted)

        if wanted:
            threading.Thread(target=loop, daemon=True, name="continuous-upload").start()
        return done

    def _outputs(self) -> list[dict[str, Any]]:
        config = self.request.get("ProcessingOutputConfig") or {}
        return [output["S3Output"] for output in config.get("Outputs", [])]

    def _upload(self, command: Command, outputs: list[dict[str, Any]] | None = None) -> None:
        key = (self.request.get("ProcessingOutputConfig") or {}).get("KmsKeyId")
        for output in self._outputs() if outputs is None else outputs:
            self.files.upload_folder(command.local(output["LocalPath"]), output["S3Uri"], key)

    def _read_exit_message(self, commands: list[Command]) -> None:
        """Take /opt/ml/output/message of all hosts, the containers' own word on how they ended."""
        texts = []
        for path in (command.opt_ml / "output/message" for command in commands):
            try:
                texts.append(path.read_text(encoding="utf-8") if path.is_file() else "")
            except UnicodeDecodeError as error:
                raise DataError(f"/opt/ml/output/message is not UTF-8: {error}") from error
        if any(texts):
            self.record.update(ExitMessage="".join(texts)[:1024])
