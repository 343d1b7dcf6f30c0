"""Invariants over every bucket of both stacks, then what is particular to one."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from rehearsal.program.deployment import Deployment, Registration
from trainyard.stack_file import stack_settings

Beside = Callable[[Registration, str], Registration]


def of(kind: str) -> str:
    return f"aws:s3/{kind[0].lower()}{kind[1:]}:{kind}"


def test_every_bucket_is_closed_to_the_public_in_all_four_ways(declared: Deployment, beside: Beside) -> None:
    for bucket in declared.of_type(of("Bucket")):
        block = beside(bucket, of("BucketPublicAccessBlock")).inputs
        flags = ("blockPublicAcls", "blockPublicPolicy", "ignorePublicAcls", "restrictPublicBuckets")
        assert all(block[flag] is True for flag in flags), bucket.name


def test_every_bucket_but_the_log_target_is_encrypted_with_the_data_key(
    declared: Deployment, beside: Beside
) -> None:
    key = declared.named("aws:kms/key:Key", "data").outputs["arn"]
    kind = of("BucketServerSideEncryptionConfiguration")
    for bucket in declared.of_type(of("Bucket")):
        [rule] = beside(bucket, kind).inputs["rules"]
        default = rule["applyServerSideEncryptionByDefault"]
        expected = {"sseAlgorithm": "AES256"} if bucket.name == "logs" else None
        assert default == (expected or {"sseAlgorithm": "aws:kms", "kmsMasterKeyId": key}), bucket.name


def test_every_bucket_refuses_requests_that_do_not_use_tls(declared: Deployment, beside: Beside) -> None:
    for bucket in declared.of_type(of("Bucket")):
        statements = json.loads(beside(bucket, of("BucketPolicy")).inputs["policy"])["Statement"]
        [denial] = [statement for statement in statements if statement["Effect"] == "Deny"]
        assert denial["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}
        assert denial["Resource"] == [bucket.outputs["arn"], f"{bucket.outputs['arn']}/*"]


def test_every_bucket_keeps_versions_and_ends_unfinished_uploads(
    declared: Deployment, beside: Beside
) -> None:
    for bucket in declared.of_type(of("Bucket")):
        versioning = beside(bucket, of("BucketVersioning")).inputs["versioningConfiguration"]
        rules = beside(bucket, of("BucketLifecycleConfiguration")).inputs["rules"]
        assert versioning == {"status": "Enabled"}
        assert any("abortIncompleteMultipartUpload" in rule for rule in rules), bucket.name


def test_every_bucket_disables_access_lists_and_logs_who_reads_it(
    declared: Deployment, beside: Beside
) -> None:
    for bucket in declared.of_type(of("Bucket")):
        ownership = beside(bucket, of("BucketOwnershipControls")).inputs["rule"]
        assert ownership == {"objectOwnership": "BucketOwnerEnforced"}
        if bucket.name != "logs":
            logging = beside(bucket, of("BucketLogging")).inputs
            assert logging["targetBucket"] == f"{bucket.inputs['bucket'].replace(bucket.name, 'logs')}"


def test_the_landing_bucket_alone_sends_its_events_to_eventbridge(declared: Deployment) -> None:
    [notification] = declared.of_type(of("BucketNotification"))
    assert notification.inputs["bucket"] == "-".join(["trainyard", declared.stack, "landing", "111122223333"])
    assert notification.inputs["eventbridge"] is True


def test_audit_records_can_not_be_removed_before_their_time(stacks: dict[str, Deployment]) -> None:
    def lock(stack: str) -> Any:
        return stacks[stack].named(of("BucketObjectLockConfiguration"), "audit").inputs["rule"]

    assert lock("prod") == {"defaultRetention": {"mode": "COMPLIANCE", "days": 365}}
    assert lock("dev") == {"defaultRetention": {"mode": "GOVERNANCE", "days": 1}}


def test_checkpoints_logs_and_captures_expire_while_models_stay(declared: Deployment) -> None:
    lifecycle = declared.named(of("BucketLifecycleConfiguration"), "artifacts")
    rules = {rule["id"]: rule for rule in lifecycle.inputs["rules"]}
    assert rules["checkpoints"]["filter"] == {"tag": {"key": "kind", "value": "checkpoints"}}
    assert rules["captured-requests"]["filter"] == {"prefix": "capture/"}
    whole_bucket = [rule for rule in rules.values() if rule["filter"] == {"prefix": ""}]
    assert not any("expiration" in rule for rule in whole_bucket), "a registered model would vanish"


@pytest.mark.parametrize("stack", ["dev", "prod"])
def test_everything_that_expires_does_so_after_the_days_that_the_stack_sets(
    stack: str, stacks: dict[str, Deployment]
) -> None:
    kept = stack_settings(stack).storage
    lifecycles = stacks[stack].of_type(of("BucketLifecycleConfiguration"))
    rules = [rule for lifecycle in lifecycles for rule in lifecycle.inputs["rules"]]
    days = {rule["id"]: rule["expiration"]["days"] for rule in rules if "expiration" in rule}
    assert days["checkpoints"] == kept.checkpoint_days >= 30, "a redrive may come within 14 days"
    assert (days["job-logs"], days["captured-requests"]) == (kept.job_log_days, kept.capture_days)
    assert days["access-logs"] == kept.access_log_days
    olds = [rule["noncurrentVersionExpiration"] for rule in rules if "noncurrentVersionExpiration" in rule]
    assert olds and all(one == {"noncurrentDays": kept.noncurrent_days} for one in olds)
