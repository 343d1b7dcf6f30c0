"""State machines with logging, tracing and encryption, and the aliases that executions start through."""

from typing import Any

from rehearsal.program.account import Account
from rehearsal.program.handlers.registry import Created, creates
from rehearsal.program.inputs import Declared


@creates("aws:sfn/stateMachine:StateMachine")
def state_machine(declared: Declared, account: Account) -> Created:
    """A state machine from the definition's text, exactly as the program rendered it."""
    name = declared.physical_name(80)
    logs = declared.block("loggingConfiguration")
    optional: dict[str, Any] = declared.as_declared(
        "type", "publish", "tracingConfiguration", "encryptionConfiguration"
    )
    if logs:
        destination = logs.take("logDestination")
        group = [{"cloudWatchLogsLogGroup": {"logGroupArn": destination}}] if destination else []
        optional["loggingConfiguration"] = logs.as_declared("level", "includeExecutionData") | {
            "destinations": group
        }
    made = account.client("stepfunctions").create_state_machine(
        name=name,
        definition=declared.require("definition"),
        roleArn=declared.require("roleArn"),
        tags=declared.tag_list("key", "value"),
        **optional,
    )
    arn = made["stateMachineArn"]
    outputs = {"name": name, "arn": arn, "status": "ACTIVE", "type": declared.take("type", "STANDARD")}
    version = made.get("stateMachineVersionArn")
    return Created(arn, outputs | ({"stateMachineVersionArn": version} if version else {}))


@creates("aws:sfn/alias:Alias")
def alias(declared: Declared, account: Account) -> Created:
    """A name that routes to one or two published versions."""
    name = declared.physical_name(80)
    made = account.client("stepfunctions").create_state_machine_alias(
        name=name,
        routingConfiguration=declared.require("routingConfigurations"),
        **declared.as_declared("description"),
    )
    arn = made["stateMachineAliasArn"]
    return Created(arn, {"name": name, "arn": arn})
