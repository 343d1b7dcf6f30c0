"""Trainyard in the order data flows: the ground, the stages, the loops, and what an operator needs."""

import sys
from pathlib import Path
from typing import Any

import pulumi
import pulumi_aws as aws

import settings as configuration
from components.alerts import Alerts, AlertsArgs
from components.approval import Approval, ApprovalArgs
from components.audit import Audit, AuditArgs
from components.blocks.ground import Ground
from components.blocks.image import Image, ImageArgs
from components.boundary import Boundary, BoundaryArgs
from components.data_preparation import DataPreparation, DataPreparationArgs
from components.deployment import Deployment, DeploymentArgs
from components.encryption import Encryption, EncryptionArgs
from components.evaluation import Evaluation, EvaluationArgs
from components.identity import Identity, IdentityArgs
from components.layers import Layers, LayersArgs
from components.network import Network, NetworkArgs
from components.observability import Observability, ObservabilityArgs
from components.storage import Storage, StorageArgs
from components.training import Training, TrainingArgs
from settings.revision import commit_id

try:
    settings = configuration.load()
except configuration.SettingsError as error:
    sys.stderr.write("\n".join(error.problems) + "\n")
    sys.exit(2)

stack = pulumi.get_stack()
prefix = f"{configuration.PROJECT}-{stack}"
account_id = aws.get_caller_identity().account_id
owner: dict[str, Any] = {"prefix": prefix, "account_id": account_id}
place = {**owner, "region": aws.get_region().region}
watching = settings.observability

encryption = Encryption("encryption", EncryptionArgs(**place))
boundary = Boundary("boundary", BoundaryArgs(**owner))
network_args = NetworkArgs(
    **place,
    **settings.network.model_dump(),
    messages_key_arn=encryption.messages_key_arn,
    boundary_arn=boundary.arn,
    flow_log_retention_days=watching.log_retention_days,
)
network = Network("network", network_args)
storage_args = StorageArgs(**place, **settings.storage.model_dump(), key_arn=encryption.data_key_arn)
storage = Storage("storage", storage_args)
layers = Layers("layers", LayersArgs(prefix=prefix, artifacts_bucket=storage.artifacts.name))
alerts_args = AlertsArgs(**owner, messages_key_arn=encryption.messages_key_arn, emails=watching.alert_emails)
alerts = Alerts("alerts", alerts_args)
ground = Ground(
    project=configuration.PROJECT,
    stack=stack,
    **place,
    **encryption.for_ground(),
    **network.for_ground(),
    **storage.for_ground(),
    **layers.for_ground(),
    alerts_topic_arn=alerts.topic_arn,
    log_retention_days=watching.log_retention_days,
    permissions_boundary_arn=boundary.arn,
)
audit = Audit("audit", AuditArgs(ground=ground))
digests: dict[str, str] = settings.images.model_dump()
images = {word: Image(word, ImageArgs(ground=ground, digest=digests[word] or None)) for word in digests}
repository_arns = {word: image.repository_arn for word, image in images.items()}
roles = Identity("identity", IdentityArgs(ground=ground, repository_arns=repository_arns))

data_preparation_args = DataPreparationArgs(
    ground=ground,
    image_uri=images["data_preparation"].uri,
    processing_role_arn=roles.processing_role_arn,
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

approval_args = ApprovalArgs(ground=ground, can_starter_approve=settings.approval.can_starter_approve)
approval = Approval("approval", approval_args)
deployment_args = DeploymentArgs(
    ground=ground,
    inference_role_arn=roles.inference_role_arn,
    package_group=evaluation.package_group,
    **settings.deployment.model_dump(),
)
deployment = Deployment("deployment", deployment_args)
