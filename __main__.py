"""Trainyard in the order data flows: the ground, the stages, the loops, and what an operator needs."""

import sys
from typing import Any

import pulumi
import pulumi_aws as aws

import settings as configuration
from components.alerts import Alerts, AlertsArgs
from components.audit import Audit, AuditArgs
from components.blocks.ground import Ground
from components.blocks.image import Image, ImageArgs
from components.boundary import Boundary, BoundaryArgs
from components.encryption import Encryption, EncryptionArgs
from components.identity import Identity, IdentityArgs
from components.layers import Layers, LayersArgs
from components.network import Network, NetworkArgs
from components.storage import Storage, StorageArgs

try:
    settings = configuration.load()
except configuration.SettingsError as error:
    sys.stderr.write("\n".join(error.problems) + "\n")
    sys.exit(2)

stack = pulumi.get_stack()
prefix = f"{configuration.PROJECT}-{stack}"
account_id = aws.get_caller_identity().account_id
region = aws.get_region().region
place: dict[str, Any] = {"prefix": prefix, "account_id": account_id, "region": region}
owner = {"prefix": prefix, "account_id": account_id}

encryption = Encryption("encryption", EncryptionArgs(**place))
boundary = Boundary("boundary", BoundaryArgs(**owner))
network = Network(
    "network",
    NetworkArgs(
        **place,
        **settings.network.model_dump(),
        messages_key_arn=encryption.messages_key_arn,
        boundary_arn=boundary.arn,
        flow_log_retention_days=settings.observability.log_retention_days,
    ),
)
storage = Storage(
    "storage", StorageArgs(**place, **settings.storage.model_dump(), key_arn=encryption.data_key_arn)
)
layers = Layers("layers", LayersArgs(prefix=prefix, artifacts_bucket=storage.artifacts.name))
alerts = Alerts(
    "alerts",
    AlertsArgs(
        **owner, messages_key_arn=encryption.messages_key_arn, emails=settings.observability.alert_emails
    ),
)
ground = Ground(
    project=configuration.PROJECT,
    stack=stack,
    **place,
    key_arn=encryption.data_key_arn,
    messages_key_arn=encryption.messages_key_arn,
    subnet_ids=network.subnet_ids,
    security_group_ids=[network.workload_security_group_id],
    landing_bucket=storage.landing.name,
    landing_bucket_arn=storage.landing.arn,
    artifacts_bucket=storage.artifacts.name,
    artifacts_bucket_arn=storage.artifacts.arn,
    audit_bucket=storage.audit.name,
    audit_bucket_arn=storage.audit.arn,
    alerts_topic_arn=alerts.topic_arn,
    log_retention_days=settings.observability.log_retention_days,
    permissions_boundary_arn=boundary.arn,
    control_layer_arn=layers.control_arn,
    data_layer_arn=layers.data_arn,
)
audit = Audit("audit", AuditArgs(ground=ground))
images = {
    word: Image(word, ImageArgs(ground=ground, digest=digest or None))
    for word, digest in settings.images.model_dump().items()
}
identity = Identity(
    "identity",
    IdentityArgs(
        ground=ground,
        processing_repository_arns=[
            images["data_preparation"].repository_arn,
            images["evaluation"].repository_arn,
        ],
        training_repository_arn=images["training"].repository_arn,
        inference_repository_arn=images["deployment"].repository_arn,
    ),
)
