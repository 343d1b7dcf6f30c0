"""Invariants over functions, state machines, log groups, keys, topics, images and alarms of both stacks."""

import json
from collections.abc import Callable

from rehearsal.program.deployment import Deployment, Registration

Beside = Callable[[Registration, str], Registration]
FUNCTION, MACHINE = "aws:lambda/function:Function", "aws:sfn/stateMachine:StateMachine"
LOG_GROUP, ROLE = "aws:cloudwatch/logGroup:LogGroup", "aws:iam/role:Role"


def test_every_log_group_is_encrypted_and_forgets_in_time(declared: Deployment) -> None:
    key = declared.named("aws:kms/key:Key", "messages").outputs["arn"]
    for group in declared.of_type(LOG_GROUP):
        assert group.inputs["kmsKeyId"] == key, group.name
        assert group.inputs["retentionInDays"] == {"dev": 90, "prod": 400}[declared.stack], group.name


def test_every_function_logs_traces_and_stays_in_the_network(declared: Deployment, beside: Beside) -> None:
    assert declared.of_type(FUNCTION)
    for function in declared.of_type(FUNCTION):
        assert function.inputs["loggingConfig"]["logGroup"] == beside(function, LOG_GROUP).inputs["name"]
        assert function.inputs["tracingConfig"] == {"mode": "Active"}
        assert len(function.inputs["vpcConfig"]["subnetIds"]) >= 2
        assert function.inputs["kmsKeyArn"] == declared.named("aws:kms/key:Key", "data").outputs["arn"]


def test_no_two_functions_or_machines_share_a_role(declared: Deployment) -> None:
    users = [*declared.of_type(FUNCTION), *declared.of_type(MACHINE)]
    roles = [user.inputs.get("role") or user.inputs["roleArn"] for user in users]
    assert len(set(roles)) == len(roles)


def test_every_function_is_deployed_from_its_own_folder(declared: Deployment) -> None:
    for function in declared.of_type(FUNCTION):
        folder, stage, name, module, entry = function.inputs["handler"].split(".")
        assert (folder, module, entry) == ("functions", "handler", "handle")
        assert name == function.name
        component = stage.title().replace("_", "")
        assert f":{component}$" in function.parent, "a function belongs to the component of its stage"


def test_every_machine_logs_everything_but_payloads_and_is_traced(
    declared: Deployment, beside: Beside
) -> None:
    assert len(declared.of_type(MACHINE)) == 8
    for machine in declared.of_type(MACHINE):
        logging = machine.inputs["loggingConfiguration"]
        assert (logging["level"], logging["includeExecutionData"]) == ("ALL", False)
        assert logging["logDestination"] == f"{beside(machine, LOG_GROUP).outputs['arn']}:*"
        assert machine.inputs["tracingConfiguration"] == {"enabled": True}
        assert machine.inputs["encryptionConfiguration"]["type"] == "CUSTOMER_MANAGED_KMS_KEY"


def test_every_machine_waits_for_the_policy_of_its_role(declared: Deployment) -> None:
    for machine in declared.of_type(MACHINE):
        assert any("rolePolicy" in urn for urn in machine.dependencies), machine.name


def test_every_rendered_definition_has_no_fact_left_open(declared: Deployment) -> None:
    for machine in declared.of_type(MACHINE):
        definition = json.loads(machine.inputs["definition"])
        assert definition["QueryLanguage"] == "JSONata"
        assert "${" not in machine.inputs["definition"], machine.name


def test_every_key_rotates_and_can_be_saved_for_thirty_days(declared: Deployment) -> None:
    for key in declared.of_type("aws:kms/key:Key"):
        assert key.inputs["enableKeyRotation"] is True
        assert key.inputs["deletionWindowInDays"] == 30


def test_log_delivery_opens_only_what_machines_of_this_account_log(declared: Deployment) -> None:
    policy = json.loads(declared.named("aws:kms/key:Key", "data").inputs["policy"])
    delivery = {"Service": "delivery.logs.amazonaws.com"}
    [statement] = [one for one in policy["Statement"] if one["Principal"] == delivery]
    group = declared.of_type("aws:cloudwatch/logGroup:LogGroup")[0].outputs["arn"]
    ours = f"{':'.join(group.split(':')[:5])}:*"
    assert statement["Action"] == ["kms:Decrypt"]
    assert statement["Condition"] == {"StringEquals": {"kms:EncryptionContext:SourceArn": ours}}


