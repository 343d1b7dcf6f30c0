"""The operations on transform jobs."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from rehearsal.sagemaker.account import Account
from rehearsal.sagemaker.jobs import rules
from rehearsal.sagemaker.jobs.api import Operation, reading, start
from rehearsal.sagemaker.jobs.joining import Joining
from rehearsal.sagemaker.jobs.transform import TransformJob
from rehearsal.sagemaker.kinds import MODEL, TRANSFORM_JOB
from rehearsal.sagemaker.models import serve


class TransformApi:
    """Batch transform jobs."""

    def __init__(self, account: Account) -> None:
        self.account = account

    def operations(self) -> dict[str, Operation]:
        """Return the operations by name."""
        return {"CreateTransformJob": self.create, **reading(self.account, TRANSFORM_JOB)}

    def create(self, request: dict[str, Any], _: str | None) -> dict[str, Any]:
        """Start a transform job under its model's role; returns its ARN."""
        rules.check_transform(request)
        Joining.of(request)
        record = self.account.store.get(MODEL, request["ModelName"])
        model = serve(self.account, record.name, record.details)
        model = replace(model, environment={**model.environment, **request.get("Environment", {})})
        resources = request["TransformResources"]
        return start(
            self.account,
            TRANSFORM_JOB,
            request,
            model.credentials,
            (resources["InstanceType"], "transform job", resources["InstanceCount"]),
            lambda made, _: TransformJob(self.account, made, model),
        )
