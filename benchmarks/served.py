"""Speed of the embedded AWS over HTTP, as a client sees it: medians, and how far below the limits they lie.

Run it from the repository's root: `python -m benchmarks.served [--runs 15]`. A quiet machine, please.
"""

from __future__ import annotations

import argparse
import io
import json
import statistics
import subprocess
import tempfile
import time
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from rehearsal.emulator.process import Emulator

# What is measured: its limit in milliseconds, where there is one.
LIMITS_MS = {
    "healthy": 2000.0,
    "Pass execution": 10.0,
    "JSONata transition": 1.0,
    "nested execution": 25.0,
    "1,000-item Distributed Map": 1000.0,
}
CHAIN = 200
ITEMS = 1000
HANDLER = "def handler(event, context):\n    return event\n"


class Account:
    """A running emulator with a role that may do anything."""

    def __init__(self, emulator: Emulator) -> None:
        self._emulator = emulator
        self.states = emulator.client("stepfunctions")
        trust = {
            "Effect": "Allow",
            "Principal": {"Service": ["states.amazonaws.com", "lambda.amazonaws.com"]},
            "Action": "sts:AssumeRole",
        }
        everything = {"Effect": "Allow", "Action": "*", "Resource": "*"}
        iam = emulator.client("iam")
        created = iam.create_role(RoleName="bench", AssumeRolePolicyDocument=_policy(trust))
        iam.put_role_policy(RoleName="bench", PolicyName="all", PolicyDocument=_policy(everything))
        self.role_arn = created["Role"]["Arn"]

    def machine(self, name: str, states: dict[str, Any]) -> str:
        """Create a state machine that starts at its first state."""
        definition = {"QueryLanguage": "JSONata", "StartAt": next(iter(states)), "States": states}
        created = self.states.create_state_machine(
            name=name, definition=json.dumps(definition), roleArn=self.role_arn
        )
        return str(created["stateMachineArn"])

    def execution_ms(self, machine_arn: str) -> float:
        """Run the machine; the milliseconds between the dates that the service gives."""
        started = self.states.start_execution(stateMachineArn=machine_arn, input="{}")
        while True:
            found = self.states.describe_execution(executionArn=started["executionArn"])
            if found["status"] != "RUNNING":
                break
        if found["status"] != "SUCCEEDED":
            raise SystemExit(f"{machine_arn} ended {found['status']}: {found.get('cause')}")
        return float((found["stopDate"] - found["startDate"]).total_seconds() * 1000)

    def function(self) -> str:
        """Create a function that answers with its event."""
        archive = io.BytesIO()
        with zipfile.ZipFile(archive, "w") as packed:
            packed.writestr("handler.py", HANDLER)
        created = self._emulator.client("lambda").create_function(
            FunctionName="bench",
            Runtime="python3.12",
            Handler="handler.handler",
            Role=self.role_arn,
            Code={"ZipFile": archive.getvalue()},
        )
        return str(created["FunctionArn"])

    def invoke(self, function_arn: str) -> None:
        """Invoke the function once."""
        answer = self._emulator.client("lambda").invoke(FunctionName=function_arn, Payload=b"{}")
        answer["Payload"].read()


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=15)
    runs = parser.parse_args().runs
    started = time.perf_counter()
    with (
        tempfile.TemporaryDirectory() as folder,
        Emulator.start(work_dir=Path(folder)) as emulator,
    ):
        healthy_ms = (time.perf_counter() - started) * 1000
        figures = {"healthy": healthy_ms, **_executions(Account(emulator), runs)}
        for name, milliseconds in figures.items():
            limit = LIMITS_MS.get(name)
            beside = f"{limit / milliseconds:6.1f} x below {limit:.0f} ms" if limit else ""
            print(f"{name:<28}{milliseconds:10.2f} ms {beside}")
        print(f"{'memory of the emulator':<28}{_resident_mb(emulator.pid):10.0f} MB")


def _executions(account: Account, runs: int) -> dict[str, float]:
    single = account.machine("one", {"P": {"Type": "Pass", "End": True}})
    chain = account.machine("chain", _chain())
    arguments = {"StateMachineArn": single, "Input": {}}
    nested = account.machine("nested", {"T": _task("states:startExecution.sync:2", arguments)})
    mapped = account.machine("mapped", {"M": _distributed_map()})
    function_arn = account.function()
    call = account.machine("call", {"T": _task("lambda:invoke", {"FunctionName": function_arn})})
    account.invoke(function_arn)
    return {
        "Pass execution": _median_ms(lambda: account.execution_ms(single), runs),
        "JSONata transition": _median_of(lambda: account.execution_ms(chain) / CHAIN, runs),
        "nested execution": _median_of(lambda: account.execution_ms(nested), runs),
        "1,000-item Distributed Map": _median_of(lambda: account.execution_ms(mapped), max(3, runs // 5)),
        "warm Lambda call": _median_ms(lambda: account.invoke(function_arn), runs),
        "execution of one Lambda": _median_of(lambda: account.execution_ms(call), runs),
    }


def _chain() -> dict[str, Any]:
    step = {"Type": "Pass", "Output": "{% {'n': $states.input.n + 1} %}"}
    first = {"S0": {"Type": "Pass", "Output": {"n": 0}, "Next": "S1"}}
    rest = {f"S{i}": {**step, "Next": f"S{i + 1}"} for i in range(1, CHAIN - 1)}
    return {**first, **rest, f"S{CHAIN - 1}": {**step, "End": True}}


def _task(resource: str, arguments: dict[str, Any]) -> dict[str, Any]:
    return {"Type": "Task", "Resource": f"arn:aws:states:::{resource}", "Arguments": arguments, "End": True}


def _distributed_map() -> dict[str, Any]:
    config = {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"}
    one = {"P": {"Type": "Pass", "Output": "{% $states.input * 2 %}", "End": True}}
    return {
        "Type": "Map",
        "Items": list(range(ITEMS)),
        "MaxConcurrency": 40,
        "ItemProcessor": {"ProcessorConfig": config, "StartAt": "P", "States": one},
        "End": True,
    }


def _median_ms(work: Callable[[], object], runs: int) -> float:
    """Median of the wall time, requests and polling included."""

    def timed() -> float:
        started = time.perf_counter()
        work()
        return (time.perf_counter() - started) * 1000

    return _median_of(timed, runs)


def _median_of(measure: Callable[[], float], runs: int) -> float:
    measure()
    return statistics.median(measure() for _ in range(runs))


def _resident_mb(pid: int) -> float:
    listed = subprocess.run(["ps", "-o", "rss=", "-p", str(pid)], capture_output=True, text=True, check=True)
    return int(listed.stdout) / 1024


def _policy(statement: dict[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


if __name__ == "__main__":
    main()
