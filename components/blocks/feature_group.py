"""The dataset's feature group, and the role with which the Feature Store writes what it keeps offline."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pulumi_aws as aws
from pulumi import ComponentResource, Output, ResourceOptions

from components.blocks.ground import Ground
from components.blocks.role import Role, RoleArgs
from components.blocks.statements import Statement, allow
from contracts.dataset import Contract
from contracts.feature_group import EVENT_TIME, RECORD_ID, definitions, group_name

ROOT = Path(__file__).resolve().parents[2]
PREFIX = "feature-store"


@dataclass(frozen=True, kw_only=True)
class FeatureGroupArgs:
    """`dataset` is the folder in datasets/ whose contract says what a record holds."""

    ground: Ground
    dataset: str
    is_online: bool


class FeatureGroup(ComponentResource):
    """One group a version of the contract: what AWS can't change in place is another version's group."""

    name: Output[str]

    def __init__(self, name: str, args: FeatureGroupArgs, opts: ResourceOptions | None = None) -> None:
        super().__init__("trainyard:block:FeatureGroup", name, None, opts)
        self._ground, self._is_online = args.ground, args.is_online
        text = (ROOT / f"datasets/{args.dataset}/contract.json").read_text(encoding="utf-8")
        contract = Contract.from_json(text)
        group = self._build_group(name, contract, self._build_role())
        self.name = group.feature_group_name
        self.register_outputs({"name": self.name})

    def _build_role(self) -> Role:
        ground = self._ground
        role_args = RoleArgs(
            service="sagemaker.amazonaws.com",
            statements=writing_offline(ground),
            account_id=ground.account_id,
            role_name=ground.physical_name("feature-store"),
            boundary_arn=ground.permissions_boundary_arn,
            description="How the Feature Store writes its offline store",
        )
        return Role("feature-store", role_args, ResourceOptions(parent=self))

    def _build_group(self, name: str, contract: Contract, role: Role) -> aws.sagemaker.FeatureGroup:
        features: list[aws.sagemaker.FeatureGroupFeatureDefinitionArgsDict] = [
            {"feature_name": one.name, "feature_type": one.type} for one in definitions(contract)
        ]
        online: aws.sagemaker.FeatureGroupOnlineStoreConfigArgsDict = {
            "enable_online_store": True,
            "security_config": {"kms_key_id": self._ground.key_arn},
        }
        return aws.sagemaker.FeatureGroup(
            name,
            feature_group_name=group_name(self._ground.prefix, contract),
            description=f"Features of {contract.name}, version {contract.version} of its contract",
            record_identifier_feature_name=RECORD_ID,
            event_time_feature_name=EVENT_TIME,
            feature_definitions=features,
            role_arn=role.arn,
            offline_store_config={
                "s3_storage_config": {
                    "s3_uri": Output.concat("s3://", self._ground.artifacts_bucket, f"/{PREFIX}"),
                    "kms_key_id": self._ground.key_arn,
                },
                "table_format": "Glue",
            },
            online_store_config=online if self._is_online else None,
            # The service checks at once that the role can write.
            opts=ResourceOptions(parent=self, depends_on=[role.policy] if role.policy else []),
        )


def writing_offline(ground: Ground) -> list[Statement]:
    """What AWS's AmazonSageMakerFeatureStoreAccess grants for a store of Parquet files, on our prefix alone;
    its permissions on Glue are for Iceberg tables."""
    return [
        allow(["s3:PutObject", "s3:PutObjectAcl"], ground.artifact_objects(f"{PREFIX}/*")),
        allow("s3:GetBucketAcl", ground.artifacts_bucket_arn),
        allow(["kms:Decrypt", "kms:GenerateDataKey"], ground.key_arn),
    ]
