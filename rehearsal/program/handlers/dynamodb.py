"""Tables."""

from typing import Any

from rehearsal.program.account import Account
from rehearsal.program.handlers.registry import Created, creates
from rehearsal.program.inputs import Declared, Inputs


@creates("aws:dynamodb/table:Table")
def table(declared: Declared, account: Account) -> Created:
    """A table with keys, indexes, encryption, expiry and recovery."""
    client = account.client("dynamodb")
    name = declared.physical_name(255)
    parameters = declared.to_aws("billingMode", "tableClass", "deletionProtectionEnabled") | _throughput(
        declared
    )
    parameters["AttributeDefinitions"] = [
        attribute.verbatim(name="AttributeName", type="AttributeType")
        for attribute in declared.blocks("attributes")
    ]
    for property_name, key in (
        ("globalSecondaryIndexes", "GlobalSecondaryIndexes"),
        ("localSecondaryIndexes", "LocalSecondaryIndexes"),
    ):
        indexes = [_index(index) for index in declared.blocks(property_name)]
        if indexes:
            parameters[key] = indexes
    encryption = declared.block("serverSideEncryption")
    if encryption:
        parameters["SSESpecification"] = _encryption(encryption)
    if declared.take("streamEnabled"):
        parameters["StreamSpecification"] = {"StreamEnabled": True} | declared.to_aws("streamViewType")
    made = client.create_table(
        TableName=name, KeySchema=_key_schema(declared), Tags=declared.tag_list(), **parameters
    )["TableDescription"]
    _afterwards(client, name, declared)
    outputs = {"name": name, "arn": made["TableArn"]}
    return Created(
        name, outputs | ({"streamArn": made["LatestStreamArn"]} if made.get("LatestStreamArn") else {})
    )


def _throughput(inputs: Inputs) -> dict[str, Any]:
    units = inputs.verbatim(readCapacity="ReadCapacityUnits", writeCapacity="WriteCapacityUnits")
    return {"ProvisionedThroughput": units} if units else {}


def _key_schema(inputs: Inputs) -> list[dict[str, str]]:
    keys = (("HASH", inputs.take("hashKey")), ("RANGE", inputs.take("rangeKey")))
    return [{"AttributeName": name, "KeyType": kind} for kind, name in keys if name]


def _index(index: Inputs) -> dict[str, Any]:
    projection = index.to_aws("projectionType", "nonKeyAttributes")
    return {
        "IndexName": index.require("name"),
        "KeySchema": _key_schema(index),
        "Projection": projection,
    } | _throughput(index)


def _encryption(block: Inputs) -> dict[str, Any]:
    key = block.verbatim(kmsKeyArn="KMSMasterKeyId")
    return block.to_aws("enabled") | key | ({"SSEType": "KMS"} if key else {})


def _afterwards(client: Any, name: str, declared: Declared) -> None:
    """Settings that AWS only takes for a table that exists."""
    expiry = declared.block("ttl")
    if expiry:
        client.update_time_to_live(
            TableName=name, TimeToLiveSpecification=expiry.to_aws("attributeName", "enabled")
        )
    recovery = declared.block("pointInTimeRecovery")
    if recovery:
        specification = recovery.to_aws("recoveryPeriodInDays", enabled="PointInTimeRecoveryEnabled")
        client.update_continuous_backups(TableName=name, PointInTimeRecoverySpecification=specification)
