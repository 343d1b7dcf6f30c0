"""Functions, storage and events on a bad day: each fault strikes where it says, and is overcome or seen."""

from __future__ import annotations

import contextlib
import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from rehearsal.emulator.faults import FaultError, Faults
from tests.rehearsal.conftest import Account

TOUCH = "def handler(event, context):\n    open(event['path'], 'a').write('x')\n    return 'done'\n"
# Every way in which our code and boto3 ask for the time of day, as seconds since the epoch.
CLOCKS = """import calendar, datetime, time
from time import time as taken
def clocks():
    now, utc = datetime.datetime.now, datetime.timezone.utc
    parts = [datetime.datetime.utcnow().timetuple(), time.gmtime()]
    return [time.time(), taken(), time.time_ns() / 1e9, now().timestamp(), now(utc).timestamp(),
            *map(calendar.timegm, parts)]
"""
CLOCK = f"{CLOCKS}\ndef handler(event, context):\n    return clocks()\n"
SIGNED = """import os, boto3
def handler(event, context):
    client = boto3.client("stepfunctions", endpoint_url=os.environ["URL"], region_name="eu-west-1")
    client.list_state_machines()
"""


@pytest.fixture(autouse=True)
def no_fault_stays(aws: Account) -> Iterator[None]:
    yield
    aws.emulator.control("DELETE", "faults", {})


def install(aws: Account, fault: str, **parameters: Any) -> None:
    aws.emulator.control("POST", "faults", {"fault": fault, **parameters})


def invoke(aws: Account, function_arn: str, event: Any = None) -> dict[str, Any]:
    answer = aws.client("lambda").invoke(FunctionName=function_arn, Payload=json.dumps(event or {}))
    return {"error": answer.get("FunctionError"), "payload": json.load(answer["Payload"])}


@pytest.mark.parametrize(("when", "written"), [("before", ""), ("after", "x")])
def test_a_function_dies_before_or_after_its_work_and_the_next_call_is_well(
    aws: Account, tmp_path: Path, when: str, written: str
) -> None:
    function_arn, path = aws.function(TOUCH), tmp_path / "touched"
    install(aws, "lambda_crash", when=when, name=function_arn.rpartition(":")[2])
    died = invoke(aws, function_arn, {"path": str(path)})
    assert died["payload"]["errorType"] == "Runtime.ExitError"
    assert "signal: killed" in died["payload"]["errorMessage"]
    assert (path.read_text() if path.exists() else "") == written
    assert invoke(aws, function_arn, {"path": str(path)})["payload"] == "done"


def test_a_throttled_function_is_refused_as_lambda_does(aws: Account) -> None:
    function_arn = aws.function(TOUCH)
    install(aws, "lambda_throttling", name=function_arn.rpartition(":")[2], times=9)
    with pytest.raises(ClientError, match="TooManyRequestsException"):
        invoke(aws, function_arn)


@pytest.mark.parametrize("seconds", [7200, -7200])
def test_the_clock_of_one_function_jumps_and_stays_where_it_is(aws: Account, seconds: int) -> None:
    wrong, right = aws.function(CLOCK), aws.function(CLOCK)
    install(aws, "clock_jump", name=wrong.rpartition(":")[2], seconds=seconds)
    for _ in range(2):
        read = invoke(aws, wrong)["payload"]
        assert [moment - time.time() for moment in read] == pytest.approx([seconds] * len(read), abs=60)
    read = invoke(aws, right)["payload"]
    assert read == pytest.approx([time.time()] * len(read), abs=60)


def test_what_a_function_signs_by_a_wrong_clock_is_let_pass_for_minutes_only(aws: Account) -> None:
    function_arn = aws.function(SIGNED, Environment={"Variables": {"URL": aws.emulator.endpoint_url}})
    install(aws, "clock_jump", name=function_arn.rpartition(":")[2], seconds=240)
    assert invoke(aws, function_arn)["error"] is None
    install(aws, "clock_jump", name=function_arn.rpartition(":")[2], seconds=3600)
    message = invoke(aws, function_arn)["payload"]["errorMessage"]
    assert "InvalidSignatureException" in message
    assert "Signature not yet current" in message


