"""Trainyard in the order data flows: the ground, the stages, the loops, and what an operator needs."""

import sys
from pathlib import Path

import pulumi

import settings as configuration
from components.approval import Approval, ApprovalArgs
from components.blocks.image import Image, ImageArgs
from components.data_preparation import DataPreparation, DataPreparationArgs
from components.deployment import Deployment, DeploymentArgs
from components.evaluation import Evaluation, EvaluationArgs
from components.identity import Identity, IdentityArgs
from components.observability import Observability, ObservabilityArgs
from components.pipeline import Pipeline, PipelineArgs
from components.retraining import Retraining, RetrainingArgs
from components.training import Training, TrainingArgs
from foundation import lay_ground
from settings.revision import commit_id

try:
    settings = configuration.load()
except configuration.SettingsError as error:
    sys.stderr.write("\n".join(error.problems) + "\n")
    sys.exit(2)

ground = lay_ground(settings, pulumi.get_stack())
digests = settings.images.model_dump().items()
images = {word: Image(word, ImageArgs(ground=ground, digest=digest or None)) for word, digest in digests}
repositories = {word: image.repository_arn for word, image in images.items()}
roles = Identity("identity", IdentityArgs(ground=ground, repository_arns=repositories))

data_preparation_args = DataPreparationArgs(
    ground=ground,
    image_uri=images["data_preparation"].uri,
    processing_role_arn=roles.processing_role_arn,
    ingestion_role_arn=roles.ingestion_role_arn,
    dataset=settings.pipeline.dataset,
    **settings.data_preparation.model_dump(),
)
data_preparation = DataPreparation("data_preparation", data_preparation_args)
training_args = TrainingArgs(
    ground=ground,
    image_uri=images["training"].uri,
    training_role_arn=roles.training_role_arn,
    **settings.training.model_dump(),
)
training = Training("training", training_args)
evaluation_args = EvaluationArgs(
    ground=ground,
    processing_role_arn=roles.processing_role_arn,
    inference_role_arn=roles.inference_role_arn,
    evaluation_image=images["evaluation"].uri,
    deployment_image=images["deployment"].uri,
    endpoint_instance_type=settings.deployment.instance_type,
    commit_id=commit_id(Path(__file__).parent),
    **settings.evaluation.model_dump(),
)
evaluation = Evaluation("evaluation", evaluation_args)
who = settings.approval.model_dump(include={"can_starter_approve", "approver_emails"})
approval = Approval("approval", ApprovalArgs(ground=ground, **who))
deployment_args = DeploymentArgs(
    ground=ground,
    inference_role_arn=roles.inference_role_arn,
    package_group=evaluation.package_group,
    **settings.deployment.model_dump(),
)
deployment = Deployment("deployment", deployment_args)
stages = {
    "data_preparation": data_preparation.machine_arn,
    "training": training.machine_arn,
    "evaluation": evaluation.machine_arn,
    "deployment": deployment.machine_arn,
}
pipeline_args = PipelineArgs(
    ground=ground,
    machine_arns=stages,
    remove_checkpoints_function_arn=training.remove_checkpoints_function_arn,
    request_approval_function_arn=approval.request_approval_function_arn,
    **settings.training.of_runs,
    is_approval_required=settings.approval.is_required,
    approval_expiry_days=settings.approval.expiry_days,
    **settings.pipeline.model_dump(),
)
pipeline = Pipeline("pipeline", pipeline_args)
retraining_args = RetrainingArgs(
    ground=ground,
    pipeline_machine_arn=pipeline.machine_arn,
    runs_table=pipeline.runs_table,
    record_outcome_function_arn=pipeline.record_outcome_function_arn,
    lease_seconds=pipeline.lease_seconds,
    dataset=settings.pipeline.dataset,
    **settings.retraining.model_dump(),
)
retraining = Retraining("retraining", retraining_args)
observability_args = ObservabilityArgs(
    ground=ground,
    machine_arns={"pipeline": pipeline.machine_arn, **stages, **data_preparation.parts, **training.parts},
    training_instance_types=settings.training.instance_types,
    endpoint_name=deployment.endpoint_name,
    variant=deployment.variant,
    is_scheduled=settings.retraining.is_scheduled,
    **settings.observability.model_dump(exclude={"log_retention_days", "alert_emails"}),
)
observability = Observability("observability", observability_args)

pulumi.export("pipelineMachineArn", pipeline.machine_arn)
pulumi.export("startRunFunctionName", retraining.start_run_function_name)
pulumi.export("landingBucket", ground.landing_bucket)
pulumi.export("artifactsBucket", ground.artifacts_bucket)
pulumi.export("auditBucket", ground.audit_bucket)
pulumi.export("modelPackageGroup", evaluation.package_group)
pulumi.export("imageRepositories", {word: image.repository_url for word, image in images.items()})
pulumi.export("endpointName", deployment.endpoint_name)
pulumi.export("reviewApiUrl", approval.api_url)
pulumi.export("approverPolicyArn", approval.approver_policy_arn)
pulumi.export("alertsTopicArn", ground.alerts_topic_arn)
pulumi.export("dashboardUrl", observability.dashboard_url)
