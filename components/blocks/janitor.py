"""What the janitor may do: find what a stopped run left behind, by kind, and undo it."""

from __future__ import annotations

from collections.abc import Sequence

from components.blocks import grants
from components.blocks.ground import Ground
from components.blocks.statements import Statement, allow

JOB_KINDS = {
    "HyperParameterTuning": "hyper-parameter-tuning-job",
    "Training": "training-job",
    "Processing": "processing-job",
    "Transform": "transform-job",
}
LISTED = (*(f"{kind}Jobs" for kind in JOB_KINDS), "Endpoints", "EndpointConfigs", "Models", "ModelPackages")


def clean_up(ground: Ground, children: Sequence[str]) -> list[Statement]:
    """Executions of the children, jobs, and all that lies between a package and the live endpoint."""
    return [
        *_stop_executions(ground, children),
        # Lists have no narrower form: what is listed is told apart by its tag.
        allow([f"sagemaker:List{kind}" for kind in LISTED], "*"),
        *_stop_jobs(ground),
        *_undo_release(ground),
    ]


def _stop_executions(ground: Ground, children: Sequence[str]) -> list[Statement]:
    machines = [ground.machine_arn(word) for word in children]
    executions = [ground.executions_arn(word) for word in children]
    return [
        allow("states:ListExecutions", machines),
        allow(["states:DescribeExecution", "states:StopExecution"], executions),
    ]


def _stop_jobs(ground: Ground) -> list[Statement]:
    jobs = [ground.arn("sagemaker", f"{resource}/{ground.job_prefix}-*") for resource in JOB_KINDS.values()]
    return [
        allow("sagemaker:ListTags", jobs),
        allow([f"sagemaker:Stop{kind}Job" for kind in JOB_KINDS], jobs),
    ]


def _undo_release(ground: Ground) -> list[Statement]:
    staging = ground.arn("sagemaker", f"endpoint/{ground.job_prefix}-staging-*")
    live = ground.arn("sagemaker", f"endpoint/{ground.live_endpoint}")
    configs = ground.arn("sagemaker", f"endpoint-config/{ground.job_prefix}-config-*")
    models = ground.arn("sagemaker", f"model/{ground.job_prefix}-model-*")
    packages = ground.arn("sagemaker", f"model-package/{ground.physical_name('models')}/*")
    return [
        allow("sagemaker:ListTags", [staging, configs, models]),
        allow("sagemaker:DescribeEndpoint", [staging, live]),
        allow("sagemaker:DeleteEndpoint", staging),
        allow(["sagemaker:DescribeEndpointConfig", "sagemaker:DeleteEndpointConfig"], configs),
        allow("sagemaker:DeleteModel", models),
        allow(["sagemaker:DescribeModelPackage", "sagemaker:UpdateModelPackage"], packages),
        grants.use_packages(ground),
    ]
