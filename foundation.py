"""The ground every environment stands on, laid in the order its parts need each other."""

from typing import Any

import pulumi_aws as aws

from components.alerts import Alerts, AlertsArgs
from components.audit import Audit, AuditArgs
from components.blocks.ground import Ground
from components.boundary import Boundary, BoundaryArgs
from components.dataset import Dataset, DatasetArgs
from components.encryption import Encryption, EncryptionArgs
from components.layers import Layers, LayersArgs
from components.network import Network, NetworkArgs
from components.storage import Storage, StorageArgs
from settings import PROJECT, Settings


def lay_ground(settings: Settings, stack: str) -> Ground:
    """Declare what all stages stand on; returns what they need to know of it."""
    prefix, watching = f"{PROJECT}-{stack}", settings.observability
    owner: dict[str, Any] = {"prefix": prefix, "account_id": aws.get_caller_identity().account_id}
    place = {**owner, "region": aws.get_region().region}
    encryption = Encryption("encryption", EncryptionArgs(**place))
    boundary = Boundary("boundary", BoundaryArgs(**owner))
    network_args = NetworkArgs(
        **place,
        **settings.network.model_dump(),
        messages_key_arn=encryption.messages_key_arn,
        boundary_arn=boundary.arn,
        flow_log_retention_days=watching.log_retention_days,
        uses_feature_store=settings.data_preparation.feature_store.is_used,
    )
    network = Network("network", network_args)
    storage_args = StorageArgs(**place, **settings.storage.model_dump(), key_arn=encryption.data_key_arn)
    storage = Storage("storage", storage_args)
    layers = Layers("layers", LayersArgs(prefix=prefix, artifacts_bucket=storage.artifacts.name))
    alerts_args = AlertsArgs(
        **owner, messages_key_arn=encryption.messages_key_arn, emails=watching.alert_emails
    )
    alerts = Alerts("alerts", alerts_args)
    ground = Ground(
        project=PROJECT,
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
    Audit("audit", AuditArgs(ground=ground))
    Dataset("dataset", DatasetArgs(ground=ground, dataset=settings.pipeline.dataset))
    return ground
