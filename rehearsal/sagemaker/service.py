"""The SageMaker service of the embedded AWS: one door for all operations, validated as AWS validates them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from rehearsal.emulator.faults import FaultError, Faults
from rehearsal.emulator.platform import Platform, ServiceError
from rehearsal.emulator.rest import Answer, RestRequest
from rehearsal.sagemaker import kinds
from rehearsal.sagemaker.account import Account
from rehearsal.sagemaker.endpoints.api import EndpointsApi
from rehearsal.sagemaker.endpoints.invocations import Invocations
from rehearsal.sagemaker.endpoints.telemetry import Telemetry
from rehearsal.sagemaker.feature_store.groups import FeatureGroupsApi
from rehearsal.sagemaker.feature_store.records import FeatureRecords
from rehearsal.sagemaker.images import Images
from rehearsal.sagemaker.jobs.api import JobsApi, Operation
from rehearsal.sagemaker.jobs.transform_api import TransformApi
from rehearsal.sagemaker.jobs.tuning_api import TuningApi
from rehearsal.sagemaker.models import ModelsApi
from rehearsal.sagemaker.monitoring.api import MonitoringApi
from rehearsal.sagemaker.quotas import Quotas
from rehearsal.sagemaker.registry import RegistryApi
from rehearsal.sagemaker.store import Record, Store
from rehearsal.sagemaker.support import CODE, require_supported
from rehearsal.sagemaker.tags import TagsApi

TIME_SCALE = 0.02


class SageMakerService:
    """SageMaker in one account and region.

    `work_dir` takes the directories of jobs, `images` says which program stands for an image, `time_scale`
    shortens the waits AWS declares (bake time, termination, the 120 seconds after SIGTERM), not job limits.
    """

    target_prefix = "SageMaker"
    iam_namespace = "sagemaker"

    def __init__(
        self,
        platform: Platform,
        work_dir: Path,
        images: Images,
        *,
        time_scale: float = TIME_SCALE,
        faults: Faults | None = None,
    ) -> None:
        self._platform = platform
        self._work_dir = work_dir.resolve()
        self._images = images
        self._time_scale = time_scale
        self._faults = faults or Faults()
        self._open()

    def _open(self) -> None:
        store = Store(self._platform.region, self._platform.account_id)
        account = Account(
            self._platform, store, self._images, self._work_dir, self._time_scale, faults=self._faults
        )
        jobs = JobsApi(account)
        self._account = account
        self._monitoring = MonitoringApi(account, jobs)
        self._invocations = Invocations(account, Telemetry(self._platform))
        self._feature_groups = FeatureGroupsApi(account)
        self._feature_records = FeatureRecords(account)
        self._operations: dict[str, Operation] = {
            **jobs.operations(),
            **TransformApi(account).operations(),
            **TuningApi(account, jobs).operations(),
            **ModelsApi(account).operations(),
            **RegistryApi(account).operations(),
            **EndpointsApi(account).operations(),
            **self._monitoring.operations(),
            **self._feature_groups.operations(),
            **TagsApi(account).operations(),
        }

    @property
    def faults(self) -> Faults:
        """Return the faults, to install and clear."""
        return self._faults

    @property
    def quotas(self) -> Quotas:
        """Return the account's instance quotas, to set."""
        return self._account.quotas

    def handle(self, action: str, request: dict[str, Any], access_key_id: str | None) -> dict[str, Any]:
        """Perform one operation; times in answers are epoch seconds. Raises ServiceError."""
        self._account.model.validate(action, request)
        self._refuse_by_fault(action, request, access_key_id)
        require_supported(action, request)
        if action not in self._operations:
            raise ServiceError(CODE, f"The rehearsal's SageMaker does not implement {action}.")
        return self._operations[action](request, access_key_id)

    def handle_rest(self, request: RestRequest) -> Answer | None:
        """Answer a call of one of the runtimes (InvokeEndpoint, PutRecord); None for any other path."""
        return self._invocations.handle(request) or self._feature_records.handle(request)

    def rest_permission(self, request: RestRequest) -> tuple[str, str] | None:
        """Return the operation and the ARN that IAM checks for a call of one of the runtimes."""
        return self._invocations.permission(request) or self._feature_records.permission(request)

    def _refuse_by_fault(self, action: str, request: dict[str, Any], access_key_id: str | None) -> None:
        name = str(next((value for key, value in request.items() if key.endswith("Name")), ""))
        caller = self._platform.caller_name(access_key_id)
        if self.faults.strike("throttling", action, name, caller):
            raise ServiceError("ThrottlingException", "Rate exceeded")
        fault = self.faults.strike("api_error", action, name, caller)
        if fault:
            raise ServiceError(fault["code"], fault["message"], fault["status"])

    def resource_arn(self, action: str, request: dict[str, Any]) -> str:
        """Return the ARN that IAM checks for this request."""
        return kinds.resource_arn(action, request, self._platform.region, self._platform.account_id)

    def on_job_end(self, kind: str, name: str, callback: Callable[[dict[str, Any]], None]) -> None:
        """Call back once with the Describe response when the job ends, or now if it has; from any thread."""
        self._job(kind, name).live.on_end(callback)

    def job_details(self, name: str) -> list[dict[str, Any]]:
        """Return, for every job of this name, its kind, status, directory and log files."""
        return [
            {
                "kind": kind.name,
                "name": name,
                "status": record.details[f"{kind.name}Status"],
                "directory": str(record.live.directory),
                "logs": sorted(str(path) for path in record.live.directory.glob("*/log.txt")),
            }
            for kind in kinds.JOBS
            for record in self._account.store.all(kind, lambda found: found.name == name)
        ]

    def control(self, method: str, path: str, request: dict[str, Any]) -> dict[str, Any] | None:
        """Answer the control routes faults, quotas, jobs/NAME and monitoring/NAME; None for any other."""
        head, _, name = path.partition("/")
        if (method, head) == ("GET", "jobs") and name:
            return {"jobs": self.job_details(name)}
        if (method, path) == ("POST", "quotas"):
            self.quotas.set(request["instance_type"], request["usage"], request["instances"])
            return {}
        if (method, head) == ("POST", "monitoring") and name:
            return self._monitoring.execute(name)
        if path != "faults":
            return None
        if method == "POST":
            self._add_fault(request)
        elif method == "DELETE":
            self.faults.clear()
        return {"faults": self.faults.installed()}

    def _add_fault(self, request: dict[str, Any]) -> None:
        try:
            self.faults.add(request)
        except FaultError as error:
            raise ServiceError("ValidationException", str(error)) from error

    def _job(self, kind: str, name: str) -> Record:
        found = next((known for known in kinds.JOBS if known.name == kind), None)
        if found is None:
            raise ServiceError("ValidationException", f"{kind!r} is no kind of job.")
        return self._account.store.get(found, name)

    def reset(self) -> None:
        """Forget everything: jobs and endpoints end, records, faults and quotas go."""
        self.close()
        self._faults.clear()
        self._open()

    def close(self) -> None:
        """End every process this service started; nothing is left running."""
        self._account.closing.set()
        for record in self._account.store.everything():
            if record.live is not None:
                record.live.abandon()
        self._invocations.close()
        self._account.spawner.shutdown(wait=False, cancel_futures=True)
