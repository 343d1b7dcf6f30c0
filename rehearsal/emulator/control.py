"""The emulator's own routes under /_rehearsal/: health, and what our services offer to the driver."""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import Awaitable, Callable
from typing import Any

from rehearsal.emulator import hooks
from rehearsal.emulator.access_log import AccessLog
from rehearsal.emulator.services import Registry
from rehearsal.sagemaker.faults import FaultError
from rehearsal.sagemaker.service import SageMakerService

PREFIX = "/_rehearsal/"

Scope = dict[str, Any]
Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]


class ControlledApp:
    """The emulator's ASGI application: our control routes in front of ministack's."""

    def __init__(self, registry: Registry, sagemaker: SageMakerService, access_log: AccessLog) -> None:
        self._access_log = access_log
        self._registry = registry
        self._sagemaker = sagemaker
        self._app = hooks.use("app:app")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection event."""
        if scope["type"] != "http" or not scope["path"].startswith(PREFIX):
            await self._app(scope, receive, send)
            return
        body = await _body(receive)
        status, answer = await self._answer(scope["method"], scope["path"].removeprefix(PREFIX), body)
        headers = [(b"content-type", b"application/json")]
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": json.dumps(answer).encode()})

    async def _answer(self, method: str, path: str, body: bytes) -> tuple[int, dict[str, Any]]:
        if (method, path) == ("GET", "health"):
            return 200, self._health()
        try:
            request = json.loads(body or b"{}")
        except ValueError as broken:
            return 400, {"error": "SerializationException", "message": f"the request isn't JSON: {broken}"}
        return await asyncio.to_thread(self._control, method, path, request)

    def _control(self, method: str, path: str, request: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        first, _, name = path.partition("/")
        if (method, path) == ("POST", "faults"):
            return self._add_faults(request)
        if (method, path) == ("GET", "faults"):
            return 200, {"faults": self._sagemaker.faults.installed()}
        if (method, path) == ("DELETE", "faults"):
            self._sagemaker.faults.clear()
            return 200, {"faults": []}
        if (method, path) == ("GET", "access"):
            return 200, {"access": self._access_log.entries()}
        if (method, path) == ("DELETE", "access"):
            self._access_log.clear()
            return 200, {"access": []}
        if method == "GET" and first == "jobs" and name:
            return 200, {"jobs": self._sagemaker.job_details(name)}
        return 404, {"error": "NotFound", "message": f"no control route {method} {PREFIX}{path}"}

    def _add_faults(self, request: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        wanted = request.get("faults", [request])
        try:
            for fault in wanted:
                self._sagemaker.faults.add(fault)
        except FaultError as refused:
            return 400, {"error": "InvalidFault", "message": str(refused)}
        return 200, {"faults": self._sagemaker.faults.installed()}

    def _health(self) -> dict[str, Any]:
        return {
            "status": "healthy",
            "pid": os.getpid(),
            "ministack": hooks.MINISTACK_VERSION,
            "services": sorted(self._registry.services),
        }


async def _body(receive: Receive) -> bytes:
    body = bytearray()
    while True:
        message = await receive()
        body += message.get("body", b"")
        if not message.get("more_body"):
            return bytes(body)
