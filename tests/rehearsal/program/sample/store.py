"""A component with one bucket."""

import pulumi
import pulumi_aws as aws


class Store(pulumi.ComponentResource):
    """A bucket whose old objects expire."""

    bucket_name: pulumi.Output[str]

    def __init__(self, name: str, retention_days: int) -> None:
        super().__init__("sample:ground:Store", name)
        options = pulumi.ResourceOptions(parent=self)
        bucket = aws.s3.Bucket(f"{name}-data", opts=options)
        aws.s3.BucketLifecycleConfiguration(
            f"{name}-expiry",
            bucket=bucket.id,
            rules=[
                {
                    "id": "expire",
                    "status": "Enabled",
                    "filter": {"prefix": "logs/"},
                    "expiration": {"days": retention_days},
                }
            ],
            opts=options,
        )
        self.bucket_name = bucket.bucket
        self.register_outputs({"bucket_name": self.bucket_name})
