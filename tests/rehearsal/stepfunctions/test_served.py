"""What a stranger sees who runs small state machines over HTTP: status, output, error and every event.

What a case expects was recorded on the real service, is documented by AWS, or is a choice of ours: its basis.
In the tables, `${function}` and its kin stand for what `stage` creates; an event is `previousEventId:type`.
"""

from __future__ import annotations

import json
from pathlib import Path
from string import Template
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.rehearsal.conftest import Account

TABLES = Path(__file__).parent / "served"
CASES = [
    case for name in ("flow", "tasks", "maps") for case in json.loads((TABLES / f"{name}.json").read_text())
]
JSONATA = json.loads((TABLES / "jsonata.json").read_text())
OBJECTS = json.loads((TABLES / "objects.json").read_text())
FUNCTION = """
class Bad(Exception):
    pass
def handler(event, context):
    if event.get("fail"):
        raise Bad("no seats")
    return "x" * 300000 if event.get("big") else {"got": event}
"""
PASS = {"P": {"Type": "Pass", "End": True}}
FAIL = {"F": {"Type": "Fail", "Error": "E", "Cause": "c"}}
WAIT = {"W": {"Type": "Wait", "Seconds": 86400, "End": True}}


class Stage:
    """What the tables name, and all executions: started before the first of them is looked at."""

    def __init__(self, aws: Account) -> None:
        self.aws = aws
        self.role_arn = aws.role("states", "*")
        self.names = {**self._storage(), **self._machines()}
        self.executions: dict[str, str] = {}

    def _machines(self) -> dict[str, str]:
        slow = {"States": WAIT, "TimeoutSeconds": 1}
        return {
            "child": self.machine({"States": PASS}),
            "failing": self.machine({"States": FAIL}),
            "slow": self.machine(slow),
            "endless": self.machine({"States": WAIT}),
            "express": self.machine({"States": {"P": {**PASS["P"], "Output": {"x": 1}}}}, "EXPRESS"),
            "failing_express": self.machine({"States": FAIL}, "EXPRESS"),
        }

    def _storage(self) -> dict[str, str]:
        aws, bucket, table = self.aws, self.aws.name("served"), self.aws.name("served")
        aws.client("s3").create_bucket(
            Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": "eu-west-1"}
        )
        for key, text in OBJECTS.items():
            body = Template(text).substitute(bucket=bucket).encode()
            aws.client("s3").put_object(Bucket=bucket, Key=key, Body=body)
        keys = {"AttributeName": "id", "KeyType": "HASH"}, {"AttributeName": "id", "AttributeType": "S"}
        aws.client("dynamodb").create_table(
            TableName=table,
            KeySchema=[keys[0]],
            AttributeDefinitions=[keys[1]],
            BillingMode="PAY_PER_REQUEST",
        )
        aws.client("dynamodb").put_item(TableName=table, Item={"id": {"S": "1"}, "n": {"N": "5"}})
        topic = aws.client("sns").create_topic(Name=aws.name("served"))["TopicArn"]
        function = aws.function(FUNCTION)
        return {
            "bucket": bucket,
            "table": table,
            "topic": topic,
            "function": function,
            "queue": aws.queue()[0],
        }

    def machine(self, definition: dict[str, Any], kind: str = "STANDARD") -> str:
        start = next(iter(definition["States"]))
        text = json.dumps({"QueryLanguage": "JSONata", "StartAt": start, **definition})
        created = self.aws.client("stepfunctions").create_state_machine(
            name=self.aws.name("served"), definition=text, roleArn=self.role_arn, type=kind
        )
        return str(created["stateMachineArn"])

    def start(self, key: str, definition: dict[str, Any], value: Any) -> None:
        # Expressions have their own `$`, so only the names of the tables are replaced.
        text = json.dumps(definition)
        for name, given in self.names.items():
            text = text.replace(f"${{{name}}}", given)
        machine_arn = self.machine(json.loads(text))
        started = self.aws.client("stepfunctions").start_execution(
            stateMachineArn=machine_arn, input=json.dumps(value)
        )
        self.executions[key] = started["executionArn"]

    def ended(self, key: str) -> dict[str, Any]:
        return self.aws.ended(self.executions[key])


@pytest.fixture(scope="module")
def stage(aws: Account) -> Stage:
    stage = Stage(aws)
    for case in CASES:
        definition = {"States": case["states"], **case.get("machine", {})}
        stage.start(case["name"], definition, case.get("input", {}))
    return stage


@pytest.mark.rehearsal
@pytest.mark.parametrize("case", [pytest.param(case, id=case["name"]) for case in CASES])
def test_a_served_machine_ends_and_leaves_its_history_as_on_aws(stage: Stage, case: dict[str, Any]) -> None:
    ended = stage.ended(case["name"])
    assert (ended["status"], ended.get("error")) == (case["status"], case.get("error"))
    assert ("output" in ended) == ("output" in case)
    if "output" in case:
        assert json.loads(ended["output"]) == case["output"]
    states = stage.aws.client("stepfunctions")
    events = states.get_execution_history(executionArn=ended["executionArn"])["events"]
    assert " ".join(f"{event['previousEventId']}:{event['type']}" for event in events) == case["events"]


@pytest.mark.rehearsal
@pytest.mark.parametrize("case", [pytest.param(case, id=case["expression"]) for case in JSONATA["cases"]])
def test_a_served_expression_gives_its_value_or_its_reason(aws: Account, case: dict[str, Any]) -> None:
    state = {"Type": "Pass", "Output": f"{{% {case['expression']} %}}", "End": True}
    definition = json.dumps({"QueryLanguage": "JSONata", **state})
    request = {"definition": definition, "input": json.dumps(JSONATA["input"])}
    if "refused" in case:
        with pytest.raises(ClientError, match=case["refused"]):
            aws.client("stepfunctions").test_state(**request)
        return
    tried = aws.client("stepfunctions").test_state(**request)
    if "reason" in case:
        assert tried["error"] == "States.QueryEvaluationError"
        assert case["reason"] in tried["cause"]
    else:
        assert json.loads(tried["output"]) == case["output"]


def test_every_case_says_what_its_expectation_rests_on() -> None:
    for case in [*CASES, *JSONATA["cases"]]:
        assert case["basis"] in ("recorded", "documented", "chosen"), case
