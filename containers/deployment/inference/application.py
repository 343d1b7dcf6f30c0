"""The two routes that SageMaker calls: GET /ping and POST /invocations. A bad request is answered with 400
and the field at fault; nothing that a caller sends may end in a 500."""

from __future__ import annotations

import json

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from inference.formats import CSV, JSON, read_rows, write_predictions
from inference.model import Model, RowsRefused


def application(model: Model) -> Starlette:
    """The web application around a loaded model."""

    async def ping(_: Request) -> Response:
        return Response(status_code=200)

    async def invocations(request: Request) -> Response:
        content_type, accept = (request.headers.get(name) for name in ("content-type", "accept"))
        return await run_in_threadpool(answer, model, content_type, accept, await request.body())

    return Starlette(
        routes=[
            Route("/ping", ping, methods=["GET"]),
            Route("/invocations", invocations, methods=["POST"]),
        ]
    )


def answer(model: Model, content_type: str | None, accept: str | None, body: bytes) -> Response:
    """The response to one invocation: 415 and 406 for types we don't speak, 400 for rows we can't read."""
    given = _media_type(content_type, JSON)
    if given not in (CSV, JSON):
        return _refusal(415, f"Content-Type is {content_type}: it must be {CSV} or {JSON}")
    wanted = _media_type(accept, given)
    wanted = given if wanted in ("*/*", "text/*", "application/*") else wanted
    if wanted not in (CSV, JSON):
        return _refusal(406, f"Accept is {accept}: it must be {CSV} or {JSON}")
    try:
        predictions = model.predict(read_rows(given, body, model))
    except RowsRefused as error:
        return _refusal(400, str(error))
    text = write_predictions(wanted, predictions, model.encoding.target)
    return Response(text, media_type=wanted)


def _media_type(header: str | None, default: str) -> str:
    """The first type of the header, without parameters."""
    return (header or default).split(",")[0].split(";")[0].strip().lower() or default


def _refusal(status: int, message: str) -> Response:
    # Pure ASCII: a message may quote half a surrogate pair, which no encoding takes.
    return Response(json.dumps({"error": message}), status_code=status, media_type=JSON)
