"""The dataset a pipeline works on: its contract, checked at once and put where runs read it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pulumi_aws as aws
from pulumi import ComponentResource, FileAsset, Output, ResourceOptions

from components.blocks.ground import Ground
from contracts.artifacts import contract_key
from contracts.dataset import Contract
from contracts.failures import ContractInvalid

ROOT = Path(__file__).resolve().parents[1]


@dataclass(frozen=True, kw_only=True)
class DatasetArgs:
    """`dataset` is the folder in datasets/ that holds the contract."""

    ground: Ground
    dataset: str


class Dataset(ComponentResource):
    """One contract document; another dataset takes another document, not other code."""

    contract_uri: Output[str]

    def __init__(self, name: str, args: DatasetArgs, opts: ResourceOptions | None = None) -> None:
        super().__init__("trainyard:ground:Dataset", name, None, opts)
        path = f"datasets/{args.dataset}/contract.json"
        require_contract(args.dataset, ROOT / path)
        document = aws.s3.BucketObjectv2(
            args.dataset,
            bucket=args.ground.artifacts_bucket,
            key=contract_key(args.dataset),
            source=FileAsset(path),
            content_type="application/json",
            opts=ResourceOptions(parent=self),
        )
        self.contract_uri = Output.concat("s3://", document.bucket, "/", document.key)
        self.register_outputs({"contract_uri": self.contract_uri})


def require_contract(dataset: str, path: Path) -> None:
    """Raises ContractInvalid for a dataset without a contract, or whose contract is another's or breaks a
    rule."""
    if not path.is_file():
        known = ", ".join(sorted(each.parent.name for each in path.parents[1].glob("*/contract.json")))
        raise ContractInvalid(f"trainyard:pipeline.dataset is {dataset!r}; datasets with a contract: {known}")
    contract = Contract.from_json(path.read_text(encoding="utf-8"))
    if contract.name != dataset:
        raise ContractInvalid(
            f"{path} is the contract of {contract.name!r}; its folder is {dataset!r}: rename one"
        )
