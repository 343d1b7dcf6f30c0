"""The two layers that functions share: what all of them import, and what those that read data do."""

from dataclasses import dataclass
from typing import Any

from pulumi import ComponentResource, Input, Output, ResourceOptions

from components.blocks.layer import Layer, LayerArgs


@dataclass(frozen=True, kw_only=True)
class LayersArgs:
    """The archives are kept in the artifacts bucket."""

    prefix: str
    artifacts_bucket: Input[str]


class Layers(ComponentResource):
    """`control`: structured logs and metrics. `data`: Parquet and CSV, 50 MB only where they are read."""

    control_arn: Output[str]
    data_arn: Output[str]

    def __init__(self, name: str, args: LayersArgs, opts: ResourceOptions | None = None) -> None:
        super().__init__("trainyard:ground:Layers", name, None, opts)
        self.control_arn = self._build_layer("control", "Structured logs and embedded metrics", args)
        self.data_arn = self._build_layer("data", "Reading Parquet and CSV", args)
        self.register_outputs({"control_arn": self.control_arn, "data_arn": self.data_arn})

    def for_ground(self) -> dict[str, Any]:
        """The fields of `Ground` that this component knows."""
        return {"control_layer_arn": self.control_arn, "data_layer_arn": self.data_arn}

    def _build_layer(self, name: str, description: str, args: LayersArgs) -> Output[str]:
        layer_args = LayerArgs(
            layer_name=f"{args.prefix}-{name}", description=description, bucket_name=args.artifacts_bucket
        )
        return Layer(name, layer_args, ResourceOptions(parent=self)).arn
