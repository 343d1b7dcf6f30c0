"""Buckets, and the settings that the provider keeps as resources beside them."""

from typing import Any

from rehearsal.program.account import Account
from rehearsal.program.assets import content
from rehearsal.program.handlers.registry import ON_DESTROY, Created, creates
from rehearsal.program.inputs import Declared, Inputs
from rehearsal.program.values import Asset

LAYERS = "build/layers/"
EMPTY_ZIP = b"PK\x05\x06" + bytes(18)


@creates("aws:s3/bucket:Bucket")
def bucket(declared: Declared, account: Account) -> Created:
    """A bucket; settings given inline (the provider's old style) are refused."""
    s3, region = account.client("s3"), account.place.region
    declared.ignore("forceDestroy", ON_DESTROY)
    name = declared.physical_name(63, "bucket", "bucketPrefix").lower()
    # us-east-1 is the one region that AWS wants left unsaid.
    where = {} if region == "us-east-1" else {"CreateBucketConfiguration": {"LocationConstraint": region}}
    s3.create_bucket(
        Bucket=name, **where, **declared.verbatim(objectLockEnabled="ObjectLockEnabledForBucket")
    )
    if declared.tags():
        s3.put_bucket_tagging(Bucket=name, Tagging={"TagSet": declared.tag_list()})
    regional = f"{name}.s3.{region}.amazonaws.com"
    outputs = {"bucket": name, "arn": f"arn:aws:s3:::{name}", "bucketRegion": region}
    return Created(
        name, outputs | {"bucketDomainName": f"{name}.s3.amazonaws.com", "bucketRegionalDomainName": regional}
    )


def _of_bucket(declared: Declared) -> tuple[str, Created]:
    declared.ignore("skipDestroy", ON_DESTROY)
    name: str = declared.require("bucket")
    return name, Created(name)


@creates("aws:s3/bucketVersioning:BucketVersioning")
def versioning(declared: Declared, account: Account) -> Created:
    """Versioning on or suspended."""
    name, created = _of_bucket(declared)
    configuration = declared.to_aws("versioningConfiguration")["VersioningConfiguration"]
    account.client("s3").put_bucket_versioning(Bucket=name, VersioningConfiguration=configuration)
    return created


@creates("aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration")
def encryption(declared: Declared, account: Account) -> Created:
    """Default encryption."""
    name, created = _of_bucket(declared)
    rules = []
    for rule in declared.blocks("rules"):
        parameters = rule.to_aws("bucketKeyEnabled", "blockedEncryptionTypes")
        default = rule.block("applyServerSideEncryptionByDefault")
        if default:
            parameters["ApplyServerSideEncryptionByDefault"] = default.verbatim(
                sseAlgorithm="SSEAlgorithm", kmsMasterKeyId="KMSMasterKeyID"
            )
        rules.append(parameters)
    account.client("s3").put_bucket_encryption(
        Bucket=name, ServerSideEncryptionConfiguration={"Rules": rules}
    )
    return created


@creates("aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration")
def lifecycle(declared: Declared, account: Account) -> Created:
    """Expiry and transitions; kept by the embedded AWS, which lets no time pass for them."""
    name, created = _of_bucket(declared)
    rules = [_lifecycle_rule(rule) for rule in declared.blocks("rules")]
    parameters = declared.to_aws("transitionDefaultMinimumObjectSize")
    account.client("s3").put_bucket_lifecycle_configuration(
        Bucket=name, LifecycleConfiguration={"Rules": rules}, **parameters
    )
    return created


def _lifecycle_rule(rule: Inputs) -> dict[str, Any]:
    parameters = rule.to_aws(
        "status", "prefix", "expiration", "transitions", "noncurrentVersionExpiration",
        "noncurrentVersionTransitions", "abortIncompleteMultipartUpload", id="ID",
    )  # fmt: skip
    chosen = rule.block("filter")
    if chosen:
        conditions = chosen.to_aws("prefix", "objectSizeGreaterThan", "objectSizeLessThan", "tag")
        both = chosen.block("and")
        if both:
            tags = [{"Key": key, "Value": value} for key, value in both.take("tags", {}).items()]
            conditions["And"] = both.to_aws("prefix", "objectSizeGreaterThan", "objectSizeLessThan") | {
                "Tags": tags
            }
        parameters["Filter"] = conditions
    return parameters


@creates("aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock")
def public_access_block(declared: Declared, account: Account) -> Created:
    """The four switches against public access."""
    name, created = _of_bucket(declared)
    switches = declared.to_aws(
        "blockPublicAcls", "blockPublicPolicy", "ignorePublicAcls", "restrictPublicBuckets"
    )
    account.client("s3").put_public_access_block(Bucket=name, PublicAccessBlockConfiguration=switches)
    return created


