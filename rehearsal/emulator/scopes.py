"""One Step Functions for each account and region that requests are signed for."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

from rehearsal.emulator import hooks
from rehearsal.emulator.embedded import EmbeddedPlatform
from rehearsal.stepfunctions.service import StepFunctionsService

Build = Callable[[EmbeddedPlatform], StepFunctionsService]


class ScopedStepFunctions:
    """Leads each request to the Step Functions of its account and region."""

    target_prefix = StepFunctionsService.target_prefix
    iam_namespace = StepFunctionsService.iam_namespace

    def __init__(self, platform: EmbeddedPlatform, build: Build) -> None:
        self._platform = platform
        self._build = build
        self._lock = threading.Lock()
        self._services = {(platform.account_id, platform.region): build(platform)}

    async def handle(self, action: str, request: dict[str, Any], access_key_id: str | None) -> dict[str, Any]:
        """Answer one request; raises ServiceError."""
        return await self._asked().handle(action, request, access_key_id)

    def start_detached(self, machine_arn: str, text: str) -> None:
        """Start an execution as a target of EventBridge, without waiting; for any thread."""
        region, account_id = machine_arn.split(":")[3:5]
        self._of(account_id, region).start_detached(machine_arn, text)

    def resource_arn(self, action: str, request: dict[str, Any]) -> str:
        """Return what IAM checks the action on."""
        return self._asked().resource_arn(action, request)

    def reset(self) -> None:
        """Stop all executions and forget everything."""
        for service in self._services.values():
            service.reset()

    def close(self) -> None:
        """Stop all executions, and their jobs with them."""
        for service in self._services.values():
            service.close()

    def _asked(self) -> StepFunctionsService:
        account_id = hooks.use("core.responses:get_account_id")()
        return self._of(account_id, hooks.use("core.responses:get_region")())

    def _of(self, account_id: str, region: str) -> StepFunctionsService:
        with self._lock:
            scope = (account_id, region)
            if scope not in self._services:
                self._services[scope] = self._build(self._platform.scoped(*scope))
            return self._services[scope]
