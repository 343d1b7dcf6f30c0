"""The operations on jobs: create, describe, list and stop, for every kind of job."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from rehearsal.emulator.platform import Credentials, ServiceError
from rehearsal.sagemaker.account import PRINCIPAL, Account
from rehearsal.sagemaker.images import Image
from rehearsal.sagemaker.jobs import defaults, rules
from rehearsal.sagemaker.jobs.channels import require_data
from rehearsal.sagemaker.jobs.job import Job
from rehearsal.sagemaker.jobs.processing import ProcessingJob
from rehearsal.sagemaker.jobs.training import TrainingJob
from rehearsal.sagemaker.jobs.warm_pools import WarmPools
from rehearsal.sagemaker.kinds import PROCESSING_JOB, TRAINING_JOB, TRANSFORM_JOB, Kind
from rehearsal.sagemaker.quotas import exceeded
from rehearsal.sagemaker.store import Record, page

Request = dict[str, Any]
Operation = Callable[[Request, str | None], dict[str, Any]]
Build = Callable[[Record, Credentials], Job]
FILLED_IN = {
    TRAINING_JOB.name: defaults.training,
    PROCESSING_JOB.name: defaults.processing,
    TRANSFORM_JOB.name: defaults.transform,
}


class JobsApi:
    """Training and processing jobs."""

    def __init__(self, account: Account) -> None:
        self.account = account
        self.warm_pools = WarmPools(account)

    def operations(self) -> dict[str, Operation]:
        """Return the operations by name."""
        table: dict[str, Operation] = {
            "CreateTrainingJob": self.create_training_job,
            "CreateProcessingJob": self.create_processing_job,
        }
        for kind in (TRAINING_JOB, PROCESSING_JOB):
            table.update(reading(self.account, kind))
        return table

    def create_training_job(self, request: Request, access_key_id: str | None) -> dict[str, Any]:
        """Start a training job; returns its ARN."""
        rules.check_training(request)
        self.account.images.find(request["AlgorithmSpecification"]["TrainingImage"])
        credentials = assume(self.account, TRAINING_JOB, request, access_key_id)
        require_data(self.account, request, credentials)
        return self.start_training(request, credentials)

    def start_training(self, request: Request, credentials: Credentials) -> dict[str, Any]:
        """Start a checked training job under an open session of its role."""
        image = self.account.images.find(request["AlgorithmSpecification"]["TrainingImage"])
        resources = request["ResourceConfig"]
        return start(
            self.account,
            TRAINING_JOB,
            request,
            credentials,
            (resources["InstanceType"], usage_of(request), resources["InstanceCount"]),
            partial(self._training_job, image),
        )

    def _training_job(self, image: Image, record: Record, credentials: Credentials) -> Job:
        record.update(SecondaryStatus="Starting")
        job = TrainingJob(self.account, record, credentials, image)
        self.warm_pools.attach(job)
        return job

    def create_processing_job(self, request: Request, access_key_id: str | None) -> dict[str, Any]:
        """Start a processing job; returns its ARN."""
        rules.check_processing(request)
        self.account.images.find(request["AppSpecification"]["ImageUri"])
        credentials = assume(self.account, PROCESSING_JOB, request, access_key_id)
        return self.start_processing(request, credentials)

    def start_processing(self, request: Request, credentials: Credentials) -> dict[str, Any]:
        """Start a checked processing job under an open session of its role."""
        image = self.account.images.find(request["AppSpecification"]["ImageUri"])
        cluster = request["ProcessingResources"]["ClusterConfig"]
        return start(
            self.account,
            PROCESSING_JOB,
            request,
            credentials,
            (cluster["InstanceType"], "processing job", cluster["InstanceCount"]),
            lambda record, session: ProcessingJob(self.account, record, session, image),
        )


def usage_of(request: Request) -> str:
    """Return which quota a training job's instances count against."""
    return "spot training job" if request.get("EnableManagedSpotTraining") else "training job"


def start(
    account: Account,
    kind: Kind,
    request: Request,
    credentials: Credentials,
    instances: tuple[str, str, int],
    build: Build,
) -> dict[str, Any]:
    """Check name and quota in AWS's order, then start the job that `build` makes."""
    name = request[kind.name_field]
    details = {key: value for key, value in FILLED_IN[kind.name](request).items() if key != "Tags"}
    details[f"{kind.name}Status"] = "InProgress"
    record = account.store.add(kind, name, details, request.get("Tags", []))
    try:
        refuse_by_fault(account, kind, name, instances)
        account.quotas.take(*instances)
    except ServiceError:
        account.store.remove(record)
        raise
    job = build(record, credentials)
    job.before_end(lambda: account.quotas.give_back(*instances))
    record.live = job
    job.start()
    return {kind.arn_field: record.arn}


def assume(account: Account, kind: Kind, request: Request, access_key_id: str | None) -> Credentials:
    """Open the session of the job's role; the caller must be allowed to pass it."""
    account.platform.require_pass_role(access_key_id, request["RoleArn"], PRINCIPAL)
    return account.assume(
        request["RoleArn"], account.store.arn(kind, request[kind.name_field]), vpc_of(request)
    )


def vpc_of(request: Request) -> dict[str, Any] | None:
    """Return the VpcConfig of a job's request, wherever its kind has it."""
    return request.get("VpcConfig") or (request.get("NetworkConfig") or {}).get("VpcConfig")


def refuse_by_fault(account: Account, kind: Kind, name: str, instances: tuple[str, str, int]) -> None:
    """Raise ResourceLimitExceeded where a quota fault meets the request."""
    fault = account.faults.strike("quota", kind.name, name)
    if fault:
        instance_type, usage, count = instances
        raise exceeded(instance_type, usage, fault["limit"], fault["limit"], count)


def reading(account: Account, kind: Kind) -> dict[str, Operation]:
    """Return Describe, List and Stop for a kind of job."""
    plural = f"{kind.name}s"

    def describe(request: Request, _: str | None) -> dict[str, Any]:
        details = account.store.get(kind, request[kind.name_field]).snapshot()
        return account.model.respond(f"Describe{kind.name}", details)

    def stop(request: Request, _: str | None) -> dict[str, Any]:
        account.store.get(kind, request[kind.name_field], kind.missing_to_stop).live.stop()
        return {}

    def listing(request: Request, _: str | None) -> dict[str, Any]:
        return list_records(account, kind, f"List{plural}", account.store.all(kind), request)

    return {f"Describe{kind.name}": describe, f"Stop{kind.name}": stop, f"List{plural}": listing}


def list_records(
    account: Account, kind: Kind, action: str, records: list[Record], request: Request
) -> dict[str, Any]:
    """Answer a List operation with one page of records."""
    rows, following = page(kind, records, request)
    answer = account.model.listing(action, [record.snapshot() for record in rows])
    return {**answer, "NextToken": following} if following else answer
