"""The Feature Store: groups, records by path as boto3 sends them, both stores, what is refused or fails."""

from __future__ import annotations

import io
import json
from typing import Any
from urllib.parse import quote, urlencode

import pyarrow.parquet as pq
import pytest

from rehearsal.emulator.platform import ServiceError
from rehearsal.emulator.rest import RestRequest
from rehearsal.sagemaker.kinds import FEATURE_GROUP
from tests.rehearsal.sagemaker.fakes import ROLE, eventually

DEFINITIONS = [
    {"FeatureName": "id", "FeatureType": "String"},
    {"FeatureName": "at", "FeatureType": "String"},
    {"FeatureName": "legs", "FeatureType": "Integral"},
    {"FeatureName": "miles", "FeatureType": "Fractional"},
]
RESERVED = {"FeatureName": "is_deleted", "FeatureType": "String"}
OFFLINE = {"S3StorageConfig": {"S3Uri": "s3://bucket/store/", "KmsKeyId": "arn:aws:kms:eu-west-1:1:key/k"}}


def group(**changes: Any) -> dict[str, Any]:
    return {
        "FeatureGroupName": "trips",
        "RecordIdentifierFeatureName": "id",
        "EventTimeFeatureName": "at",
        "FeatureDefinitions": DEFINITIONS,
        "OnlineStoreConfig": {"EnableOnlineStore": True},
        "OfflineStoreConfig": OFFLINE,
        "RoleArn": ROLE,
        **changes,
    }


def describe(service: Any) -> dict[str, Any]:
    return dict(service.handle("DescribeFeatureGroup", {"FeatureGroupName": "trips"}, None))


def create(service: Any, **changes: Any) -> None:
    service.handle("CreateFeatureGroup", group(**changes), "AKIA")
    eventually(lambda: describe(service)["FeatureGroupStatus"] == "Created")


def record(identifier: str = "a", at: str = "2024-05-01T10:30:00Z", **values: str) -> list[dict[str, str]]:
    pairs = {"id": identifier, "at": at, **values}
    return [{"FeatureName": name, "ValueAsString": value} for name, value in pairs.items()]


def call(service: Any, method: str, path: str, body: Any = None, **query: Any) -> tuple[int, Any]:
    request = RestRequest(
        method=method,
        path=path,
        query={name: value if isinstance(value, list) else [value] for name, value in query.items()},
        body=json.dumps(body or {}).encode(),
        access_key_id="AKIA",
    )
    status, _, answer = service.handle_rest(request)
    return status, json.loads(answer)


def put(service: Any, values: list[dict[str, str]], name: str = "trips", **more: Any) -> tuple[int, Any]:
    return call(service, "PUT", f"/FeatureGroup/{name}", {"Record": values, **more})


def get(service: Any, identifier: str = "a", **query: Any) -> Any:
    return call(service, "GET", "/FeatureGroup/trips", RecordIdentifierValueAsString=identifier, **query)


def batch(service: Any, *records: list[dict[str, str]]) -> Any:
    entries = [{"FeatureGroupName": "trips", "Record": one} for one in records]
    return call(service, "POST", "/BatchWriteRecord", {"Entries": entries})[1]


def stored(platform: Any) -> dict[str, list[dict[str, Any]]]:
    return {
        key: pq.read_table(io.BytesIO(platform.s3.objects[key])).to_pylist()
        for key in platform.s3.names("bucket/store/")
    }


def test_a_group_is_announced_while_and_when_it_is_created(service: Any, platform: Any) -> None:
    create(service)
    kind = "SageMaker Feature Group State Change"

    def told() -> list[str]:
        return [detail["FeatureGroupStatus"] for name, detail in platform.events if name == kind]

    eventually(lambda: told() == ["Creating", "Created"])


def test_a_group_is_created_and_says_where_its_offline_store_lies(service: Any) -> None:
    create(service)
    described = describe(service)["OfflineStoreConfig"]
    uri = described["S3StorageConfig"]["ResolvedOutputS3Uri"]
    assert uri.startswith("s3://bucket/store/111122223333/sagemaker/eu-west-1/offline-store/trips-")
    assert uri.endswith("/data") and described["DataCatalogConfig"]["Database"] == "sagemaker_featurestore"


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"EventTimeFeatureName": "when"}, "when is not among"),
        ({"EventTimeFeatureName": "legs"}, "String or Fractional"),
        ({"FeatureDefinitions": [*DEFINITIONS, DEFINITIONS[2]]}, "legs is defined twice"),
        (
            {"FeatureDefinitions": [*DEFINITIONS, {"FeatureName": "is_deleted", "FeatureType": "String"}]},
            "res",
        ),
        ({"FeatureGroupName": "bad name"}, "regular expression"),
        ({"OnlineStoreConfig": {}, "OfflineStoreConfig": None}, "at least one"),
        ({"RoleArn": None}, "RoleArn is required"),
        ({"OfflineStoreConfig": {**OFFLINE, "TableFormat": "Iceberg"}}, "does not support.*Iceberg"),
    ],
    ids=str,
)
def test_a_definition_that_makes_no_group_is_refused(
    service: Any, changes: dict[str, Any], message: str
) -> None:
    request = {name: value for name, value in group(**changes).items() if value is not None}
    with pytest.raises(ServiceError, match=message):
        service.handle("CreateFeatureGroup", request, "AKIA")


