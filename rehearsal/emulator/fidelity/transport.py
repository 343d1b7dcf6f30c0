"""Plain http counts as TLS: the emulator has none, and policies that want TLS would refuse everything.

What services deliver on their own counts as TLS too. By an endpoint no source address is known, as on AWS.
"""

from __future__ import annotations

import contextvars

from rehearsal.emulator import hooks
from rehearsal.emulator.fidelity.endpoints import current_way

LOCAL = "127.0.0.1"


def install() -> None:
    """Let aws:SecureTransport be true for every request and every delivery."""
    origin = contextvars.ContextVar("origin", default=(LOCAL, True))
    hooks.replace("core.iam_evaluator:_request_origin", origin)
    pin_origin = hooks.use("app:pin_request_origin")

    def pin_secure_origin(source_ip: str, secure_transport: bool) -> None:  # noqa: ARG001
        pin_origin(None if current_way().endpoint_id else source_ip, True)

    hooks.replace("app:pin_request_origin", pin_secure_origin)
