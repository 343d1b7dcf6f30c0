"""The four buckets: landed data, what runs produce, access logs, and records that nobody can change."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from pulumi import ComponentResource, Input, ResourceOptions

from components.blocks.bucket import Bucket, BucketArgs, Expiry
from components.blocks.statements import Statement


@dataclass(frozen=True, kw_only=True)
class StorageArgs:
    """`*_days` are how long things stay. Model files have no limit: the registry refers to them."""

    prefix: str
    account_id: str
    region: str
    key_arn: Input[str]
    checkpoint_days: int
    job_log_days: int
    capture_days: int
    noncurrent_days: int
    access_log_days: int
    audit_lock_mode: str
    audit_lock_days: int
    is_disposable: bool


class Storage(ComponentResource):
    """Buckets by what is in them, each with the lifecycle of its content."""

    landing: Bucket
    artifacts: Bucket
    logs: Bucket
    audit: Bucket

    def __init__(self, name: str, args: StorageArgs, opts: ResourceOptions | None = None) -> None:
        super().__init__("trainyard:ground:Storage", name, None, opts)
        self._child = ResourceOptions(parent=self)
        self.logs = self._build_logs(args)
        self.landing = self._build_landing(args)
        self.artifacts = self._build_artifacts(args)
        self.audit = self._build_audit(args)
        self.register_outputs(self.for_ground())

    def for_ground(self) -> dict[str, Any]:
        """The fields of `Ground` that this component knows."""
        kept = {"landing": self.landing, "artifacts": self.artifacts, "audit": self.audit}
        names = {f"{word}_bucket": bucket.name for word, bucket in kept.items()}
        return names | {f"{word}_bucket_arn": bucket.arn for word, bucket in kept.items()}

    def _build_logs(self, args: StorageArgs) -> Bucket:
        bucket_name = _bucket_name(args, "logs")
        return Bucket(
            "logs",
            BucketArgs(
                bucket_name=bucket_name,
                # S3 delivers access logs only to buckets whose default encryption is SSE-S3.
                key_arn=None,
                expiries=[
                    Expiry(rule="access-logs", prefix="access/", days=args.access_log_days),
                    _old(args),
                ],
                extra_statements=[_access_log_delivery(args, bucket_name)],
                is_disposable=args.is_disposable,
            ),
            self._child,
        )

    def _build_landing(self, args: StorageArgs) -> Bucket:
        return Bucket(
            "landing",
            BucketArgs(
                bucket_name=_bucket_name(args, "landing"),
                key_arn=args.key_arn,
                expiries=[_old(args)],
                access_logs_bucket=self.logs.name,
                sends_events=True,
                is_disposable=args.is_disposable,
            ),
            self._child,
        )

    def _build_artifacts(self, args: StorageArgs) -> Bucket:
        return Bucket(
            "artifacts",
            BucketArgs(
                bucket_name=_bucket_name(args, "artifacts"),
                key_arn=args.key_arn,
                expiries=[*expiries_by_kind(args), _old(args)],
                access_logs_bucket=self.logs.name,
                is_disposable=args.is_disposable,
            ),
            self._child,
        )

    def _build_audit(self, args: StorageArgs) -> Bucket:
        bucket_name = _bucket_name(args, "audit")
        return Bucket(
            "audit",
            BucketArgs(
                bucket_name=bucket_name,
                key_arn=args.key_arn,
                expiries=[],
                access_logs_bucket=self.logs.name,
                extra_statements=trail_delivery(args, bucket_name),
                locked_days=args.audit_lock_days,
                lock_mode=args.audit_lock_mode,
                is_disposable=args.is_disposable,
            ),
            self._child,
        )


def expiries_by_kind(args: StorageArgs) -> list[Expiry]:
    """Backstops by kind of artifact: by tag, since a prefix can't skip over the run id in the middle."""
    return [
        Expiry(rule="checkpoints", tag=("kind", "checkpoints"), days=args.checkpoint_days),
        Expiry(rule="job-logs", tag=("kind", "logs"), days=args.job_log_days),
        Expiry(rule="captured-requests", prefix="capture/", days=args.capture_days),
    ]


def trail_delivery(args: StorageArgs, bucket_name: str) -> list[Statement]:
    """CloudTrail may look at the audit bucket and write its files below `cloudtrail/`, for our trail only."""
    trail = f"arn:aws:cloudtrail:{args.region}:{args.account_id}:trail/{args.prefix}-audit"
    ours = {"StringEquals": {"aws:SourceArn": trail}}
    principal = {"Service": "cloudtrail.amazonaws.com"}
    bucket_arn = f"arn:aws:s3:::{bucket_name}"
    files = f"{bucket_arn}/cloudtrail/AWSLogs/{args.account_id}/*"
    return [
        {
            "Sid": "TrailLooks",
            "Effect": "Allow",
            "Principal": principal,
            "Action": "s3:GetBucketAcl",
            "Resource": bucket_arn,
            "Condition": ours,
        },
        {
            "Sid": "TrailWrites",
            "Effect": "Allow",
            "Principal": principal,
            "Action": "s3:PutObject",
            "Resource": files,
            "Condition": ours,
        },
    ]


def _access_log_delivery(args: StorageArgs, bucket_name: str) -> Statement:
    return {
        "Sid": "AccessLogDelivery",
        "Effect": "Allow",
        "Principal": {"Service": "logging.s3.amazonaws.com"},
        "Action": "s3:PutObject",
        "Resource": f"arn:aws:s3:::{bucket_name}/access/*",
        "Condition": {"StringEquals": {"aws:SourceAccount": args.account_id}},
    }


def _old(args: StorageArgs) -> Expiry:
    return Expiry(rule="old-versions", noncurrent_days=args.noncurrent_days)


def _bucket_name(args: StorageArgs, word: str) -> str:
    return f"{args.prefix}-{word}-{args.account_id}"
