"""Calls that come by path, as to SageMaker's runtimes: read into parameters as botocore's model says."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote

from rehearsal.emulator.platform import ServiceError
from rehearsal.emulator.requests import RequestModel, parsed

Answer = tuple[int, dict[str, str], bytes]


@dataclass(frozen=True, kw_only=True)
class RestRequest:
    """One HTTP request; `query` has a list a name."""

    method: str
    path: str
    query: Mapping[str, list[str]] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    access_key_id: str | None = None


@dataclass(frozen=True)
class Call:
    """An operation and its parameters."""

    action: str
    parameters: dict[str, Any]


class RestModel(RequestModel):
    """A service of REST calls with JSON bodies, from botocore."""

    def __init__(self, service: str) -> None:
        super().__init__(service)
        self._routes: list[tuple[str, re.Pattern[str], str]] = []

    def action(self, request: RestRequest) -> str | None:
        """The operation of a path; None where the path is another service's."""
        found = self._route(request)
        return found[0] if found else None

    def read(self, request: RestRequest) -> Call | None:
        """The operation of a path and its parameters; None where the path is another service's."""
        found = self._route(request)
        return Call(found[0], self._parameters(*found, request)) if found else None

    def _route(self, request: RestRequest) -> tuple[str, dict[str, str]] | None:
        path = unquote(request.path.partition("?")[0])
        for method, pattern, action in self._known():
            match = pattern.fullmatch(path)
            if match and method == request.method:
                return action, match.groupdict()
        return None

    def _known(self) -> list[tuple[str, re.Pattern[str], str]]:
        if not self._routes:
            for action in self._model.operation_names:
                http = self.operation(action).http
                # A name may be an ARN, which has a slash of its own.
                path = re.sub(r"\{(\w+)\}", r"(?P<\1>(?:arn:[^/]+/)?[^/]+)", http["requestUri"])
                self._routes.append((http["method"], re.compile(path), action))
        return self._routes

    def _parameters(self, action: str, in_path: dict[str, str], request: RestRequest) -> dict[str, Any]:
        members = self.operation(action).input_shape.members
        parameters: dict[str, Any] = parsed(request.body)
        for name, shape in members.items():
            place, wire_name = shape.serialization.get("location"), shape.serialization.get("name", name)
            if place == "uri":
                parameters[name] = in_path[wire_name]
            elif place == "querystring" and wire_name in request.query:
                values = request.query[wire_name]
                parameters[name] = values if shape.type_name == "list" else values[-1]
        return parameters


def refused(error: ServiceError) -> Answer:
    """An error as REST services answer it."""
    body = json.dumps({"Message": error.message}).encode()
    return error.status, {"Content-Type": "application/json", "x-amzn-errortype": error.code}, body
