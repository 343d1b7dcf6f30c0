"""The operations on endpoints and their configurations."""

from __future__ import annotations

from typing import Any

from rehearsal.emulator.platform import ServiceError
from rehearsal.sagemaker.account import Account
from rehearsal.sagemaker.endpoints.deployment import Deployment
from rehearsal.sagemaker.endpoints.endpoint import Endpoint
from rehearsal.sagemaker.endpoints.fleet import Fleet, build
from rehearsal.sagemaker.endpoints.shift import alarm_names, steps
from rehearsal.sagemaker.endpoints.stages import Pending
from rehearsal.sagemaker.jobs.api import Operation, list_records
from rehearsal.sagemaker.kinds import ENDPOINT, ENDPOINT_CONFIG, MODEL, Kind, arn_of
from rehearsal.sagemaker.store import Record


class EndpointsApi:
    """Endpoint configurations and endpoints."""

    def __init__(self, account: Account) -> None:
        self.account = account

    def operations(self) -> dict[str, Operation]:
        """Return the operations by name."""
        return {
            "CreateEndpointConfig": self.create_config,
            "DescribeEndpointConfig": self._describing(ENDPOINT_CONFIG),
            "ListEndpointConfigs": self._listing(ENDPOINT_CONFIG),
            "DeleteEndpointConfig": self.delete_config,
            "CreateEndpoint": self.create,
            "DescribeEndpoint": self._describing(ENDPOINT),
            "ListEndpoints": self._listing(ENDPOINT),
            "UpdateEndpoint": self.update,
            "UpdateEndpointWeightsAndCapacities": self.update_weights,
            "DeleteEndpoint": self.delete,
        }

    def _describing(self, kind: Kind) -> Operation:
        def describe(request: dict[str, Any], _: str | None) -> dict[str, Any]:
            record = self.account.store.get(kind, request[kind.name_field])
            return self.account.model.respond(f"Describe{kind.name}", record.snapshot())

        return describe

    def _listing(self, kind: Kind) -> Operation:
        action = f"List{kind.name}s"

        def listing(request: dict[str, Any], _: str | None) -> dict[str, Any]:
            return list_records(self.account, kind, action, self.account.store.all(kind), request)

        return listing

    def create_config(self, request: dict[str, Any], _: str | None) -> dict[str, Any]:
        """Keep an endpoint configuration whose models exist."""
        shadows = request.get("ShadowProductionVariants", [])
        variants = [*request["ProductionVariants"], *shadows]
        names = [variant["VariantName"] for variant in variants]
        if len(names) != len(set(names)):
            _refuse(f"Variant names must be unique, got {', '.join(names)}.")
        if shadows and (len(shadows) != 1 or len(request["ProductionVariants"]) != 1):
            _refuse("A shadow needs exactly one production variant and one shadow variant.")
        for variant in variants:
            for field in ("ModelName", "InstanceType", "InitialInstanceCount"):
                if field not in variant:
                    _refuse(f"Variant {variant['VariantName']}: {field} is required.")
            self.account.store.get(MODEL, variant["ModelName"])
        details = {key: value for key, value in request.items() if key != "Tags"}
        name = request["EndpointConfigName"]
        record = self.account.store.add(ENDPOINT_CONFIG, name, details, request.get("Tags", []))
        return {"EndpointConfigArn": record.arn}

    def delete_config(self, request: dict[str, Any], _: str | None) -> dict[str, Any]:
        """Delete a configuration; endpoints that use it go on serving."""
        self.account.store.remove(self.account.store.get(ENDPOINT_CONFIG, request["EndpointConfigName"]))
        return {}

    def create(self, request: dict[str, Any], access_key_id: str | None) -> dict[str, Any]:
        """Create an endpoint; it is Creating until its containers are healthy."""
        self._require_config_permission("sagemaker:CreateEndpoint", request, access_key_id)
        name, config_name = request["EndpointName"], request["EndpointConfigName"]
        fleet = build(self.account, name, config_name, 1)
        details: dict[str, Any] = {
            "EndpointConfigName": config_name,
            "EndpointStatus": "Creating",
            "PendingDeploymentSummary": Pending(fleet).launching(),
        }
        if "DeploymentConfig" in request:
            details["LastDeploymentConfig"] = request["DeploymentConfig"]
        record = self.account.store.add(ENDPOINT, name, details, request.get("Tags", []))
        try:
            fleet.reserve()
        except ServiceError:
            self.account.store.remove(record)
            raise
        endpoint = Endpoint(self.account, record)
        endpoint.next_generation()
        record.live = endpoint
        endpoint.create(fleet)
        return {"EndpointArn": record.arn}

    def update(self, request: dict[str, Any], access_key_id: str | None) -> dict[str, Any]:
        """Deploy another configuration beside the serving one."""
        self._require_config_permission("sagemaker:UpdateEndpoint", request, access_key_id)
        record = self.account.store.get(ENDPOINT, request["EndpointName"])
        endpoint: Endpoint = record.live
        endpoint.require_settled()
        if endpoint.fleet is None:
            _refuse(
                f"Endpoint {record.name} is {endpoint.status} and can't be updated: delete and create it."
            )
        # one deleted while it serves makes the endpoint one that can't be updated any more
        self.account.store.get(ENDPOINT_CONFIG, record.details["EndpointConfigName"])
        config = request.get("DeploymentConfig")
        if config is None and request.get("RetainDeploymentConfig"):
            config = record.details.get("LastDeploymentConfig")
        alarms = alarm_names(config)
        self._require_alarms(alarms, access_key_id)
        green = build(self.account, record.name, request["EndpointConfigName"], endpoint.next_generation())
        if config:
            _require_same_variants(endpoint, green)
        if request.get("RetainAllVariantProperties"):
            excluded = request.get("ExcludeRetainedVariantProperties", [])
            _retain(endpoint, green, {item["VariantPropertyType"] for item in excluded})
        plan = steps(config, min(variant.instance_count for variant in green.variants))
        green.reserve()
        Deployment(endpoint, green, plan, alarms, config).start()
        return {"EndpointArn": record.arn}

    def _require_config_permission(
        self, action: str, request: dict[str, Any], access_key_id: str | None
    ) -> None:
        # IAM authorises both operations on the endpoint and on its configuration.
        platform = self.account.platform
        resource = arn_of(
            ENDPOINT_CONFIG, request["EndpointConfigName"], platform.region, platform.account_id
        )
        platform.require_permission(access_key_id, action, resource)

    def _require_alarms(self, names: list[str], access_key_id: str | None) -> None:
        """Raise ServiceError unless the alarms exist and the caller may see them."""
        if not names:
            return
        self.account.platform.require_permission(access_key_id, "cloudwatch:DescribeAlarms", "*")
        found = self.account.platform.client("cloudwatch").describe_alarms(AlarmNames=names)
        known = {a["AlarmName"] for a in [*found.get("MetricAlarms", []), *found.get("CompositeAlarms", [])]}
        missing = [name for name in names if name not in known]
        if missing:
            _refuse(f"AutoRollbackConfiguration: alarms not found: {', '.join(missing)}.")

    def update_weights(self, request: dict[str, Any], _: str | None) -> dict[str, Any]:
        """Change weights and instance counts of variants."""
        record = self.account.store.get(ENDPOINT, request["EndpointName"])
        record.live.update_weights(request["DesiredWeightsAndCapacities"])
        return {"EndpointArn": record.arn}

    def delete(self, request: dict[str, Any], _: str | None) -> dict[str, Any]:
        """Stop and forget an endpoint."""
        record: Record = self.account.store.get(ENDPOINT, request["EndpointName"])
        record.live.delete()
        self.account.store.remove(record)
        return {}


def _require_same_variants(endpoint: Endpoint, green: Fleet) -> None:
    """Guardrails need the same variant names in the old and the new configuration."""
    old = sorted(variant.name for variant in endpoint.fleet.variants) if endpoint.fleet else []
    new = sorted(variant.name for variant in green.variants)
    if old and old != new:
        _refuse(
            f"DeploymentConfig: the variants must be the same; the endpoint has {old}, the new one {new}."
        )


def _retain(endpoint: Endpoint, green: Fleet, excluded: set[str]) -> None:
    """Carry weights and instance counts over from the serving variants of the same name."""
    for variant in green.variants:
        old = endpoint.fleet.variant(variant.name) if endpoint.fleet else None
        if old and "DesiredWeight" not in excluded:
            variant.weight = old.weight
        if old and "DesiredInstanceCount" not in excluded:
            variant.instance_count = old.instance_count


def _refuse(message: str) -> None:
    raise ServiceError("ValidationException", message)