@pytest.mark.parametrize("action", ["s3:PutObject", "s3:GetBucketAcl", "kms:GenerateDataKey"])
def test_a_role_that_cannot_write_the_offline_store_makes_no_group(
    service: Any, platform: Any, action: str
) -> None:
    platform.denied.add(action)
    with pytest.raises(ServiceError, match=f"can't write the offline store: {action}"):
        service.handle("CreateFeatureGroup", group(), "AKIA")


def test_a_group_that_is_still_being_created_takes_no_records(service: Any) -> None:
    create(service)
    service._account.store.get(FEATURE_GROUP, "trips").update(FeatureGroupStatus="Creating")
    assert "in status Creating" in put(service, record())[1]["Message"]
    assert put(service, record(), name="others")[0] == 404


def test_only_a_newer_record_replaces_the_one_online(service: Any) -> None:
    create(service)
    put(service, record(at="2024-05-02T00:00:00Z", legs="2"))
    put(service, record(at="2024-05-01T00:00:00Z", legs="1"))
    put(service, record(at="2024-05-02T00:00:00.000Z", legs="3"))
    assert get(service)[1]["Record"] == record(at="2024-05-02T00:00:00Z", legs="2")
    assert get(service, FeatureName=["legs"])[1]["Record"] == [{"FeatureName": "legs", "ValueAsString": "2"}]
    assert get(service, "unknown") == (200, {})


def test_a_deleted_record_is_gone_online_and_marked_offline(service: Any, platform: Any) -> None:
    create(service)
    put(service, record(legs="2"))
    later = {"RecordIdentifierValueAsString": "a", "EventTime": "2024-05-01T11:00:00Z"}
    assert call(service, "DELETE", "/FeatureGroup/trips", **later)[0] == 200
    assert get(service) == (200, {})
    eventually(lambda: len(stored(platform)) == 2)
    marker = next(rows[0] for key, rows in stored(platform).items() if "hour=11" in key)
    assert (marker["id"], marker["is_deleted"], marker["legs"]) == ("a", True, None)


def test_a_hard_deletion_that_is_not_later_is_refused(service: Any) -> None:
    create(service)
    put(service, record(legs="2"))
    same = {"RecordIdentifierValueAsString": "a", "EventTime": "2024-05-01T10:30:00Z"}
    assert call(service, "DELETE", "/FeatureGroup/trips", DeletionMode="HardDelete", **same)[0] == 400
    assert get(service)[1]["Record"]


def test_offline_records_lie_under_hours_with_what_the_service_adds(service: Any, platform: Any) -> None:
    create(service)
    put(service, record("a", legs="2", miles="1.5"))
    put(service, record("b", at="2024-05-01T10:59:59.999Z"))
    put(service, record("c", at="2024-05-01T11:00:00Z"))
    eventually(lambda: len(stored(platform)) == 2)
    first = next(
        rows for key, rows in stored(platform).items() if "year=2024/month=05/day=01/hour=10/2" in key
    )
    assert [(one["id"], one["legs"], one["miles"]) for one in first] == [("a", 2, 1.5), ("b", None, None)]
    assert list(first[0])[-3:] == ["write_time", "api_invocation_time", "is_deleted"]
    assert first[0]["api_invocation_time"] <= first[0]["write_time"] and not first[0]["is_deleted"]


@pytest.mark.parametrize(
    ("values", "message"),
    [
        (record(legs="1.5"), "Integral"),
        (record(legs=str(2**63)), "Integral"),
        (record(miles="nan"), "Fractional"),
        (record(speed="1"), "speed is not among"),
        (record(at="2024-05-01 10:30:00"), "EventTime"),
        (record(at="2024-13-01T10:30:00Z"), "EventTime"),
        (record()[1:], "Missing feature value for id"),
        ([*record(), *record()[:1]], "twice"),
        (record("x" * 2049), "2048 bytes"),
    ],
    ids=str,
)
def test_a_value_that_is_none_of_its_feature_is_refused(service: Any, values: Any, message: str) -> None:
    create(service)
    status, answer = put(service, values)
    assert status == 400 and message in answer["Message"]
    [failed] = batch(service, values, record("good"))["Errors"]
    assert failed["ErrorCode"] == "ValidationError" and failed["Entry"]["Record"] == values


