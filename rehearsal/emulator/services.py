"""Registers our own services with ministack's router and IAM layer, as if they were part of it."""

from __future__ import annotations

import asyncio
import concurrent.futures
import inspect
import json
import logging
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from typing import Any, Protocol, cast, runtime_checkable

from rehearsal.emulator import hooks
from rehearsal.emulator.platform import ServiceError
from rehearsal.emulator.requests import parsed
from rehearsal.emulator.rest import RestRequest

log = logging.getLogger(__name__)

Response = tuple[int, dict[str, str], bytes]
Params = dict[str, list[str]]
JSON_TYPES = {"states": "application/x-amz-json-1.0"}


class Service(Protocol):
    """A JSON service of ours; `handle` is a plain function (run on a worker thread) or a coroutine."""

    target_prefix: str  # before the dot of X-Amz-Target
    iam_namespace: str  # of its actions, its credential scope and our name for it

    def handle(
        self, action: str, request: dict[str, Any], access_key_id: str | None
    ) -> dict[str, Any] | Awaitable[dict[str, Any]]:
        """Answer one request; raises ServiceError."""

    def resource_arn(self, action: str, request: dict[str, Any]) -> str:
        """Return what IAM checks the action on, `*` where there is nothing narrower."""

    def reset(self) -> None:
        """Stop everything and forget everything."""

    def close(self) -> None:
        """Stop everything for good."""


@runtime_checkable
class RestService(Protocol):
    """A service with paths of its own beside its JSON actions, as SageMaker's runtimes."""

    def handle_rest(self, request: RestRequest) -> Response | None:
        """Answer a request by path, or None where the path isn't one of ours."""

    def rest_permission(self, request: RestRequest) -> tuple[str, str] | None:
        """Return the operation and the ARN that IAM checks for a request by path; None as above."""


class Registry:
    """The services that this emulator adds, and the patches that lead requests to them."""

    def __init__(self) -> None:
        self.services: dict[str, Service] = {}
        # Handlers may wait for jobs and for calls back into the emulator: never on ministack's own pool.
        self._pool = concurrent.futures.ThreadPoolExecutor(64, thread_name_prefix="service")
        self._extract_action = hooks.replace("core.iam_actions:extract_iam_action", self._iam_action)
        self._extract_resource = hooks.replace("core.iam_actions:extract_resource_arn", self._resource_arn)
        self._reset_state = hooks.replace("app:_reset_all_state", self.reset)

    def add(self, service: Service) -> None:
        """Lead a service's requests to it, in place of ministack's own where it has one."""
        name = service.iam_namespace
        self.services[name] = service
        patterns = hooks.use("core.router:SERVICE_PATTERNS")
        patterns.setdefault(name, {"target_prefixes": [service.target_prefix], "host_patterns": []})
        hooks.use("core.iam_actions:SERVICE_TO_IAM_NAMESPACE")[name] = name
        hooks.use("app:SERVICE_HANDLERS")[name] = self._handler(service)

    def reset(self) -> None:
        """Reset our services and then ministack's."""
        for service in self.services.values():
            service.reset()
        self._reset_state()

    def _handler(self, service: Service) -> Callable[..., Awaitable[Response]]:
        async def handle(
            method: str, path: str, headers: dict[str, str], body: bytes, query_params: Params
        ) -> Response:
            try:
                return await self._answer(service, method, path, headers, body, query_params)
            except ServiceError as refused:
                return _error(service, refused)
            except Exception as broken:
                log.exception("%s %s failed", service.iam_namespace, headers.get("x-amz-target", path))
                return _error(service, ServiceError("InternalFailure", repr(broken), 500))

        return handle

    async def _answer(
        self,
        service: Service,
        method: str,
        path: str,
        headers: dict[str, str],
        body: bytes,
        query_params: Params,
    ) -> Response:
        action = _action(headers)
        if action is None or method != "POST":
            return await self._answer_path(service, _by_path(method, path, headers, body, query_params))
        request = parsed(body)
        access_key_id = hooks.use("core.router:extract_access_key_id")(headers, query_params)
        if inspect.iscoroutinefunction(service.handle):
            answer = await service.handle(action, request, access_key_id)
        else:
            answer = await self._offload(service.handle, action, request, access_key_id)
        return 200, {"Content-Type": _json_type(service)}, json.dumps(answer, default=_wire).encode()

    async def _answer_path(self, service: Service, request: RestRequest) -> Response:
        answer = None
        if isinstance(service, RestService):
            answer = await self._offload(service.handle_rest, request)
        if answer is None:
            what = f"{request.method} {request.path}"
            raise ServiceError(
                "UnknownOperationException", f"{service.iam_namespace} doesn't answer {what}", 404
            )
        return cast(Response, answer)

    async def _offload(self, function: Callable[..., Any], *arguments: Any) -> Any:
        return await asyncio.get_running_loop().run_in_executor(self._pool, function, *arguments)

    def _iam_action(
        self, service: str, method: str, path: str, headers: dict[str, str], body: bytes, query_params: Params
    ) -> str | None:
        ours = self.services.get(service)
        if ours is not None and _action(headers) is None:
            found = self._permission(ours, _by_path(method, path, headers, body, query_params))
            return f"{service}:{found[0]}" if found else None
        action: str | None = self._extract_action(service, method, path, headers, body, query_params)
        return action

    def _resource_arn(
        self,
        service: str,
        method: str,
        path: str,
        headers: dict[str, str],
        body: bytes,
        query_params: Params,
        region: str,
        account_id: str,
    ) -> str:
        ours = self.services.get(service)
        if ours is None:
            arn: str = self._extract_resource(
                service, method, path, headers, body, query_params, region, account_id
            )
            return arn
        action = _action(headers)
        if action is None:
            found = self._permission(ours, _by_path(method, path, headers, body, query_params))
            return found[1] if found else "*"
        try:
            return ours.resource_arn(action, parsed(body))
        except ServiceError:
            return "*"  # the handler will refuse the request by its reason

    @staticmethod
    def _permission(service: Service, request: RestRequest) -> tuple[str, str] | None:
        try:
            return service.rest_permission(request) if isinstance(service, RestService) else None
        except ServiceError:
            return None  # the handler will refuse the request by its reason


def _by_path(
    method: str, path: str, headers: Mapping[str, str], body: bytes, query_params: Params
) -> RestRequest:
    access_key_id = hooks.use("core.router:extract_access_key_id")(headers, query_params)
    return RestRequest(
        method=method, path=path, query=query_params, headers=headers, body=body, access_key_id=access_key_id
    )


def _action(headers: Mapping[str, str]) -> str | None:
    return headers["x-amz-target"].rpartition(".")[2] if "x-amz-target" in headers else None


def _wire(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.timestamp()
    raise TypeError(f"{type(value).__name__} has no place in a JSON answer")


def _json_type(service: Service) -> str:
    return JSON_TYPES.get(service.iam_namespace, "application/x-amz-json-1.1")


def _error(service: Service, refused: ServiceError) -> Response:
    answer = {"__type": refused.code, "message": refused.message}
    if refused.reason is not None:
        answer["reason"] = refused.reason
    headers = {"Content-Type": _json_type(service), "x-amzn-ErrorType": refused.code}
    return refused.status, headers, json.dumps(answer).encode()
