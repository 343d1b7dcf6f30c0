"""Plain http counts as TLS: the emulator has none, and DenyInsecureTransport would refuse everything."""

from __future__ import annotations

from rehearsal.emulator import hooks


def install() -> None:
    """Let aws:SecureTransport be true for every request."""
    pin_origin = hooks.use("app:pin_request_origin")

    def pin_secure_origin(source_ip: str, secure_transport: bool) -> None:  # noqa: ARG001
        pin_origin(source_ip, True)

    hooks.replace("app:pin_request_origin", pin_secure_origin)