def test_a_store_that_the_group_lacks_is_refused_by_name(service: Any) -> None:
    create(service, OnlineStoreConfig={"EnableOnlineStore": False})
    assert "OnlineStore is not enabled" in put(service, record(), TargetStores=["OnlineStore"])[1]["Message"]
    assert "OnlineStore is not enabled" in get(service)[1]["Message"]
    assert put(service, record(), TargetStores=["OfflineStore"])[0] == 200


def test_a_batch_reads_what_is_there_and_says_what_it_could_not(service: Any) -> None:
    create(service)
    batch(service, record("a", legs="1"), record("b"))
    wanted = [
        {"FeatureGroupName": name, "RecordIdentifiersValueAsString": ["a", "z"]} for name in ("trips", "no")
    ]
    answer = call(service, "POST", "/BatchGetRecord", {"Identifiers": wanted})[1]
    assert [one["RecordIdentifierValueAsString"] for one in answer["Records"]] == ["a"]
    assert [one["ErrorCode"] for one in answer["Errors"]] == ["ResourceNotFound"] * 2


def test_every_nth_record_can_be_throttled_and_some_refused(service: Any) -> None:
    create(service)
    service.faults.add({"fault": "record_throttled", "kind": "BatchWriteRecord", "every": 3, "times": 99})
    service.faults.add({"fault": "record_refused", "name": "trips", "nth": 2})
    answer = batch(service, *(record(str(index)) for index in range(7)))
    ids = [entry["Record"][0]["ValueAsString"] for entry in answer["UnprocessedEntries"]]
    assert ids == ["0", "3", "6"] and [one["ErrorMessage"] for one in answer["Errors"]] == ["injected"]


def test_a_batch_needs_its_own_permission_and_that_to_put(service: Any, platform: Any) -> None:
    create(service)
    arn = "arn:aws:sagemaker:eu-west-1:111122223333:feature-group/trips"
    path = RestRequest(
        method="POST", path="/BatchWriteRecord", body=b'{"Entries":[{"FeatureGroupName":"trips"'
    )
    assert service.rest_permission(path) == ("BatchWriteRecord", arn)
    platform.denied.add(f"sagemaker:PutRecord on {arn}")
    entries = [{"FeatureGroupName": arn, "Record": record()}]
    assert call(service, "POST", "/BatchWriteRecord", {"Entries": entries})[0] == 403


def test_a_group_is_named_by_its_arn_in_a_path_too(service: Any) -> None:
    create(service)
    arn = quote("arn:aws:sagemaker:eu-west-1:111122223333:feature-group/trips", safe="")
    assert put(service, record(), name=arn)[0] == 200
    request = RestRequest(method="GET", path=f"/FeatureGroup/{arn}?{urlencode({'x': 1})}")
    assert service.rest_permission(request)[0] == "GetRecord"


def test_features_can_be_added_and_a_deleted_group_leaves_its_data(service: Any, platform: Any) -> None:
    create(service)
    added = [{"FeatureName": "speed", "FeatureType": "Fractional"}]
    service.handle("UpdateFeatureGroup", {"FeatureGroupName": "trips", "FeatureAdditions": added}, None)
    assert put(service, record(speed="3.5"))[0] == 200
    with pytest.raises(ServiceError, match="speed is defined twice"):
        service.handle("UpdateFeatureGroup", {"FeatureGroupName": "trips", "FeatureAdditions": added}, None)
    service.handle("DeleteFeatureGroup", {"FeatureGroupName": "trips"}, None)
    assert [rows[0]["speed"] for rows in stored(platform).values()] == [3.5]
    with pytest.raises(ServiceError, match="can't find a FeatureGroup"):
        describe(service)


def test_what_the_rehearsal_does_not_do_is_refused_by_name(service: Any) -> None:
    create(service)
    status, answer = call(service, "POST", "/FeatureGroup/trips/ListRecords")
    assert status == 400 and "does not implement ListRecords" in answer["Message"]
    ttl = {"TtlDuration": {"Unit": "Days", "Value": 1}}
    assert "does not support TtlDuration" in put(service, record(), **ttl)[1]["Message"]


def test_a_store_whose_role_lost_its_permission_is_blocked_and_keeps_the_rows(
    service: Any, platform: Any
) -> None:
    create(service)
    platform.s3.forbidden.add("bucket/store")
    put(service, record())
    eventually(lambda: describe(service)["OfflineStoreStatus"]["Status"] == "Blocked")
    platform.s3.forbidden.clear()
    put(service, record("b"))
    eventually(lambda: sum(map(len, stored(platform).values())) == 2)
