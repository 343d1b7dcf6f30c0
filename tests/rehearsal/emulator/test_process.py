"""The emulator's process: it comes up healthy, says why it can't, and never outlives its parent."""

from __future__ import annotations

import http.client
import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from rehearsal.emulator.environment import ROOT_DIR
from rehearsal.emulator.process import Emulator, EmulatorError
from tests.rehearsal.conftest import Account

PARENT = """
import sys
from pathlib import Path
from typing import Any
from rehearsal.emulator.process import Emulator
emulator = Emulator.start(work_dir=Path(sys.argv[1]))
print(emulator.pid, flush=True)
sys.stdin.read()
"""


def control(emulator: Emulator, method: str, path: str, request: Any = None) -> Any:
    connection = http.client.HTTPConnection(emulator.endpoint_url.removeprefix("http://"))
    connection.request(method, f"/_rehearsal/{path}", json.dumps(request) if request else None)
    answer = json.load(connection.getresponse())
    connection.close()
    return answer


def is_gone(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return True
    return state == "Z"


def processes_of(work_dir: Path) -> list[int]:
    """The processes that have a path below the directory in their command line."""
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            command = (entry / "cmdline").read_bytes()
        except OSError:
            continue
        if str(work_dir).encode() in command:
            found.append(int(entry.name))
    return found


def test_a_started_emulator_is_healthy_and_has_our_services(emulator: Emulator) -> None:
    health = control(emulator, "GET", "health")
    assert health["status"] == "healthy"
    assert health["services"] == ["sagemaker", "states"]


def test_a_port_in_use_is_refused_in_one_line_with_the_remedy(emulator: Emulator, work_dir: Path) -> None:
    port = int(emulator.endpoint_url.rpartition(":")[2])
    with pytest.raises(EmulatorError, match=f"Port {port} .* Remedy: .*--port") as refused:
        Emulator.start(work_dir=work_dir, port=port)
    assert "\n" not in str(refused.value)


def test_a_function_sees_nothing_of_the_environment_of_the_caller(aws: Account) -> None:
    assert "PYTEST_CURRENT_TEST" in os.environ
    source = "import os\ndef handler(event, context):\n    return sorted(os.environ)\n"
    answer = aws.client("lambda").invoke(FunctionName=aws.function(source))
    names = json.load(answer["Payload"])
    assert "AWS_ENDPOINT_URL" in names
    assert not [name for name in names if name.startswith(("PYTEST", "VIRTUAL_ENV", "PYTHONPATH"))]


@pytest.mark.rehearsal
def test_no_process_survives_when_the_parent_is_killed_outright(work_dir: Path, aws: Account) -> None:
    parent = subprocess.Popen(
        [sys.executable, "-c", PARENT, str(work_dir)],
        cwd=ROOT_DIR,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert parent.stdout is not None and parent.stdin is not None
    pid = int(parent.stdout.readline())
    parent.send_signal(signal.SIGKILL)
    parent.wait()
    aws.eventually(lambda: is_gone(pid))
    parent.stdout.close()
    parent.stdin.close()


def test_stopping_takes_running_functions_along(work_dir: Path, aws: Account) -> None:
    source = "import os, time\ndef handler(event, context):\n    return os.getpid()\n"
    with Emulator.start(work_dir=work_dir) as own:
        account = Account(own)
        function_arn = account.function(source)
        pid = json.load(own.client("lambda").invoke(FunctionName=function_arn)["Payload"])
        os.kill(pid, 0)
    aws.eventually(lambda: is_gone(pid))
    assert is_gone(own.pid)


def test_a_busy_function_and_a_job_end_when_the_emulator_is_killed_outright(
    work_dir: Path, aws: Account
) -> None:
    pids = work_dir / "pids"
    program = f"import os, signal; open({str(pids)!r}, 'a').write(f'{{os.getpid()}} '); signal.pause()"
    with Emulator.start(work_dir=work_dir, root_dir=aws.emulator.root_dir) as own:
        account = Account(own)
        function_arn = account.function(f"def handler(event, context):\n    {program}\n")
        own.client("lambda").invoke(FunctionName=function_arn, InvocationType="Event")
        own.client("sagemaker").create_processing_job(**account.processing_job(program))
        aws.eventually(lambda: pids.exists() and len(pids.read_text().split()) == 2)
        assert len(processes_of(work_dir)) >= 3
        os.kill(own.pid, signal.SIGKILL)
    aws.eventually(lambda: not processes_of(work_dir))


def test_faults_are_installed_listed_and_cleared_over_the_control_route(emulator: Emulator) -> None:
    fault = {"fault": "out_of_memory", "name": "nobody-*"}
    assert control(emulator, "POST", "faults", fault)["faults"][0]["fault"] == "out_of_memory"
    assert len(control(emulator, "GET", "faults")["faults"]) == 1
    assert "no control route" in control(emulator, "GET", "nonsense")["message"]
    assert control(emulator, "DELETE", "faults")["faults"] == []


def test_what_a_role_was_allowed_and_denied_is_on_record(aws: Account, emulator: Emulator) -> None:
    role_arn = aws.role("states", "s3:ListAllMyBuckets")
    aws.run(aws.task("arn:aws:states:::aws-sdk:s3:listBuckets", {}, role_arn))
    aws.run(aws.task("arn:aws:states:::aws-sdk:sns:listTopics", {}, role_arn))
    entries = [e for e in control(emulator, "GET", "access")["access"] if e["principal"] == role_arn]
    assert {e["action"]: (e["allowed"], e["denied"]) for e in entries} == {
        "s3:ListAllMyBuckets": (1, 0),
        "sns:ListTopics": (0, 1),
    }


def test_a_fault_outside_the_catalogue_is_refused_by_name(emulator: Emulator) -> None:
    refused = control(emulator, "POST", "faults", {"fault": "earthquake"})
    assert refused["error"] == "ValidationException"
    assert "'earthquake' is unknown" in refused["message"]


def test_stopping_twice_does_no_harm(work_dir: Path) -> None:
    running = Emulator.start(work_dir=work_dir)
    running.stop()
    running.stop()
    assert is_gone(running.pid)
