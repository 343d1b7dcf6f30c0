"""Requests from inside a VPC arrive by one of its endpoints, or time out."""

from __future__ import annotations

import contextvars
import logging
import re
from collections.abc import Awaitable, Callable
from typing import Any

from rehearsal.emulator import hooks
from rehearsal.emulator.access_log import AccessLog
from rehearsal.emulator.network import Network, NoWayError, Placement, Way

log = logging.getLogger(__name__)

SCOPE = re.compile(rb"Credential=([^/]+)/\d+/[^/]*/([^/]+)/aws4_request")
# Signing names whose endpoint has another name.
ENDPOINTS = {"ecr": "ecr.api", "sagemaker": "sagemaker.api"}
# The Feature Store's runtime signs as SageMaker does and is known by its paths.
RECORDS = ("/FeatureGroup/", "/BatchWriteRecord", "/BatchGetRecord")
NO_WAY_HEADER = "x-rehearsal-no-way"
TIMEOUT_CODE = "ConnectTimeout"

App = Callable[..., Awaitable[None]]

_OUTSIDE = Way()
_way: contextvars.ContextVar[Way] = contextvars.ContextVar("way", default=_OUTSIDE)


def current_way() -> Way:
    """Return how the request at hand left its VPC; the empty way where it comes from outside of all."""
    return _way.get()


def install(network: Network) -> None:
    """Place functions where their VpcConfig says."""
    open_session = hooks.use("core.lambda_runtime:execution_credentials")

    def credentials_in_place(config: dict[str, Any]) -> dict[str, str]:
        opened: dict[str, str] = open_session(config)
        if hooks.use("app:AUTH"):
            network.place(opened["AWS_ACCESS_KEY_ID"], Placement.of(config.get("VpcConfig")))
        return opened

    for module in ("core.lambda_runtime", "services.lambda_svc"):
        hooks.replace(f"{module}:execution_credentials", credentials_in_place)


class GuardedApp:
    """The emulator as callers inside a VPC find it: by one of its endpoints, or after a time-out."""

    def __init__(self, app: App, network: Network, access_log: AccessLog) -> None:
        self._app = app
        self._network = network
        self._access_log = access_log

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        """Serve one connection event."""
        signed = _signed(scope)
        placement = self._network.placement(signed[0]) if signed else None
        if signed is None or placement is None:
            await self._app(scope, receive, send)
            return
        access_key_id, service = signed
        try:
            way = self._network.way(placement, service)
        except NoWayError as missing:
            self._access_log.note_unreachable(_session_arn(access_key_id), service, str(missing))
            log.warning("%s calls %s: %s", _session_arn(access_key_id), service, missing)
            await _time_out(scope, send, service, str(missing))
            return
        if way.endpoint_id:
            self._access_log.note_endpoint(way.endpoint_id, service)
        _way.set(way)
        await self._app(scope, receive, send)


def _signed(scope: dict[str, Any]) -> tuple[str, str] | None:
    """The access key and the endpoint's service of a signed request."""
    if scope["type"] != "http":
        return None
    headers = dict(scope["headers"])
    found = SCOPE.search(headers.get(b"authorization", b""))
    if found is None:
        return None
    access_key_id, service = found[1].decode(), found[2].decode()
    if service == "sagemaker" and scope["path"].startswith("/endpoints/"):
        service = "sagemaker.runtime"
    if service == "sagemaker" and scope["path"].startswith(RECORDS):
        service = "sagemaker.featurestore-runtime"
    if headers.get(b"x-amz-target", b"").endswith(b".StartSyncExecution"):
        service = "sync-states"
    return access_key_id, ENDPOINTS.get(service, service)


async def _time_out(scope: dict[str, Any], send: Any, service: str, reason: str) -> None:
    """Answer in the service's protocol; the rehearsal's own Python makes a ConnectTimeoutError of it."""
    headers = {name.decode().lower(): value.decode() for name, value in scope["headers"]}
    message = f"Connect timeout: {reason}. On AWS nothing answers, and the call hangs until it times out."
    _, answer_headers, body = hooks.use("core.iam_actions:access_denied_response")(
        service.partition(".")[0], "", "", "", error_code=TIMEOUT_CODE, message=message, headers=headers
    )
    answer_headers = {**answer_headers, NO_WAY_HEADER: reason}
    encoded = [(name.lower().encode(), value.encode()) for name, value in answer_headers.items()]
    await send({"type": "http.response.start", "status": 504, "headers": encoded})
    await send({"type": "http.response.body", "body": body})


def _session_arn(access_key_id: str) -> str:
    return str((hooks.use("services.sts:_sessions").get(access_key_id) or {}).get("Arn", access_key_id))
