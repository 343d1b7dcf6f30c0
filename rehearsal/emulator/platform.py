"""What our own services get from the embedded AWS: identities, clients, events, metrics and logs.

Services are written against the Protocol, so that their unit tests need no emulator.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, Protocol


@dataclass(frozen=True)
class Credentials:
    """Temporary credentials of one role session."""

    access_key_id: str
    secret_access_key: str
    session_token: str


class ServiceError(Exception):
    """An error as AWS answers it: code, message, HTTP status, and a reason where its shape has one."""

    def __init__(self, code: str, message: str, status: int = 400, *, reason: str | None = None) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message
        self.status = status
        self.reason = reason


@dataclass(frozen=True)
class KeyRefusal:
    """Why a KMS key can't be used; each service has its own codes for the four kinds."""

    kind: Literal["NotFound", "Disabled", "InvalidState", "AccessDenied"]
    message: str


class Platform(Protocol):
    """The embedded AWS as seen by a service that lives inside it."""

    @property
    def account_id(self) -> str:
        """Return the account that everything runs in: twelve digits."""

    @property
    def region(self) -> str:
        """Return the region that everything runs in."""

    @property
    def endpoint_url(self) -> str:
        """Return the one address of all services: http://127.0.0.1:PORT."""

    @property
    def is_closing(self) -> bool:
        """Whether everything is being stopped: what that sets off reaches nobody any more."""

    def credentials(
        self,
        role_arn: str,
        service: str,
        session_name: str,
        source_arn: str,
        vpc: Mapping[str, Any] | None = None,
    ) -> Credentials:
        """Open a session of `role_arn` for the service principal `service` (states.amazonaws.com).

        Calls made with it come from inside the VPC of `vpc`, a VpcConfig: they need an endpoint there.
        Raises ServiceError AccessDeniedException where the role is missing or its trust policy does not let
        the service in, given aws:SourceArn = `source_arn` and aws:SourceAccount = our account.
        """

    def network_fault(self, vpc: Mapping[str, Any]) -> str | None:
        """Return what is wrong with a VpcConfig: subnets or groups that don't exist or don't go together."""

    def client(self, service: str, credentials: Credentials | None = None) -> Any:
        """Return a boto3 client on the emulator (kept for later calls); without credentials it is root's."""

    def caller_name(self, access_key_id: str | None) -> str:
        """Return the name of the role or user whose key it is, `root` for the account's; empty if unknown."""

    def require_permission(self, access_key_id: str | None, action: str, resource: str) -> None:
        """Raise ServiceError AccessDeniedException unless the caller may do `action` on `resource` too.

        For operations that IAM authorises on more than one resource; the first is checked for every request.
        """

    def require_pass_role(self, access_key_id: str | None, role_arn: str, service: str) -> None:
        """Raise ServiceError AccessDeniedException unless the caller may pass `role_arn` to `service`."""

    def is_allowed(
        self, role_arn: str, service: str, action: str, resource: str, **context: str
    ) -> str | None:
        """Return None where `role_arn`, assumed by `service`, may do `action`; else the reason."""

    def key_refusal(
        self, access_key_id: str | None, action: str, key: str, **context: str
    ) -> KeyRefusal | None:
        """Return why a caller can't use a KMS key (id, ARN or alias), by its policies and the key's."""

    def service_key_refusal(self, service: str, action: str, key: str, **context: str) -> KeyRefusal | None:
        """Return why a service principal can't use a KMS key, by the key's policy."""

    def put_event(self, source: str, detail_type: str, detail: dict[str, Any], resources: list[str]) -> None:
        """Put an event of an AWS service on the default event bus."""

    def put_metric(
        self, namespace: str, name: str, value: float, dimensions: dict[str, str], unit: str = "None"
    ) -> None:
        """Record one CloudWatch data point, stamped now."""

    def log_lines(self, group: str, stream: str, lines: list[str]) -> None:
        """Append lines to a CloudWatch log stream; group and stream are created where missing."""