@creates("aws:s3/bucketPolicy:BucketPolicy")
def policy(declared: Declared, account: Account) -> Created:
    """A resource policy, which the embedded AWS enforces."""
    name, created = _of_bucket(declared)
    account.client("s3").put_bucket_policy(Bucket=name, Policy=declared.require("policy"))
    return created


@creates("aws:s3/bucketOwnershipControls:BucketOwnershipControls")
def ownership(declared: Declared, account: Account) -> Created:
    """Who owns what is written; BucketOwnerEnforced turns ACLs off."""
    name, created = _of_bucket(declared)
    rule = declared.to_aws("rule")["Rule"]
    account.client("s3").put_bucket_ownership_controls(Bucket=name, OwnershipControls={"Rules": [rule]})
    return created


@creates("aws:s3/bucketNotification:BucketNotification")
def notification(declared: Declared, account: Account) -> Created:
    """Events of a bucket to EventBridge, functions, queues or topics."""
    name, created = _of_bucket(declared)
    configuration: dict[str, Any] = {"EventBridgeConfiguration": {}} if declared.take("eventbridge") else {}
    for name_here, key, arn in (
        ("lambdaFunctions", "LambdaFunctionConfigurations", "lambdaFunctionArn"),
        ("queues", "QueueConfigurations", "queueArn"),
        ("topics", "TopicConfigurations", "topicArn"),
    ):
        targets = [_notified(target, arn) for target in declared.blocks(name_here)]
        if targets:
            configuration[key] = targets
    account.client("s3").put_bucket_notification_configuration(
        Bucket=name, NotificationConfiguration=configuration
    )
    return created


def _notified(target: Inputs, arn: str) -> dict[str, Any]:
    parameters = target.to_aws("id", "events", arn)
    rules = [
        {"Name": kind, "Value": value}
        for kind, value in (("prefix", target.take("filterPrefix")), ("suffix", target.take("filterSuffix")))
        if value
    ]
    return parameters | ({"Filter": {"Key": {"FilterRules": rules}}} if rules else {})


@creates("aws:s3/bucketObjectLockConfiguration:BucketObjectLockConfiguration")
def object_lock(declared: Declared, account: Account) -> Created:
    """Default retention of a bucket with object lock."""
    name, created = _of_bucket(declared)
    configuration = {"ObjectLockEnabled": "Enabled"} | declared.to_aws("objectLockEnabled", "rule")
    account.client("s3").put_object_lock_configuration(Bucket=name, ObjectLockConfiguration=configuration)
    return created


@creates("aws:s3/bucketLogging:BucketLogging")
def logging(declared: Declared, account: Account) -> Created:
    """Access logs; the embedded AWS keeps the setting and writes none."""
    name, created = _of_bucket(declared)
    enabled = declared.to_aws("targetBucket", "targetPrefix", "targetGrants", "targetObjectKeyFormat")
    account.client("s3").put_bucket_logging(Bucket=name, BucketLoggingStatus={"LoggingEnabled": enabled})
    return created


@creates("aws:s3/bucketCorsConfiguration:BucketCorsConfiguration")
def cors(declared: Declared, account: Account) -> Created:
    """Cross-origin rules."""
    name, created = _of_bucket(declared)
    rules = declared.to_aws("corsRules")["CorsRules"]
    renamed = [{("ID" if key == "Id" else key): value for key, value in rule.items()} for rule in rules]
    account.client("s3").put_bucket_cors(Bucket=name, CORSConfiguration={"CORSRules": renamed})
    return created


def _source(declared: Declared) -> bytes:
    """The declared file; layers hold wheels for Lambda's platform, which this machine can't run."""
    source = declared.require("source")
    if isinstance(source, Asset) and source.path and source.path.startswith(LAYERS):
        declared.ignore("source", "functions here import from the rehearsal's environment, not from layers")
        return EMPTY_ZIP
    return content(source)


@creates("aws:s3/bucketObjectv2:BucketObjectv2")
def bucket_object(declared: Declared, account: Account) -> Created:
    """An object that is part of the infrastructure, from a file or from text."""
    declared.ignore("forceDestroy", ON_DESTROY)
    declared.ignore("sourceHash", "only tells the provider when to upload again")
    name, key = declared.require("bucket"), declared.require("key")
    text = declared.take("content")
    body = text.encode() if text is not None else _source(declared)
    parameters = declared.to_aws(
        "contentType", "contentEncoding", "contentDisposition", "cacheControl", "serverSideEncryption",
        "bucketKeyEnabled", "storageClass", kmsKeyId="SSEKMSKeyId",
    )  # fmt: skip
    made = account.client("s3").put_object(Bucket=name, Key=key, Body=body, **parameters)
    if declared.tags():
        account.client("s3").put_object_tagging(Bucket=name, Key=key, Tagging={"TagSet": declared.tag_list()})
    return Created(key, {"arn": f"arn:aws:s3:::{name}/{key}", "etag": made["ETag"].strip('"')})
