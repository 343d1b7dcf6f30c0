"""One Lambda layer, uploaded through S3: the data layer is larger than a direct upload may be."""

from __future__ import annotations

from dataclasses import dataclass

import pulumi_aws as aws
from pulumi import ComponentResource, FileAsset, Input, Output, ResourceOptions

from components.blocks.function import ARCHITECTURE, RUNTIME


@dataclass(frozen=True, kw_only=True)
class LayerArgs:
    """`bucket_name` keeps the archive that `make build` left in build/layers."""

    layer_name: str
    description: str
    bucket_name: Input[str]


class Layer(ComponentResource):
    """A layer whose version follows the content of its archive."""

    arn: Output[str]

    def __init__(self, name: str, args: LayerArgs, opts: ResourceOptions | None = None) -> None:
        super().__init__("trainyard:block:Layer", name, None, opts)
        child = ResourceOptions(parent=self)
        archive = aws.s3.BucketObjectv2(
            name,
            bucket=args.bucket_name,
            key=f"layers/{name}.zip",
            source=FileAsset(f"build/layers/{name}.zip"),
            opts=child,
        )
        layer = aws.lambda_.LayerVersion(
            name,
            layer_name=args.layer_name,
            description=args.description,
            s3_bucket=archive.bucket,
            s3_key=archive.key,
            s3_object_version=archive.version_id,
            compatible_runtimes=[RUNTIME],
            compatible_architectures=[ARCHITECTURE],
            opts=child,
        )
        self.arn = layer.arn
        self.register_outputs({"arn": self.arn})
