"""Data capture: sampled requests and answers as JSON lines in S3, in SageMaker's layout and format."""

from __future__ import annotations

import base64
import json
import logging
import random
import threading
import uuid
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from rehearsal.sagemaker.s3 import DataError, Files

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Exchange:
    """One invocation: what was asked and answered."""

    variant: str
    request: bytes
    request_type: str
    answer: bytes
    answer_type: str
    inference_id: str = ""
    custom_attributes: str = ""


class Capture:
    """The capture of one endpoint configuration, buffered until `flush`."""

    def __init__(
        self, settings: dict[str, Any], client: Any, endpoint_name: str, chance: random.Random
    ) -> None:
        self.settings = settings
        self._files = Files(client)
        self._endpoint_name = endpoint_name
        self._chance = chance
        self._lines: dict[str, list[str]] = {}
        self._lock = threading.Lock()

    def add(self, exchange: Exchange) -> None:
        """Keep an exchange, if the sample takes it."""
        if self._chance.random() * 100 >= self.settings["InitialSamplingPercentage"]:
            return
        line = json.dumps(self._record(exchange, datetime.now(UTC)))
        with self._lock:
            self._lines.setdefault(exchange.variant, []).append(line)

    def _record(self, exchange: Exchange, moment: datetime) -> dict[str, Any]:
        modes = {option["CaptureMode"] for option in self.settings["CaptureOptions"]}
        data: dict[str, Any] = {}
        if modes & {"Input", "InputAndOutput"}:
            data["endpointInput"] = self._side(exchange.request, exchange.request_type, "INPUT")
        if modes & {"Output", "InputAndOutput"}:
            data["endpointOutput"] = self._side(exchange.answer, exchange.answer_type, "OUTPUT")
        metadata: dict[str, Any] = {
            "eventId": str(uuid.uuid4()),
            "inferenceTime": moment.strftime("%Y-%m-%dT%H:%M:%SZ"),
        }
        if exchange.inference_id:
            metadata["inferenceId"] = exchange.inference_id
        if exchange.custom_attributes:
            metadata["customAttributes"] = [exchange.custom_attributes]
        return {"captureData": data, "eventMetadata": metadata, "eventVersion": "0"}

    def _side(self, body: bytes, content_type: str, mode: str) -> dict[str, str]:
        encoding, data = self._encoded(body, content_type)
        return {"observedContentType": content_type, "mode": mode, "data": data, "encoding": encoding}

    def _encoded(self, body: bytes, content_type: str) -> tuple[str, str]:
        """Keep as text what the configuration names CSV or JSON; everything else is base64, as on AWS."""
        headers = self.settings.get("CaptureContentTypeHeader") or {}
        plain = content_type.partition(";")[0].strip()
        for encoding, field in (("CSV", "CsvContentTypes"), ("JSON", "JsonContentTypes")):
            if plain in headers.get(field, []):
                return encoding, body.decode(errors="replace")
        return "BASE64", base64.b64encode(body).decode()

    def flush(self) -> None:
        """Write what is buffered: one object per variant below endpoint/variant/yyyy/mm/dd/hh."""
        with self._lock:
            lines, self._lines = self._lines, {}
        now = datetime.now(UTC)
        base = self.settings["DestinationS3Uri"].rstrip("/")
        for variant, texts in lines.items():
            name = f"{now:%M-%S}-{now.microsecond // 1000:03d}-{uuid.uuid4()}.jsonl"
            uri = f"{base}/{self._endpoint_name}/{variant}/{now:%Y/%m/%d/%H}/{name}"
            try:
                self._files.write(
                    "".join(f"{text}\n" for text in texts).encode(), uri, self.settings.get("KmsKeyId")
                )
            except DataError as error:
                logger.warning("data capture of %s: %s", self._endpoint_name, error)
