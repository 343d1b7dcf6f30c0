"""The emulator's own routes under /_rehearsal/: health, and what our services offer to the driver."""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import Awaitable, Callable
from typing import Any, Protocol, runtime_checkable
from xml.sax.saxutils import escape

from rehearsal.emulator import hooks
from rehearsal.emulator.access_log import AccessLog
from rehearsal.emulator.faults import Faults
from rehearsal.emulator.platform import ServiceError
from rehearsal.emulator.services import Registry

PREFIX = "/_rehearsal/"

Scope = dict[str, Any]
Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]


@runtime_checkable
class ControlledService(Protocol):
    """A service with control routes of its own, as faults and jobs."""

    def control(self, method: str, path: str, request: dict[str, Any]) -> dict[str, Any] | None:
        """Answer METHOD /_rehearsal/PATH, or None where the path is another's; raises ServiceError."""


class ControlledApp:
    """The emulator's ASGI application: our control routes in front of ministack's."""

    def __init__(self, app: App, registry: Registry, access_log: AccessLog, faults: Faults) -> None:
        self._app = app
        self._registry = registry
        self._access_log = access_log
        self._faults = faults

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection event."""
        if scope["type"] != "http" or not scope["path"].startswith(PREFIX):
            await self._pass_on(scope, receive, send)
            return
        body = await _body(receive)
        status, answer = await self._answer(scope["method"], scope["path"].removeprefix(PREFIX), body)
        headers = [(b"content-type", b"application/json")]
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": json.dumps(answer).encode()})

    async def _pass_on(self, scope: Scope, receive: Receive, send: Send) -> None:
        refusal = busy_storage(self._faults, scope) if scope["type"] == "http" else None
        if refusal is None:
            await self._app(scope, receive, send)
            return
        await _body(receive)
        status, body = refusal
        headers = [(b"content-type", b"application/xml")]
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": b"" if scope["method"] == "HEAD" else body})

    async def _answer(self, method: str, path: str, body: bytes) -> tuple[int, dict[str, Any]]:
        if (method, path) == ("GET", "health"):
            return 200, self._health()
        try:
            request = json.loads(body or b"{}")
        except ValueError as broken:
            return 400, {"error": "SerializationException", "message": f"the request isn't JSON: {broken}"}
        return await asyncio.to_thread(self._control, method, path, request)

    def _control(self, method: str, path: str, request: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        if path == "access" and method in ("GET", "DELETE"):
            if method == "DELETE":
                self._access_log.clear()
            return 200, {
                "access": self._access_log.entries(),
                "endpoints": self._access_log.endpoints(),
                "unreachable": self._access_log.unreachable(),
            }
        for service in self._registry.services.values():
            if isinstance(service, ControlledService):
                try:
                    answer = service.control(method, path, request)
                except ServiceError as refused:
                    return refused.status, {"error": refused.code, "message": refused.message}
                except KeyError as missing:
                    return 400, {"error": "ValidationException", "message": f"{missing} is missing"}
                if answer is not None:
                    return 200, answer
        return 404, {"error": "NotFound", "message": f"no control route {method} {PREFIX}{path}"}

    def _health(self) -> dict[str, Any]:
        return {
            "status": "healthy",
            "pid": os.getpid(),
            "ministack": hooks.MINISTACK_VERSION,
            "services": sorted(self._registry.services),
        }


def busy_storage(faults: Faults, scope: Scope) -> tuple[int, bytes] | None:
    """What a request to S3 is answered with instead, if the fault s3_error meets it: status and body."""
    signed = next((value for name, value in scope["headers"] if name == b"authorization"), b"")
    if b"/s3/aws4_request" not in signed:
        return None
    fault = faults.strike("s3_error", scope["method"], scope["path"].lstrip("/"))
    if fault is None:
        return None
    code, message = (escape(str(fault[name])) for name in ("code", "message"))
    return fault["status"], f"<Error><Code>{code}</Code><Message>{message}</Message></Error>".encode()


async def _body(receive: Receive) -> bytes:
    body = bytearray()
    while True:
        message = await receive()
        body += message.get("body", b"")
        if not message.get("more_body"):
            return bytes(body)
