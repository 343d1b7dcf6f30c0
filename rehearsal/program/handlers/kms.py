"""Customer-managed keys and their aliases."""

from rehearsal.program.account import Account
from rehearsal.program.handlers.registry import ON_DESTROY, Created, creates
from rehearsal.program.inputs import Declared


@creates("aws:kms/key:Key")
def key(declared: Declared, account: Account) -> Created:
    """A key with its policy and rotation."""
    kms = account.client("kms")
    declared.ignore("deletionWindowInDays", ON_DESTROY)
    declared.expect("isEnabled", True)
    parameters = declared.to_aws(
        "description", "policy", "keyUsage", "multiRegion", "bypassPolicyLockoutSafetyCheck",
        customerMasterKeySpec="KeySpec",
    )  # fmt: skip
    made = kms.create_key(**parameters, Tags=declared.tag_list("TagKey", "TagValue"))["KeyMetadata"]
    if declared.take("enableKeyRotation"):
        kms.enable_key_rotation(KeyId=made["KeyId"], **declared.to_aws("rotationPeriodInDays"))
    return Created(made["KeyId"], {"arn": made["Arn"], "keyId": made["KeyId"]})


@creates("aws:kms/alias:Alias")
def alias(declared: Declared, account: Account) -> Created:
    """A readable name for a key."""
    name = declared.take("name") or f"alias/{declared.physical_name(250)}"
    target = declared.require("targetKeyId")
    account.client("kms").create_alias(AliasName=name, TargetKeyId=target)
    key_arn = target if target.startswith("arn:") else account.arn("kms", f"key/{target}")
    return Created(name, {"name": name, "arn": account.arn("kms", name), "targetKeyArn": key_arn})
