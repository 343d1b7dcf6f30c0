"""One bucket as the pipeline keeps data: private, versioned, encrypted, TLS only, with a lifecycle."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi_aws as aws
from pulumi import ComponentResource, Input, Output, ResourceOptions

from components.blocks.role import policy_document
from components.blocks.statements import Statement

ABORT_UPLOADS_AFTER_DAYS = 7


@dataclass(frozen=True, kw_only=True)
class Expiry:
    """Objects below `prefix`, or with `tag`, expire after `days`, old versions after `noncurrent_days`."""

    rule: str
    prefix: str = ""
    tag: tuple[str, str] | None = None
    days: int | None = None
    noncurrent_days: int | None = None


@dataclass(frozen=True, kw_only=True)
class BucketArgs:
    """`key_arn` None means SSE-S3, which S3 asks of a target of access logs; `locked_days` locks objects."""

    bucket_name: str
    key_arn: Input[str] | None
    expiries: Sequence[Expiry]
    access_logs_bucket: Input[str] | None = None
    extra_statements: Sequence[Statement] = ()
    sends_events: bool = False
    locked_days: int | None = None
    lock_mode: str = "GOVERNANCE"
    is_disposable: bool = False


class Bucket(ComponentResource):
    """A bucket and the seven resources that say how it is kept."""

    arn: Output[str]
    name: Output[str]

    def __init__(self, name: str, args: BucketArgs, opts: ResourceOptions | None = None) -> None:
        super().__init__("trainyard:block:Bucket", name, None, opts)
        self._child = ResourceOptions(parent=self)
        bucket = aws.s3.Bucket(
            name,
            bucket=args.bucket_name,
            object_lock_enabled=args.locked_days is not None,
            force_destroy=args.is_disposable,
            opts=self._child,
        )
        # Policies and locks wait for the bucket's versioning; names that others use wait for the policy.
        self._close_to_the_public(name, bucket)
        self._encrypt(name, bucket, args.key_arn)
        versioning = self._keep_versions(name, bucket)
        self._expire(name, bucket, args.expiries, versioning)
        policy = self._require_tls(name, bucket, args.extra_statements)
        self._add_options(name, bucket, args, versioning)
        self.arn = bucket.arn
        self.name = Output.all(bucket.bucket, policy.id).apply(lambda known: str(known[0]))
        self.register_outputs({"arn": self.arn, "name": self.name})

    def _close_to_the_public(self, name: str, bucket: aws.s3.Bucket) -> None:
        aws.s3.BucketPublicAccessBlock(
            name,
            bucket=bucket.bucket,
            block_public_acls=True,
            block_public_policy=True,
            ignore_public_acls=True,
            restrict_public_buckets=True,
            opts=self._child,
        )
        aws.s3.BucketOwnershipControls(
            name, bucket=bucket.bucket, rule={"object_ownership": "BucketOwnerEnforced"}, opts=self._child
        )

    def _encrypt(self, name: str, bucket: aws.s3.Bucket, key_arn: Input[str] | None) -> None:
        args = aws.s3.BucketServerSideEncryptionConfigurationRuleApplyServerSideEncryptionByDefaultArgs
        default = (
            args(sse_algorithm="aws:kms", kms_master_key_id=key_arn)
            if key_arn
            else args(sse_algorithm="AES256")
        )
        rule = aws.s3.BucketServerSideEncryptionConfigurationRuleArgs(
            apply_server_side_encryption_by_default=default, bucket_key_enabled=key_arn is not None
        )
        aws.s3.BucketServerSideEncryptionConfiguration(
            name, bucket=bucket.bucket, rules=[rule], opts=self._child
        )

    def _keep_versions(self, name: str, bucket: aws.s3.Bucket) -> aws.s3.BucketVersioning:
        return aws.s3.BucketVersioning(
            name, bucket=bucket.bucket, versioning_configuration={"status": "Enabled"}, opts=self._child
        )

    def _expire(
        self,
        name: str,
        bucket: aws.s3.Bucket,
        expiries: Sequence[Expiry],
        versioning: aws.s3.BucketVersioning,
    ) -> None:
        aws.s3.BucketLifecycleConfiguration(
            name,
            bucket=bucket.bucket,
            rules=lifecycle_rules(expiries),
            opts=ResourceOptions(parent=self, depends_on=[versioning]),
        )

    def _require_tls(
        self, name: str, bucket: aws.s3.Bucket, extra_statements: Sequence[Statement]
    ) -> aws.s3.BucketPolicy:
        tls_only = {
            "Sid": "TlsOnly",
            "Effect": "Deny",
            "Principal": "*",
            "Action": "s3:*",
            "Resource": [bucket.arn, Output.concat(bucket.arn, "/*")],
            "Condition": {"Bool": {"aws:SecureTransport": "false"}},
        }
        policy = policy_document([tls_only, *extra_statements])
        return aws.s3.BucketPolicy(name, bucket=bucket.bucket, policy=policy, opts=self._child)

    def _add_options(
        self, name: str, bucket: aws.s3.Bucket, args: BucketArgs, versioning: aws.s3.BucketVersioning
    ) -> None:
        if args.access_logs_bucket is not None:
            aws.s3.BucketLogging(
                name,
                bucket=bucket.bucket,
                target_bucket=args.access_logs_bucket,
                target_prefix=f"access/{name}/",
                opts=self._child,
            )
        if args.sends_events:
            aws.s3.BucketNotification(name, bucket=bucket.bucket, eventbridge=True, opts=self._child)
        if args.locked_days is not None:
            aws.s3.BucketObjectLockConfiguration(
                name,
                bucket=bucket.bucket,
                rule={"default_retention": {"mode": args.lock_mode, "days": args.locked_days}},
                opts=ResourceOptions(parent=self, depends_on=[versioning]),
            )


def lifecycle_rules(expiries: Sequence[Expiry]) -> list[aws.s3.BucketLifecycleConfigurationRuleArgsDict]:
    """The lifecycle rules of a bucket; unfinished uploads never stay."""
    unfinished: aws.s3.BucketLifecycleConfigurationRuleArgsDict = {
        "id": "unfinished-uploads",
        "status": "Enabled",
        "filter": {"prefix": ""},
        "abort_incomplete_multipart_upload": {"days_after_initiation": ABORT_UPLOADS_AFTER_DAYS},
    }
    return [unfinished, *(_lifecycle_rule(expiry) for expiry in expiries)]


def _lifecycle_rule(expiry: Expiry) -> aws.s3.BucketLifecycleConfigurationRuleArgsDict:
    rule: aws.s3.BucketLifecycleConfigurationRuleArgsDict = {
        "id": expiry.rule,
        "status": "Enabled",
        "filter": _filter(expiry),
    }
    if expiry.days is not None:
        rule["expiration"] = {"days": expiry.days}
    if expiry.noncurrent_days is not None:
        rule["noncurrent_version_expiration"] = {"noncurrent_days": expiry.noncurrent_days}
    return rule


def _filter(expiry: Expiry) -> aws.s3.BucketLifecycleConfigurationRuleFilterArgsDict:
    if expiry.tag is None:
        return {"prefix": expiry.prefix}
    key, value = expiry.tag
    return {"tag": {"key": key, "value": value}}
