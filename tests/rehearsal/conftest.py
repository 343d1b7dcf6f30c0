"""One emulator for all tests of a session that need it, and an account to build things in."""

from __future__ import annotations

import io
import itertools
import json
import select
import time
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from rehearsal.emulator.clients import Clients
from rehearsal.emulator.platform import Credentials
from rehearsal.emulator.process import Emulator
from rehearsal.program.deployment import Deployment
from rehearsal.simulated.stack import SimulatedStack, as_simulated
from tests.rehearsal.sagemaker.fakes import write_container

DEADLINE_SECONDS = 20
# The image "worker": runs its first argument as Python.
WORKER = "import sys\nexec(sys.argv[1])\n"


@dataclass(frozen=True)
class User:
    """Somebody who calls with credentials of their own."""

    arn: str
    _clients: Clients
    _credentials: Credentials

    def client(self, service: str) -> Any:
        return self._clients.get(service, self._credentials)


@dataclass
class Account:
    """Shorthand for what tests create in the emulator's account; names are unique in the session."""

    emulator: Emulator
    _numbers: Iterator[int] = field(default_factory=itertools.count)

    def client(self, service: str) -> Any:
        return self.emulator.client(service)

    def name(self, prefix: str) -> str:
        return f"{prefix}-{next(self._numbers)}"

    def role(self, service: str, *actions: str, condition: dict[str, Any] | None = None) -> str:
        """A role that `service` may assume, allowed the actions on everything."""
        name = self.name("role")
        trust = {
            "Effect": "Allow",
            "Principal": {"Service": f"{service}.amazonaws.com"},
            "Action": "sts:AssumeRole",
            "Condition": condition or {},
        }
        created = self.client("iam").create_role(RoleName=name, AssumeRolePolicyDocument=policy(trust))
        if actions:
            allowed = {"Effect": "Allow", "Action": list(actions), "Resource": "*"}
            self.client("iam").put_role_policy(
                RoleName=name, PolicyName="allowed", PolicyDocument=policy(allowed)
            )
        return str(created["Role"]["Arn"])

    def user(self, *actions: str, condition: dict[str, Any] | None = None) -> User:
        """Somebody with an access key, allowed the actions on everything."""
        name, iam = self.name("user"), self.client("iam")
        arn = str(iam.create_user(UserName=name)["User"]["Arn"])
        if actions:
            allowed = {"Effect": "Allow", "Action": list(actions), "Resource": "*"}
            document = policy(allowed | ({"Condition": condition} if condition else {}))
            iam.put_user_policy(UserName=name, PolicyName="allowed", PolicyDocument=document)
        key = iam.create_access_key(UserName=name)["AccessKey"]
        clients = Clients(self.emulator.endpoint_url, self.emulator.region)
        return User(arn, clients, Credentials(key["AccessKeyId"], key["SecretAccessKey"], ""))

    def key(self, *statements: dict[str, Any]) -> str:
        """A KMS key whose policy leaves it to IAM, or has only these statements."""
        document = {"Policy": policy(*statements)} if statements else {}
        return str(self.client("kms").create_key(**document)["KeyMetadata"]["Arn"])

    def bucket(self, key_arn: str | None = None, *statements: dict[str, Any], **rule: Any) -> str:
        """A bucket, by default encrypted with the key, with these statements as its policy."""
        s3, name = self.client("s3"), self.name("bucket")
        s3.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
        if key_arn:
            by_default = {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": key_arn}
            rules = [{"ApplyServerSideEncryptionByDefault": by_default, **rule}]
            s3.put_bucket_encryption(Bucket=name, ServerSideEncryptionConfiguration={"Rules": rules})
        if statements:
            s3.put_bucket_policy(Bucket=name, Policy=policy(*statements))
        return name

    def machine(self, states: dict[str, Any], role_arn: str | None = None, **more: Any) -> str:
        """A state machine in JSONata that starts at its first state; by default its role may do anything."""
        definition = {"QueryLanguage": "JSONata", "StartAt": next(iter(states)), "States": states}
        created = self.client("stepfunctions").create_state_machine(
            name=self.name("machine"),
            definition=json.dumps(definition),
            roleArn=role_arn or self.role("states", "*"),
            **more,
        )
        return str(created["stateMachineArn"])

    def task(self, resource: str, arguments: Any, role_arn: str | None = None, **fields: Any) -> str:
        """A state machine of one Task."""
        task = {"Type": "Task", "Resource": resource, "Arguments": arguments, "End": True, **fields}
        return self.machine({"Task": task}, role_arn)

    def start(self, machine_arn: str, value: Any = None) -> str:
        started = self.client("stepfunctions").start_execution(
            stateMachineArn=machine_arn, input=json.dumps(value or {})
        )
        return str(started["executionArn"])

    def ended(self, execution_arn: str) -> dict[str, Any]:
        def description() -> Any:
            found = self.client("stepfunctions").describe_execution(executionArn=execution_arn)
            return found if found["status"] != "RUNNING" else None

        return dict(self.eventually(description))

    def run(self, machine_arn: str, value: Any = None) -> dict[str, Any]:
        """Run a machine to its end and return the description of the execution."""
        return self.ended(self.start(machine_arn, value))

    def function(self, source: str, role_arn: str | None = None, **more: Any) -> str:
        """A function with this source of handler.py; returns its ARN."""
        archive = io.BytesIO()
        with zipfile.ZipFile(archive, "w") as packed:
            packed.writestr("handler.py", source)
        settings = {"Runtime": "python3.12", "Handler": "handler.handler", "Timeout": 10} | more
        created = self.client("lambda").create_function(
            FunctionName=self.name("function"),
            Role=role_arn or self.role("lambda", "*"),
            Code={"ZipFile": archive.getvalue()},
            **settings,
        )
        return str(created["FunctionArn"])

    def processing_job(self, program: str) -> dict[str, Any]:
        """A request for a job that runs the Python program in the image "worker"."""
        cluster = {"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 5}
        return {
            "ProcessingJobName": self.name("job"),
            "RoleArn": self.role("sagemaker", "s3:*"),
            "AppSpecification": {"ImageUri": "worker:1", "ContainerArguments": [program]},
            "ProcessingResources": {"ClusterConfig": cluster},
        }

    def queue(self, policy_of: Callable[[str], dict[str, Any]] | None = None) -> tuple[str, str]:
        """A queue's URL and ARN; `policy_of` makes its policy's statement from the ARN."""
        sqs = self.client("sqs")
        url = sqs.create_queue(QueueName=self.name("queue"))["QueueUrl"]
        arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
        if policy_of:
            sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": policy(policy_of(arn))})
        return url, arn

    def inbox(self, pattern: dict[str, Any]) -> str:
        """The URL of a queue that gets every event of this pattern."""
        rule, events = self.name("rule"), self.client("events")
        rule_arn = events.put_rule(Name=rule, EventPattern=json.dumps(pattern))["RuleArn"]
        url, arn = self.queue(lambda arn: from_rule(rule_arn, arn))
        events.put_targets(Rule=rule, Targets=[{"Id": "inbox", "Arn": arn}])
        return url

    def message(self, queue_url: str) -> Any:
        """The body of a queue's next message."""
        received = self.client("sqs").receive_message(QueueUrl=queue_url, WaitTimeSeconds=10)
        return json.loads(received["Messages"][0]["Body"])

    @staticmethod
    def eventually(look: Callable[[], Any]) -> Any:
        """What `look` returns once it is true; fails after a while."""
        deadline = time.monotonic() + DEADLINE_SECONDS
        while not (found := look()):
            assert time.monotonic() < deadline, "it never came about"
            select.select([], [], [], 0.005)
        return found


def from_rule(rule_arn: str, queue_arn: str) -> dict[str, Any]:
    """The statement that lets one EventBridge rule fill a queue."""
    return {
        "Effect": "Allow",
        "Principal": {"Service": "events.amazonaws.com"},
        "Action": "sqs:SendMessage",
        "Resource": queue_arn,
        "Condition": {"ArnEquals": {"aws:SourceArn": rule_arn}},
    }


def policy(*statements: dict[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "emulator" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.rehearsal)


@pytest.fixture(scope="session")
def emulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Emulator]:
    root_dir = tmp_path_factory.mktemp("root")
    write_container(root_dir, "worker", WORKER)
    work_dir = tmp_path_factory.mktemp("emulator")
    with Emulator.start(work_dir=work_dir, root_dir=root_dir, wait_scale=0.02) as running:
        yield running


@pytest.fixture(scope="session")
def aws(emulator: Emulator) -> Account:
    return Account(emulator)


@pytest.fixture(scope="session")
def dev(stacks: dict[str, Deployment]) -> SimulatedStack:
    return as_simulated(stacks["dev"])


@pytest.fixture
def work_dir(tmp_path: Path) -> Path:
    return tmp_path / "work"