def test_every_topic_and_queue_is_encrypted_with_our_key(declared: Deployment) -> None:
    keys = {key.outputs["arn"] for key in declared.of_type("aws:kms/key:Key")}
    for topic in declared.of_type("aws:sns/topic:Topic"):
        assert topic.inputs["kmsMasterKeyId"] in keys
    for queue in declared.of_type("aws:sqs/queue:Queue"):
        assert queue.inputs["kmsMasterKeyId"] in keys


def test_every_image_repository_is_scanned_encrypted_and_immutable(declared: Deployment) -> None:
    repositories = declared.of_type("aws:ecr/repository:Repository")
    assert {each.name for each in repositories} == {
        "data_preparation",
        "training",
        "evaluation",
        "deployment",
    }
    for repository in repositories:
        assert repository.inputs["imageTagMutability"] == "IMMUTABLE"
        assert repository.inputs["imageScanningConfiguration"] == {"scanOnPush": True}
        assert repository.inputs["encryptionConfigurations"][0]["encryptionType"] == "KMS"


def test_every_alarm_tells_somebody_and_says_what_it_means(declared: Deployment) -> None:
    topics = {topic.outputs["arn"] for topic in declared.of_type("aws:sns/topic:Topic")}
    composites = declared.of_type("aws:cloudwatch/compositeAlarm:CompositeAlarm")
    alarms = [*declared.of_type("aws:cloudwatch/metricAlarm:MetricAlarm"), *composites]
    read = " ".join(f"{one.inputs['alarmRule']} {one.inputs['actionsSuppressor']}" for one in composites)
    assert alarms
    for alarm in alarms:
        told = set(alarm.inputs.get("alarmActions", ()))
        assert told <= topics and (told or alarm.inputs["name"] in read), alarm.name
        assert alarm.inputs["alarmDescription"], alarm.name


def test_every_machine_has_an_alarm_for_executions_that_are_throttled(declared: Deployment) -> None:
    watched = watched_ends(declared)
    for machine in declared.of_type(MACHINE):
        is_watched = (machine.outputs["arn"], "ExecutionThrottled") in watched
        assert is_watched or machine.inputs["type"] == "EXPRESS"


def test_a_run_that_ends_badly_alarms_unless_it_has_told_of_itself(declared: Deployment) -> None:
    untold = declared.named("aws:cloudwatch/compositeAlarm:CompositeAlarm", "run-untold")
    ends = ("ExecutionsFailed", "ExecutionsTimedOut", "ExecutionsAborted")
    for end in ends:
        assert (declared.outputs["pipelineMachineArn"], end) in watched_ends(declared)
        assert f'pipeline-{END_WORDS[end]}")' in untold.inputs["alarmRule"]
    assert untold.inputs["actionsSuppressor"]["alarm"].endswith("-run-told")


END_WORDS = {"ExecutionsFailed": "failed", "ExecutionsTimedOut": "timed-out", "ExecutionsAborted": "aborted"}


def watched_ends(declared: Deployment) -> set[tuple[str, str]]:
    """Machine and metric of every alarm on Step Functions' own metrics."""
    return {
        (alarm.inputs["dimensions"]["StateMachineArn"], alarm.inputs["metricName"])
        for alarm in declared.of_type("aws:cloudwatch/metricAlarm:MetricAlarm")
        if alarm.inputs.get("namespace") == "AWS/States"
    }


def test_the_dashboard_is_a_document_whose_widgets_do_not_overlap(declared: Deployment) -> None:
    [board] = declared.of_type("aws:cloudwatch/dashboard:Dashboard")
    widgets = json.loads(board.inputs["dashboardBody"])["widgets"]
    places = [(widget["x"], widget["y"]) for widget in widgets]
    assert len(widgets) >= 12 and len(set(places)) == len(places)
    assert all(widget["x"] + widget["width"] <= 24 for widget in widgets)


def test_the_trail_covers_the_data_buckets_and_validates_its_files(declared: Deployment) -> None:
    [trail] = declared.of_type("aws:cloudtrail/trail:Trail")
    objects = trail.inputs["advancedEventSelectors"][1]["fieldSelectors"][2]["startsWiths"]
    assert len(objects) == 3 and all(arn.endswith("/") for arn in objects)
    assert trail.inputs["enableLogFileValidation"] is True and trail.inputs["isMultiRegionTrail"] is True
