"""EventBridge: buses, rules, targets, archives."""

from rehearsal.program.account import Account
from rehearsal.program.errors import RefusedError
from rehearsal.program.handlers.registry import ON_DESTROY, Created, creates
from rehearsal.program.inputs import Declared


@creates("aws:cloudwatch/eventBus:EventBus")
def event_bus(declared: Declared, account: Account) -> Created:
    """A bus of its own."""
    name = declared.physical_name(256)
    made = account.client("events").create_event_bus(
        Name=name,
        Tags=declared.tag_list(),
        **declared.to_aws("description", "kmsKeyIdentifier", "deadLetterConfig", "eventSourceName"),
    )
    return Created(name, {"name": name, "arn": made["EventBusArn"]})


@creates("aws:cloudwatch/eventRule:EventRule")
def event_rule(declared: Declared, account: Account) -> Created:
    """A rule by pattern or by schedule."""
    declared.ignore("forceDestroy", ON_DESTROY)
    name = declared.physical_name()
    made = account.client("events").put_rule(
        Name=name,
        Tags=declared.tag_list(),
        **declared.to_aws(
            "description", "eventBusName", "eventPattern", "roleArn", "scheduleExpression", "state"
        ),
    )
    return Created(name, {"name": name, "arn": made["RuleArn"]})


@creates("aws:cloudwatch/eventTarget:EventTarget")
def event_target(declared: Declared, account: Account) -> Created:
    """What a rule calls, with its retry policy and dead-letter queue."""
    declared.ignore("forceDestroy", ON_DESTROY)
    rule, identifier = declared.require("rule"), declared.physical_name(64, "targetId")
    target = {"Id": identifier} | declared.to_aws("arn", "roleArn", "input", "inputPath", "retryPolicy")
    queue = declared.block("deadLetterConfig")
    if queue:
        target["DeadLetterConfig"] = queue.to_aws("arn")
    messages = declared.block("sqsTarget")
    if messages:
        target["SqsParameters"] = messages.to_aws("messageGroupId")
    transformer = declared.block("inputTransformer")
    if transformer:
        target["InputTransformer"] = transformer.verbatim(
            inputPaths="InputPathsMap", inputTemplate="InputTemplate"
        )
    made = account.client("events").put_targets(
        Rule=rule, Targets=[target], **declared.to_aws("eventBusName")
    )
    if made["FailedEntryCount"]:
        raise RefusedError(f"EventBridge refused the target: {made['FailedEntries'][0]}")
    return Created(f"{rule}-{identifier}", {"targetId": identifier})


@creates("aws:cloudwatch/eventArchive:EventArchive")
def event_archive(declared: Declared, account: Account) -> Created:
    """An archive from which events can be replayed."""
    name = declared.physical_name(48)
    made = account.client("events").create_archive(
        ArchiveName=name,
        **declared.to_aws(
            "eventSourceArn", "description", "eventPattern", "retentionDays", "kmsKeyIdentifier"
        ),
    )
    return Created(name, {"name": name, "arn": made["ArchiveArn"]})
