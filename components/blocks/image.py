"""One image repository for one container of the pipeline, and the URI its jobs run."""

from __future__ import annotations

import json
from dataclasses import dataclass

import pulumi_aws as aws
from pulumi import ComponentResource, Output, ResourceOptions

from components.blocks.ground import Ground

UNTAGGED_KEPT_DAYS = 14


@dataclass(frozen=True, kw_only=True)
class ImageArgs:
    """`digest` (`sha256:…`) pins the image; a first `up` has none yet and names `latest`."""

    ground: Ground
    digest: str | None = None


class Image(ComponentResource):
    """The repository of the container of a stage: private, encrypted, scanned, its tags immutable."""

    uri: Output[str]
    repository_url: Output[str]
    repository_arn: Output[str]

    def __init__(self, name: str, args: ImageArgs, opts: ResourceOptions | None = None) -> None:
        super().__init__("trainyard:block:Image", name, None, opts)
        repository = self._build_repository(name, args.ground)
        self._build_lifecycle(name, repository)
        suffix = f"@{args.digest}" if args.digest else ":latest"
        self.uri = Output.concat(repository.repository_url, suffix)
        self.repository_url, self.repository_arn = repository.repository_url, repository.arn
        self.register_outputs({"uri": self.uri, "repository_arn": self.repository_arn})

    def _build_repository(self, name: str, ground: Ground) -> aws.ecr.Repository:
        return aws.ecr.Repository(
            name,
            name=ground.physical_name(name),
            image_tag_mutability="IMMUTABLE",
            image_scanning_configuration={"scan_on_push": True},
            encryption_configurations=[{"encryption_type": "KMS", "kms_key": ground.key_arn}],
            opts=ResourceOptions(parent=self),
        )

    def _build_lifecycle(self, name: str, repository: aws.ecr.Repository) -> None:
        rule = {
            "rulePriority": 1,
            "description": "Untagged images are left-overs of a failed push",
            "selection": {
                "tagStatus": "untagged",
                "countType": "sinceImagePushed",
                "countUnit": "days",
                "countNumber": UNTAGGED_KEPT_DAYS,
            },
            "action": {"type": "expire"},
        }
        aws.ecr.LifecyclePolicy(
            name,
            repository=repository.name,
            policy=json.dumps({"rules": [rule]}),
            opts=ResourceOptions(parent=self),
        )
