"""Functions fail under AWS's names, run under their own role and leave logs and metrics."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from tests.rehearsal.conftest import Account

FAILING = """
import os, signal, sys
class DataRejected(Exception):
    pass
def handler(event, context):
    how = event["how"]
    if how == "raise":
        raise DataRejected("no column arr_delay")
    if how == "exit":
        sys.exit(3)
    if how == "die":
        os._exit(4)
    if how == "return a set":
        return {1}
    if how == "hang":
        signal.pause()
    if how == "return too much":
        return "x" * 7_000_000
"""


# Loads once, and then only while nobody forbids it; an invocation ends when it is told to.
GUARDED = """
import pathlib, threading
folder = pathlib.Path("{folder}")
if (folder / "forbidden").exists():
    raise ValueError("forbidden")
def handler(event, context):
    (folder / "running").touch()
    while not (folder / "end").exists():
        threading.Event().wait(0.01)
    return "done"
"""


def failure(aws: Account, function_arn: str, event: Any = None) -> dict[str, Any]:
    answer = aws.client("lambda").invoke(FunctionName=function_arn, Payload=json.dumps(event or {}))
    assert answer["FunctionError"] == "Unhandled"
    return dict(json.load(answer["Payload"]))


@pytest.fixture(scope="module")
def failing(aws: Account) -> str:
    return aws.function(FAILING, Timeout=1)


@pytest.mark.parametrize(
    ("how", "error_type", "message"),
    [
        ("raise", "DataRejected", "no column arr_delay"),
        ("exit", "Runtime.ExitError", "exit status 3"),
        ("die", "Runtime.ExitError", "Runtime exited without providing a reason"),
        ("return a set", "Runtime.MarshalError", "Unable to marshal response"),
        ("hang", "Sandbox.Timedout", "Task timed out after 1.00 seconds"),
        ("return too much", "Function.ResponseSizeTooLarge", "exceeded maximum allowed payload size"),
    ],
)
def test_what_goes_wrong_in_a_handler_has_the_name_lambda_gives_it(
    aws: Account, failing: str, how: str, error_type: str, message: str
) -> None:
    details = failure(aws, failing, {"how": how})
    assert details["errorType"] == error_type
    assert message in details["errorMessage"]


@pytest.mark.parametrize(
    ("source", "error_type", "message"),
    [
        ("import no_such_module", "Runtime.ImportModuleError", "No module named 'no_such_module'"),
        ("def handler(", "Runtime.UserCodeSyntaxError", "Syntax error in module 'handler'"),
        ("other = 1", "Runtime.HandlerNotFound", "Handler 'handler' missing on module 'handler'"),
        ("raise ValueError('at import')", "ValueError", "at import"),
    ],
)
def test_what_goes_wrong_in_loading_has_the_name_lambda_gives_it(
    aws: Account, source: str, error_type: str, message: str
) -> None:
    details = failure(aws, aws.function(source))
    assert details["errorType"] == error_type
    assert message in details["errorMessage"]


def test_a_function_that_raised_goes_on_in_the_same_process(aws: Account) -> None:
    source = (
        "import os\ndef handler(event, context):\n"
        "    if event: raise ValueError(os.getpid())\n    return os.getpid()\n"
    )
    function_arn = aws.function(source)
    before = failure(aws, function_arn, {"fail": True})["errorMessage"]
    after = json.load(aws.client("lambda").invoke(FunctionName=function_arn)["Payload"])
    assert int(before) == after


@pytest.mark.parametrize(("body", "read"), [(b'{"a": [1]}', {"a": [1]}), (b"not JSON", "not JSON")])
def test_a_function_returns_bytes_as_the_body_itself(aws: Account, body: bytes, read: Any) -> None:
    function_arn = aws.function(f"def handler(event, context):\n    return {body!r}\n")
    answer = aws.client("lambda").invoke(FunctionName=function_arn)
    assert "FunctionError" not in answer
    assert json.load(answer["Payload"]) == read


def test_a_function_runs_under_its_own_role(aws: Account) -> None:
    source = (
        "import boto3\ndef handler(event, context):\n"
        "    return boto3.client('sts').get_caller_identity()['Arn']\n"
    )
    role_arn = aws.role("lambda")
    answer = aws.client("lambda").invoke(FunctionName=aws.function(source, role_arn))
    assert f":assumed-role/{role_arn.rpartition('/')[2]}/" in json.load(answer["Payload"])


def test_embedded_metrics_of_a_function_become_cloudwatch_metrics(aws: Account) -> None:
    namespace = aws.name("Trainyard")
    line = {
        "_aws": {
            "CloudWatchMetrics": [
                {"Namespace": namespace, "Dimensions": [["stage"]], "Metrics": [{"Name": "RowsRead"}]}
            ]
        },
        "stage": "training",
        "RowsRead": 336776,
    }
    source = f"import json\ndef handler(event, context):\n    print(json.dumps({line!r}))\n"
    aws.client("lambda").invoke(FunctionName=aws.function(source))
    metrics = aws.client("cloudwatch").list_metrics(Namespace=namespace)["Metrics"]
    assert metrics[0]["MetricName"] == "RowsRead"
    assert metrics[0]["Dimensions"] == [{"Name": "stage", "Value": "training"}]


def test_what_a_function_prints_and_logs_is_in_its_log_group(aws: Account) -> None:
    source = (
        "import logging\nlogging.basicConfig(level='INFO')\n"
        "def handler(event, context):\n    print('printed')\n    logging.info('logged')\n"
    )
    function_arn = aws.function(source)
    aws.client("lambda").invoke(FunctionName=function_arn)
    group = f"/aws/lambda/{function_arn.rpartition(':')[2]}"
    messages = [e["message"] for e in aws.client("logs").filter_log_events(logGroupName=group)["events"]]
    assert "printed" in messages
    assert any("logged" in message for message in messages)


def test_a_worker_that_does_not_load_leaves_running_invocations_alone(aws: Account, tmp_path: Path) -> None:
    function_arn = aws.function(GUARDED.format(folder=tmp_path))
    with ThreadPoolExecutor(1) as pool:
        running = pool.submit(aws.client("lambda").invoke, FunctionName=function_arn)
        aws.eventually((tmp_path / "running").exists)
        (tmp_path / "forbidden").touch()
        assert failure(aws, function_arn)["errorType"] == "ValueError"
        (tmp_path / "end").touch()
        assert json.load(running.result()["Payload"]) == "done"
