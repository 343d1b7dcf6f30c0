"""Puts the emulator together: checked hooks, corrections, our services and the control routes."""

from __future__ import annotations

from typing import Any

from rehearsal.emulator import hooks
from rehearsal.emulator.control import ControlledApp
from rehearsal.emulator.embedded import EmbeddedPlatform
from rehearsal.emulator.environment import EmulatorSettings
from rehearsal.emulator.fidelity import (
    alarms,
    embedded_metrics,
    encryption,
    invocations,
    lambdas,
    targets,
    transport,
)
from rehearsal.emulator.services import Registry


class Assembly:
    """The parts of one emulator; `app` is what hypercorn serves."""

    def __init__(self, settings: EmulatorSettings) -> None:
        hooks.verify()
        platform = EmbeddedPlatform(settings.account_id, settings.region, f"http://127.0.0.1:{settings.port}")
        self._install_corrections(platform)
        self._registry = Registry()
        self.app: Any = ControlledApp(self._registry)

    @staticmethod
    def _install_corrections(platform: EmbeddedPlatform) -> None:
        transport.install()
        lambdas.install()
        invocations.install(platform)
        targets.install(platform)
        encryption.install(platform)
        embedded_metrics.install(platform)
        alarms.install(platform)

    def close(self) -> None:
        """Stop everything that was started in here: executions, jobs and Lambdas."""
        for service in self._registry.services.values():
            service.reset()
        hooks.use("core.lambda_runtime:reset")()
