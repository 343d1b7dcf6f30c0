"""InvokeEndpoint: route a request to a variant, mirror it to the shadow, measure and capture it."""

from __future__ import annotations

import json
import re
import time
from concurrent.futures import ThreadPoolExecutor

from rehearsal.emulator.platform import ServiceError
from rehearsal.emulator.rest import RestRequest
from rehearsal.sagemaker.account import Account
from rehearsal.sagemaker.endpoints.capture import Exchange
from rehearsal.sagemaker.endpoints.endpoint import Endpoint
from rehearsal.sagemaker.endpoints.fleet import Fleet, Variant
from rehearsal.sagemaker.endpoints.server import Answer
from rehearsal.sagemaker.endpoints.telemetry import Invocation, Telemetry
from rehearsal.sagemaker.kinds import ENDPOINT
from rehearsal.sagemaker.support import CODE

PATH = re.compile(r"/endpoints/([^/]+)/(invocations|async-invocations|invocations-response-stream)/?")
PREFIX = "x-amzn-sagemaker-"
ACTIONS = {
    "invocations": "InvokeEndpoint",
    "async-invocations": "InvokeEndpointAsync",
    "invocations-response-stream": "InvokeEndpointWithResponseStream",
}
REFUSED = ("inference-component", "target-model", "target-container-hostname", "session-id")
BODY_MAX = 6291456  # the API's model
RestAnswer = tuple[int, dict[str, str], bytes]


class Invocations:
    """The runtime API over all endpoints of the account."""

    def __init__(self, account: Account, telemetry: Telemetry) -> None:
        self.account = account
        self._telemetry = telemetry
        self._mirror = ThreadPoolExecutor(2, thread_name_prefix="shadow")

    def permission(self, request: RestRequest) -> tuple[str, str] | None:
        """Return the operation of a path and the endpoint's ARN; None for any other path."""
        match = _match(request)
        return (ACTIONS[match.group(2)], self.account.store.arn(ENDPOINT, match.group(1))) if match else None

    def handle(self, request: RestRequest) -> RestAnswer | None:
        """Answer POST /endpoints/NAME/invocations; None for any other path."""
        match, body = _match(request), request.body
        if match is None:
            return None
        lowered = {key.lower(): value for key, value in request.headers.items()}
        try:
            if match.group(2) != "invocations":
                raise ServiceError(CODE, f"The rehearsal's SageMaker does not implement {match.group(2)}.")
            return self._invoke(match.group(1), lowered, body)
        except ServiceError as error:
            return _error(error.status, error.code, error.message)

    def _invoke(self, name: str, headers: dict[str, str], body: bytes) -> RestAnswer:
        for refused in REFUSED:
            if headers.get(PREFIX + refused):
                raise ServiceError(CODE, f"The rehearsal's SageMaker does not support {PREFIX}{refused}.")
        if len(body) > BODY_MAX:
            raise ServiceError("ValidationError", f"The body of {len(body)} bytes is over {BODY_MAX}.", 413)
        endpoint = self._endpoint(name)
        began = time.perf_counter()
        fleet, variant = endpoint.route(headers.get(PREFIX + "target-variant"))
        answer = self._ask(endpoint, fleet, variant, headers, body, began)
        for shadow in fleet.shadows:
            if self.account.random.random() < shadow.weight / max(variant.weight, 1e-9):
                self._mirror.submit(self._ask, endpoint, fleet, shadow, headers, body, time.perf_counter())
        return _answer(self.account, variant, answer)

    def _endpoint(self, name: str) -> Endpoint:
        try:
            endpoint: Endpoint = self.account.store.get(ENDPOINT, name).live
        except ServiceError as error:
            raise ServiceError(
                "ValidationError", f"Endpoint {name} of account {self.account.platform.account_id} not found."
            ) from error
        return endpoint

    def _ask(
        self,
        endpoint: Endpoint,
        fleet: Fleet,
        variant: Variant,
        headers: dict[str, str],
        body: bytes,
        began: float,
    ) -> Answer:
        """Ask one variant, and count and capture the exchange."""
        content_type = headers.get("content-type", "application/octet-stream")
        custom = headers.get(PREFIX + "custom-attributes", "")
        asked = time.perf_counter()
        answer = variant.server.invoke(body, content_type, headers.get("accept", "*/*"), custom)
        answered = time.perf_counter()
        is_deploying = endpoint.green is not None
        latency, overhead = (answered - asked) * 1e6, (asked - began) * 1e6
        config_name = fleet.config_name if is_deploying else None
        counted = Invocation(
            *(endpoint.record.name, variant.name, config_name, variant.instance_count),
            *(answer.status, latency, overhead),
        )
        capture = fleet.capture
        if capture and answer.is_success:
            inference_id = headers.get(PREFIX + "inference-id", "")
            capture.add(
                Exchange(
                    variant.name, body, content_type, answer.body, answer.content_type, inference_id, custom
                )
            )
        self._telemetry.record(counted, capture.flush if capture else None)
        return answer

    def close(self) -> None:
        """End the mirror's threads and send what is buffered."""
        self._mirror.shutdown(wait=False, cancel_futures=True)
        self._telemetry.close()


def _match(request: RestRequest) -> re.Match[str] | None:
    return PATH.fullmatch(request.path.partition("?")[0]) if request.method == "POST" else None


def _answer(account: Account, variant: Variant, answer: Answer) -> RestAnswer:
    if answer.is_success:
        headers = {"Content-Type": answer.content_type, "x-Amzn-Invoked-Production-Variant": variant.name}
        if answer.custom_attributes:
            headers["X-Amzn-SageMaker-Custom-Attributes"] = answer.custom_attributes
        return 200, headers, answer.body
    text = answer.body.decode(errors="replace")[:1024]
    side = "client" if 400 <= answer.status < 500 else "server"
    stream, region, account_id = variant.server.log, account.platform.region, account.platform.account_id
    arn = f"arn:aws:logs:{region}:{account_id}:log-group:{stream.group}"
    return _error(
        424,
        "ModelError",
        f'Received {side} error ({answer.status}) from primary with message "{text}". See '
        f"https://{region}.console.aws.amazon.com/cloudwatch/home?region={region}#logEventViewer:"
        f"group={stream.group} in account {account_id} for more information.",
        OriginalStatusCode=answer.status,
        OriginalMessage=text,
        LogStreamArn=f"{arn}:log-stream:{stream.stream}",
    )


def _error(status: int, code: str, message: str, **more: str | int) -> RestAnswer:
    body = json.dumps({"ErrorCode": code, "Message": message, **more}).encode()
    return status, {"Content-Type": "application/json", "x-amzn-errortype": code}, body
