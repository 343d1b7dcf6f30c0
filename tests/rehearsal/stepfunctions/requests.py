"""What the requests of requests.json are about: machines, executions and the rest; and how to send any."""

from __future__ import annotations

import http.client
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.rehearsal.conftest import Account

CASES = json.loads(Path(__file__).with_name("requests.json").read_text())
PASS = {"P": {"Type": "Pass", "End": True}}
ITEMS = {
    "ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"},
    "StartAt": "I",
    "States": {"I": PASS["P"]},
}
SIGNED = (
    "AWS4-HMAC-SHA256 Credential=test/20260101/eu-west-1/states/aws4_request, SignedHeaders=host, Signature=0"
)


@dataclass(frozen=True)
class Stage:
    """Names of the tables and what they stand for."""

    aws: Account
    names: dict[str, str]

    @classmethod
    def build(cls, aws: Account) -> Stage:
        """Create what the requests name."""
        states, role_arn = aws.client("stepfunctions"), aws.role("states", "*")
        activity = states.create_activity(name=aws.name("asked"))["activityArn"]
        passing = aws.machine(PASS, role_arn)
        waiting = aws.machine({"T": {"Type": "Task", "Resource": activity, "End": True}}, role_arn)
        failing = aws.machine({"F": {"Type": "Fail", "Error": "E"}}, role_arn, publish=True)
        express = aws.machine(PASS, role_arn, type="EXPRESS")
        mapping = aws.machine(
            {"M": {"Type": "Map", "Items": [1], "ItemProcessor": ITEMS, "End": True}}, role_arn
        )
        described = states.describe_state_machine(stateMachineArn=passing)
        _publish(states, passing)
        running = states.start_execution(stateMachineArn=waiting, name="running", input='{"a": 1}')[
            "executionArn"
        ]
        done = states.start_execution(stateMachineArn=passing, name="done")["executionArn"]
        mapped = aws.start(mapping)
        ended = [aws.ended(arn) for arn in (done, aws.start(passing), mapped)]
        assert {execution["status"] for execution in ended} == {"SUCCEEDED"}
        names = {
            "role": role_arn, "definition": described["definition"], "passing_name": described["name"],
            "passing": passing, "waiting": waiting, "failing": failing, "express": express,
            "running": running, "done": done, "express_execution": aws.start(express),
            "map_run": states.list_map_runs(executionArn=mapped)["mapRuns"][0]["mapRunArn"],
            "token": states.get_activity_task(activityArn=activity)["taskToken"],
        }  # fmt: skip
        return cls(aws, names)

    def filled(self, request: dict[str, Any]) -> Any:
        """The request with the names replaced."""
        text = json.dumps(request)
        for name, given in self.names.items():
            text = text.replace(f"${{{name}}}", json.dumps(given)[1:-1])
        return json.loads(text)

    def posted(self, action: str, request: dict[str, Any]) -> tuple[int, str]:
        """Post what no client would; returns status and code."""
        return self.sent("POST", f"AWSStepFunctions.{action}", json.dumps(request))

    def sent(self, method: str, target: str, body: str | None) -> tuple[int, str]:
        """Send anything; returns status and code."""
        connection = http.client.HTTPConnection(self.aws.emulator.endpoint_url.removeprefix("http://"))
        connection.request(method, "/", body, {"X-Amz-Target": target, "Authorization": SIGNED})
        answer = connection.getresponse()
        code = json.loads(answer.read())["__type"]
        connection.close()
        return answer.status, str(code)


def _publish(states: Any, machine_arn: str) -> None:
    """Publish two versions, the first of which has the alias `live`."""
    first = states.publish_state_machine_version(stateMachineArn=machine_arn)["stateMachineVersionArn"]
    states.update_state_machine(stateMachineArn=machine_arn, tracingConfiguration={"enabled": True})
    states.publish_state_machine_version(stateMachineArn=machine_arn)
    states.update_state_machine(stateMachineArn=machine_arn, tracingConfiguration={"enabled": False})
    routing = [{"stateMachineVersionArn": first, "weight": 100}]
    states.create_state_machine_alias(name="live", routingConfiguration=routing)
