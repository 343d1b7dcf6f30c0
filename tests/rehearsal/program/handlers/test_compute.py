"""Roles, functions and state machines are created with everything declared about them."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from rehearsal.program.account import Account
from rehearsal.program.handlers.registry import Created
from rehearsal.program.values import Archive, Asset

pytestmark = pytest.mark.rehearsal
Make = Callable[..., Created]
CODE = Archive(assets={"handler.py": Asset(text="def handle(event, context):\n    return event\n")})
ALLOW = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}
READ = json.dumps({"Version": "2012-10-17", "Statement": [ALLOW]})


def _role(make: Make, name: str = "role", service: str = "lambda", **more: Any) -> Created:
    trusted = {
        "Effect": "Allow",
        "Principal": {"Service": f"{service}.amazonaws.com"},
        "Action": "sts:AssumeRole",
    }
    trust = json.dumps({"Version": "2012-10-17", "Statement": [trusted]})
    return make("aws:iam/role:Role", name, assumeRolePolicy=trust, tags={"team": "ml"}, **more)


def _function(make: Make, **more: Any) -> Created:
    role = _role(make, "function-role").outputs["arn"]
    basics = {"role": role, "handler": "handler.handle", "runtime": "python3.13", "code": CODE}
    return make("aws:lambda/function:Function", "function", **basics, **more)


def test_a_role_keeps_inline_attached_and_boundary_policies(make: Make, account: Account) -> None:
    boundary = make("aws:iam/policy:Policy", policy=READ, path="/limits/").outputs["arn"]
    inline = [{"name": "read", "policy": READ}]
    role = _role(make, permissionsBoundary=boundary, inlinePolicies=inline).id
    make("aws:iam/rolePolicyAttachment:RolePolicyAttachment", role=role, policyArn=boundary)
    make("aws:iam/rolePolicy:RolePolicy", role=role, policy=READ, name="second")
    iam = account.client("iam")
    assert iam.list_role_policies(RoleName=role)["PolicyNames"] == ["read", "second"]
    attached = iam.list_attached_role_policies(RoleName=role)["AttachedPolicies"]
    assert [policy["PolicyArn"] for policy in attached] == [boundary]
    kept = iam.get_role(RoleName=role)["Role"]["PermissionsBoundary"]
    assert kept["PermissionsBoundaryArn"] == boundary


def test_a_function_keeps_every_setting_that_is_declared(make: Make, account: Account) -> None:
    layer = make("aws:lambda/layerVersion:LayerVersion", code=CODE, compatibleRuntimes=["python3.13"]).id
    size = {"timeout": 30, "memorySize": 512, "architectures": ["arm64"], "reservedConcurrentExecutions": 2}
    logging = {"logFormat": "JSON", "logGroup": "/aws/lambda/one"}
    code = {"layers": [layer], "sourceCodeHash": "x", "environment": {"variables": {"stageName": "dev"}}}
    made = _function(make, **size, **code, loggingConfig=logging, tracingConfig={"mode": "Active"})
    client = account.client("lambda")
    kept = client.get_function_configuration(FunctionName=made.id)
    assert (kept["Timeout"], kept["MemorySize"], kept["Architectures"]) == (30, 512, ["arm64"])
    assert kept["Environment"]["Variables"]["stageName"] == "dev"
    assert kept["LoggingConfig"]["LogGroup"] == "/aws/lambda/one"
    assert kept["CodeSha256"] == made.outputs["codeSha256"]
    limit = client.get_function_concurrency(FunctionName=made.id)
    assert limit["ReservedConcurrentExecutions"] == 2


def test_permissions_and_retries_of_a_function_are_kept(make: Make, account: Account) -> None:
    name = _function(make).id
    permission = {
        "action": "lambda:InvokeFunction",
        "principal": "events.amazonaws.com",
        "sourceArn": "arn:aws:x",
    }
    made = make("aws:lambda/permission:Permission", function=name, **permission)
    queue = make("aws:sqs/queue:Queue").outputs["arn"]
    where = {"onFailure": {"destination": queue}}
    kind = "aws:lambda/functionEventInvokeConfig:FunctionEventInvokeConfig"
    make(kind, functionName=name, maximumRetryAttempts=1, destinationConfig=where)
    client = account.client("lambda")
    policy = json.loads(client.get_policy(FunctionName=name)["Policy"])
    assert policy["Statement"][0]["Sid"] == made.id
    kept = client.get_function_event_invoke_config(FunctionName=name)
    assert kept["DestinationConfig"]["OnFailure"]["Destination"] == queue


def test_a_queue_is_mapped_to_its_function(make: Make, account: Account) -> None:
    queue, name = make("aws:sqs/queue:Queue").outputs["arn"], _function(make).id
    role = account.client("lambda").get_function(FunctionName=name)["Configuration"]["Role"]
    _grant(make, role.rpartition("/")[2], "sqs:*")
    responses = ["ReportBatchItemFailures"]
    kind = "aws:lambda/eventSourceMapping:EventSourceMapping"
    made = make(kind, eventSourceArn=queue, functionName=name, batchSize=5, functionResponseTypes=responses)
    kept = account.client("lambda").get_event_source_mapping(UUID=made.id)
    assert (kept["BatchSize"], kept["EventSourceArn"]) == (5, queue)


def _role_with_logs(make: Make) -> str:
    role = _role(make, service="states")
    _grant(make, role.id, "logs:*")
    return str(role.outputs["arn"])


def _grant(make: Make, role: str, action: str) -> None:
    allowed = {"Effect": "Allow", "Action": action, "Resource": "*"}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [allowed]})
    make("aws:iam/rolePolicy:RolePolicy", role=role, policy=policy)


def test_a_state_machine_is_created_with_the_text_of_its_definition(make: Make, account: Account) -> None:
    states = {"Done": {"Type": "Succeed"}}
    definition = json.dumps({"QueryLanguage": "JSONata", "StartAt": "Done", "States": states})
    group = make("aws:cloudwatch/logGroup:LogGroup", name="/aws/vendedlogs/states/one", retentionInDays=30)
    logging = {"level": "ALL", "includeExecutionData": True, "logDestination": f"{group.outputs['arn']}:*"}
    role = _role_with_logs(make)
    made = make(
        "aws:sfn/stateMachine:StateMachine", definition=definition, roleArn=role,
        loggingConfiguration=logging, tracingConfiguration={"enabled": True}, publish=True,
    )  # fmt: skip
    version = made.outputs["stateMachineVersionArn"]
    routes = [{"stateMachineVersionArn": version, "weight": 100}]
    make("aws:sfn/alias:Alias", "live", routingConfigurations=routes)
    kept = account.client("stepfunctions").describe_state_machine(stateMachineArn=made.id)
    assert kept["definition"] == definition
    destination = kept["loggingConfiguration"]["destinations"][0]["cloudWatchLogsLogGroup"]
    assert destination["logGroupArn"].startswith(group.outputs["arn"])


def test_what_the_program_owns_of_sagemaker_is_created(make: Make, account: Account) -> None:
    description = "candidates"
    kind = "aws:sagemaker/modelPackageGroup:ModelPackageGroup"
    made = make(kind, modelPackageGroupName="flights-of-test", modelPackageGroupDescription=description)
    found = account.client("sagemaker").describe_model_package_group(ModelPackageGroupName=made.id)
    assert found["ModelPackageGroupArn"] == made.outputs["arn"]
