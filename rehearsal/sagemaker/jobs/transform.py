"""Batch transform: a model's container started for the job, fed with the records of S3 objects."""

from __future__ import annotations

import shutil
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from rehearsal.sagemaker.account import Account
from rehearsal.sagemaker.endpoints.server import ModelServer
from rehearsal.sagemaker.jobs.job import Ending, Job
from rehearsal.sagemaker.jobs.joining import Joining
from rehearsal.sagemaker.jobs.records import assembled, joined, payloads, split_records
from rehearsal.sagemaker.models import ServedModel
from rehearsal.sagemaker.s3 import DataError
from rehearsal.sagemaker.store import Record

STARTUP_SECONDS = 60
LOG_POINTER = "See job logs for more information"
INSTANCE = "i-0123456789abcdef0"


class RefusedRecordError(Exception):
    """The container refused a payload; `status` is its HTTP status."""

    def __init__(self, status: int, text: str) -> None:
        super().__init__(f"Bad HTTP status received from algorithm: {status}: {text}")
        self.status = status


class TransformJob(Job):
    """One transform job. All instances asked for are this machine: one container takes the whole load."""

    server: ModelServer | None = None

    def __init__(self, account: Account, record: Record, model: ServedModel) -> None:
        super().__init__(account, record, model.credentials, model.image)
        self.model = model

    @property
    def role_arn(self) -> str:
        """Return the model's role: transform jobs have none of their own."""
        return self.model.role_arn

    def work(self) -> Ending:
        """Start the container, transform every object, upload `<key>.out`."""
        self.require_volume_key()
        if not self.wait_for_slot():
            return Ending("Stopped")
        shutil.rmtree(self.directory, ignore_errors=True)
        self.record.update(TransformStartTime=time.time())
        objects = self._objects()
        log = self.log_stream(INSTANCE)
        self.server = ModelServer(self.account, self.model, self.directory / "algo-1", log)
        self.server.start()
        if not self.server.is_healthy_within(STARTUP_SECONDS):
            return Ending("Failed", reason=f"AlgorithmError: The container did not pass /ping. {LOG_POINTER}")
        return self._transform_all(objects)

    def _transform_all(self, objects: list[tuple[str, str, str]]) -> Ending:
        """Go through all objects; one that fails leaves no output and fails the job in the end."""
        failed: RefusedRecordError | None = None
        for bucket, key, name in objects:
            if self.stopping.is_set():
                return Ending("Stopped")
            try:
                self._transform(bucket, key, name)
            except RefusedRecordError as refused:
                self._log_refusal(refused)
                failed = failed or refused
        if failed:
            kind = "ClientError" if 400 <= failed.status < 500 else "AlgorithmError"
            return Ending("Failed", reason=f"{kind}: {LOG_POINTER}")
        return Ending("Stopped" if self.stopping.is_set() else "Completed")

    def _objects(self) -> list[tuple[str, str, str]]:
        source = self.request["TransformInput"]["DataSource"]["S3DataSource"]
        objects = self.files.source_objects(source["S3DataType"], source["S3Uri"])
        if not objects:
            raise DataError(f"No S3 objects found under S3 URL {source['S3Uri']!r}.")
        return objects

    def _transform(self, bucket: str, key: str, name: str) -> None:
        wanted, output = self.request["TransformInput"], self.request["TransformOutput"]
        by_line, joining = wanted.get("SplitType") == "Line", Joining.of(self.request)
        records = split_records(self.files.read(f"s3://{bucket}/{key}"), by_line=by_line)
        bodies = payloads(
            [joining.sent(record) for record in records] if joining else records,
            by_line=by_line,
            is_multi_record=self.request.get("BatchStrategy", "MultiRecord") == "MultiRecord",
            max_megabytes=self.request.get("MaxPayloadInMB", 6),
        )
        with ThreadPoolExecutor(self.request.get("MaxConcurrentTransforms") or 1) as pool:
            answers = list(pool.map(self._ask, bodies))
        if joining and not self.stopping.is_set():
            answers = joined(joining, records, answers, by_line=by_line)
        result = assembled(answers, by_line=output.get("AssembleWith") == "Line")
        if self.stopping.is_set():
            return
        uri = f"{output['S3OutputPath'].rstrip('/')}/{name}.out"
        self.files.write(result, uri, output.get("KmsKeyId"), output.get("Accept"))

    def _ask(self, body: bytes) -> bytes:
        if self.server is None or self.stopping.is_set():
            return b""
        content_type = self.request["TransformInput"].get("ContentType", "application/octet-stream")
        answer = self.server.invoke(body, content_type, self.request["TransformOutput"].get("Accept", "*/*"))
        if not answer.is_success:
            raise RefusedRecordError(answer.status, answer.body.decode(errors="replace")[:500])
        return answer.body

    def _log_refusal(self, refused: RefusedRecordError) -> None:
        stream = self.log_stream(INSTANCE, "/data-log")
        stream.write(str(refused))
        stream.flush()

    def clean_up(self) -> None:
        """End the container."""
        super().clean_up()
        if self.server:
            self.server.stop()

    def abandon(self) -> None:
        """End at once."""
        if self.server:
            self.server.stop()
        super().abandon()

    def closing_details(self, ending: Ending) -> dict[str, Any]:
        """Add the end's time."""
        _ = ending
        return {"TransformEndTime": time.time()}