def test_the_clock_of_a_jobs_machine_is_wrong_from_the_beginning(aws: Account, tmp_path: Path) -> None:
    program = tmp_path / "program.py"
    program.write_text(f"{CLOCKS}print('read', clocks())")
    request = {**aws.processing_job(f"exec(open('{program}').read())"), "RoleArn": aws.role("sagemaker", "*")}
    name = request["ProcessingJobName"]
    install(aws, "clock_jump", kind="ProcessingJob", name=name, seconds=-86_400)
    aws.client("sagemaker").create_processing_job(**request)
    stream = {"logGroupName": "/aws/sagemaker/ProcessingJobs", "logStreamNamePrefix": f"{name}/algo-1"}

    def printed() -> Any:
        with contextlib.suppress(ClientError):
            events = aws.client("logs").filter_log_events(**stream)["events"]
            return [line for one in events if (line := one["message"]).startswith("read [")]

    [line] = aws.eventually(printed)
    read = json.loads(line.removeprefix("read "))
    assert [moment - time.time() for moment in read] == pytest.approx([-86_400] * len(read), abs=60)


def test_a_busy_bucket_says_so_as_often_as_it_should_and_only_for_that_object(aws: Account) -> None:
    s3, bucket = aws.client("s3"), aws.name("bucket")
    s3.create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": s3.meta.region_name})
    s3.put_object(Bucket=bucket, Key="one", Body=b"1")
    install(aws, "s3_error", kind="GET", name=f"{bucket}/one")
    s3.put_object(Bucket=bucket, Key="two", Body=b"2")
    with pytest.raises(ClientError, match="SlowDown"):
        s3.get_object(Bucket=bucket, Key="one")
    assert s3.get_object(Bucket=bucket, Key="one")["Body"].read() == b"1"


def put(aws: Account, source: str, *numbers: int) -> None:
    for number in numbers:
        entry = {"Source": source, "DetailType": "counted", "Detail": json.dumps({"number": number})}
        aws.client("events").put_events(Entries=[entry])


@pytest.mark.parametrize(
    ("fault", "put_numbers", "seen"),
    [
        ({"fault": "event_twice"}, (1, 2), [1, 1, 2]),
        ({"fault": "event_late", "after_seconds": 0.3}, (1, 2), [2, 1]),
        ({"fault": "event_reordered"}, (1, 2), [2, 1]),
    ],
)
def test_an_event_comes_twice_late_or_out_of_turn(
    aws: Account, fault: dict[str, Any], put_numbers: tuple[int, ...], seen: list[int]
) -> None:
    source = aws.name("rehearsal.source")
    inbox = aws.inbox({"source": [source]})
    aws.emulator.control("POST", "faults", {**fault, "kind": source, "name": "counted"})
    put(aws, source, *put_numbers)
    assert [aws.message(inbox)["detail"]["number"] for _ in seen] == seen


@pytest.mark.parametrize(
    ("wanted", "named"),
    [
        ({"fault": "lambda_crash", "when": "during"}, "when is 'during'; it must be before or after"),
        ({"fault": "clock_jump", "seconds": "3"}, "seconds is '3'; it must be a number"),
        ({"fault": "s3_error", "times": True}, "times is True; it must be a number"),
        ({"fault": "event_twice", "kind": 3}, "kind is 3; it must be a text"),
        ({"fault": "nan", "nth": 0}, "nth is 0; it must be at least 1"),
        ({"fault": "nan", "every": 0}, "every is 0; it must be at least 1"),
        ({"fault": "nan", "times": 1.5}, "times is 1.5; it must be a whole number"),
        ({"fault": "nan", "after_seconds": -1}, "after_seconds is -1; it must be at least 0"),
        ({"fault": "nan", "after_line": "epoch=("}, r"after_line is 'epoch=\('.*no regular expression"),
        ({"fault": "throttling", "probability": 2}, "probability is 2; it must be from 0 to 1"),
        ({"fault": "api_error", "status": 200}, "status is 200; it must be from 400 to 599"),
        ({"fault": "killed_worker", "kind": "TrainigJob"}, "fits none of TrainingJob, ProcessingJob"),
    ],
)
def test_a_field_with_a_wrong_value_is_refused_with_what_is_right(wanted: dict[str, Any], named: str) -> None:
    with pytest.raises(FaultError, match=named):
        Faults().add(wanted)
