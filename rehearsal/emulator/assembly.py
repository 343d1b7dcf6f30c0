"""Puts the emulator together: checked hooks, corrections, our services and the control routes."""

from __future__ import annotations

from typing import Any

from rehearsal.emulator import hooks
from rehearsal.emulator.control import ControlledApp
from rehearsal.emulator.embedded import EmbeddedPlatform
from rehearsal.emulator.environment import EmulatorSettings
from rehearsal.emulator.faults import Faults
from rehearsal.emulator.fidelity import (
    alarm_queries,
    alarms,
    authorization,
    composite_alarms,
    embedded_metrics,
    encryption,
    endpoints,
    event_entries,
    event_sources,
    invocations,
    lambdas,
    log_keys,
    log_streams,
    message_keys,
    network_records,
    object_checks,
    targets,
    transport,
)
from rehearsal.emulator.scopes import ScopedStepFunctions
from rehearsal.emulator.services import Registry
from rehearsal.sagemaker.images import Images
from rehearsal.sagemaker.service import SageMakerService
from rehearsal.stepfunctions.service import StepFunctionsService


class Assembly:
    """The parts of one emulator; `app` is what hypercorn serves."""

    def __init__(self, settings: EmulatorSettings) -> None:
        hooks.verify()
        platform = self._platform = EmbeddedPlatform(
            settings.account_id, settings.region, f"http://127.0.0.1:{settings.port}"
        )
        faults = Faults()
        self._install_corrections(platform, faults)
        self._registry = Registry()
        sagemaker = SageMakerService(
            platform, settings.work_dir / "jobs", Images(settings.root_dir), faults=faults
        )
        states = ScopedStepFunctions(
            platform,
            lambda scoped: StepFunctionsService(scoped, sagemaker, wait_scale=settings.wait_scale),
        )
        self._registry.add(states)
        self._registry.add(sagemaker)
        self._lead_targets_to(states)
        sessions = platform.sessions
        guarded = endpoints.GuardedApp(hooks.use("app:app"), sessions.network, sessions.access_log)
        self.app: Any = ControlledApp(guarded, self._registry, sessions.access_log, faults)

    @staticmethod
    def _install_corrections(platform: EmbeddedPlatform, faults: Faults) -> None:
        transport.install()
        lambdas.install(platform, faults)
        invocations.install(platform)
        event_sources.install(platform)
        targets.install(platform, faults)
        event_entries.install()
        object_checks.install()
        encryption.install(platform.sessions.keys)
        message_keys.install(platform.sessions.keys)
        log_keys.install(platform.sessions.keys, platform.region)
        network_records.install()
        endpoints.install(platform.sessions.network)
        sessions = platform.sessions
        authorization.install(sessions.keys, sessions.access_log, platform.account_id)
        embedded_metrics.install(platform)
        alarms.install(platform)
        alarm_queries.install()
        composite_alarms.install()
        log_streams.install()

    @staticmethod
    def _lead_targets_to(states: ScopedStepFunctions) -> None:
        """EventBridge, Scheduler and Pipes call ministack's Step Functions without a request."""

        def start(data: dict[str, Any]) -> tuple[int, dict[str, str], bytes]:
            states.start_detached(data["stateMachineArn"], data.get("input", "{}"))
            return 200, {}, b"{}"

        hooks.replace("services.eventbridge:_dispatch_to_stepfunctions", states.start_detached)
        hooks.replace("services.stepfunctions:_start_execution", start)

    def close(self) -> None:
        """Stop everything that was started in here: executions, jobs and Lambdas."""
        self._platform.close()
        for service in self._registry.services.values():
            service.close()
        hooks.use("core.lambda_runtime:reset")()
