"""Parameters."""

from rehearsal.program.account import Account
from rehearsal.program.handlers.registry import Created, creates
from rehearsal.program.inputs import Declared


@creates("aws:ssm/parameter:Parameter")
def parameter(declared: Declared, account: Account) -> Created:
    """A parameter, in the clear or encrypted."""
    name = declared.physical_name(1011)
    value = declared.take("value") or declared.require("insecureValue")
    parameters = declared.to_aws(
        "type", "description", "allowedPattern", "dataType", "keyId", "tier", "overwrite"
    )
    made = account.client("ssm").put_parameter(Name=name, Value=value, Tags=declared.tag_list(), **parameters)
    arn = account.arn("ssm", f"parameter/{name.lstrip('/')}")
    return Created(name, {"name": name, "arn": arn, "version": made["Version"]})
