"""Image repositories; images themselves are the containers' folders in a rehearsal."""

from rehearsal.program.account import Account
from rehearsal.program.handlers.registry import ON_DESTROY, Created, creates
from rehearsal.program.inputs import Declared


@creates("aws:ecr/repository:Repository")
def repository(declared: Declared, account: Account) -> Created:
    """A repository with scanning and encryption."""
    declared.ignore("forceDelete", ON_DESTROY)
    name = declared.physical_name(256)
    parameters = declared.as_declared("imageScanningConfiguration", "imageTagMutability")
    for encryption in declared.take("encryptionConfigurations", []):
        parameters["encryptionConfiguration"] = encryption
    made = account.client("ecr").create_repository(
        repositoryName=name, tags=declared.tag_list(), **parameters
    )
    found = made["repository"]
    outputs = {"name": name, "arn": found["repositoryArn"], "repositoryUrl": found["repositoryUri"]}
    return Created(name, outputs | {"registryId": account.place.account_id})


@creates("aws:ecr/lifecyclePolicy:LifecyclePolicy")
def lifecycle_policy(declared: Declared, account: Account) -> Created:
    """Which images expire."""
    name = declared.require("repository")
    account.client("ecr").put_lifecycle_policy(
        repositoryName=name, lifecyclePolicyText=declared.require("policy")
    )
    return Created(name, {"registryId": account.place.account_id})


@creates("aws:ecr/repositoryPolicy:RepositoryPolicy")
def repository_policy(declared: Declared, account: Account) -> Created:
    """Who may pull."""
    name = declared.require("repository")
    account.client("ecr").set_repository_policy(repositoryName=name, policyText=declared.require("policy"))
    return Created(name, {"registryId": account.place.account_id})
