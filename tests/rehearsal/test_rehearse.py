"""Whole rehearsals as a person starts them: real processes, real data, the real command."""

from __future__ import annotations

import json
import signal
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
pytestmark = pytest.mark.rehearsal


def rehearsal(*arguments: str, **options: Any) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "rehearsal", *arguments]
    return subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, timeout=300, check=False, **options
    )


def claims(result: dict[str, Any]) -> dict[str, bool]:
    return {finding["claim"]: finding["holds"] for finding in result["findings"]}


@pytest.fixture(scope="module")
def happy_path() -> dict[str, Any]:
    done = rehearsal("run", "happy-path", "--json")
    assert done.returncode == 0, done.stderr[-3000:]
    result: dict[str, Any] = json.loads(done.stdout)
    return result


def test_six_months_of_flights_become_an_endpoint_that_answers(happy_path: dict[str, Any]) -> None:
    assert happy_path["outcome"] == "Deployed"
    assert claims(happy_path)["the endpoint answers"]
    page = Path(happy_path["report"]).read_text()
    assert "<svg" in page
    assert "http://" not in page.replace("http://www.w3.org", ""), "the page asks nobody for anything"


def test_no_role_is_denied_anything_and_unused_grants_have_reasons(happy_path: dict[str, Any]) -> None:
    roles = json.loads(Path(happy_path["report"]).with_name("iam.json").read_text())["roles"]
    assert len(roles) > 20
    assert [(role["role"], call) for role in roles for call in role["denied"]] == []
    unused = [(role["role"], grant) for role in roles for grant in role["unused"]]
    assert [(role, grant) for role, grant in unused if not grant["reason"]] == []


def test_three_broken_months_end_as_rejected_data_with_nothing_lost() -> None:
    done = rehearsal("run", "bad-data", "--json")
    assert done.returncode == 0, done.stderr[-3000:]
    result = json.loads(done.stdout)
    assert result["outcome"] == "DataRejected"
    assert all(claims(result).values()), result["findings"]


def test_in_prod_a_reviewer_lets_the_model_go_live() -> None:
    done = rehearsal("run", "happy-path", "--stack", "prod", "--json")
    assert done.returncode == 0, done.stderr[-3000:]
    assert json.loads(done.stdout)["outcome"] == "Deployed"


def test_a_port_in_use_is_one_line_with_the_remedy() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        done = rehearsal("serve", "--port", str(port))
    assert done.returncode == 3
    assert str(port) in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1


@pytest.mark.parametrize("port", ["80000", "0", "-1", "http"])
def test_what_is_no_port_is_refused_before_anything_starts(port: str) -> None:
    done = rehearsal("serve", f"--port={port}")
    assert done.returncode == 2
    assert f"{port} is no port" in done.stderr


def test_a_scenario_that_does_not_exist_is_refused_with_those_that_do() -> None:
    done = rehearsal("run", "good-data")
    assert done.returncode == 2
    assert "happy-path" in done.stderr


def test_deploying_without_an_embedded_aws_says_how_to_start_one() -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    done = rehearsal("up", "--port", str(port))
    assert done.returncode == 3
    assert f"serve --port {port}" in done.stderr


def descendants(pid: int) -> set[int]:
    found: set[int] = set()
    for entry in Path("/proc").iterdir():
        try:
            parent = (
                int((entry / "stat").read_text().rsplit(")", 1)[1].split()[1]) if entry.name.isdigit() else 0
            )
        except (FileNotFoundError, ProcessLookupError):
            continue
        if parent == pid:
            found |= {int(entry.name)} | descendants(int(entry.name))
    return found


def heed_interrupts() -> None:
    """What a shell starts in the background ignores them, and so would whatever such tests start."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


@pytest.mark.skipif(not Path("/proc").exists(), reason="reads the process table of Linux")
def test_an_interrupted_rehearsal_leaves_no_process_behind() -> None:
    command = [sys.executable, "-m", "rehearsal", "run", "happy-path"]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    running = subprocess.Popen(command, cwd=ROOT, preexec_fn=heed_interrupts, **pipes)
    assert running.stdout
    for line in running.stdout:
        if "PrepareData" in line:
            break
    started = descendants(running.pid)
    assert started, "the rehearsal had started the embedded AWS"
    running.send_signal(signal.SIGINT)
    _, errors = running.communicate(timeout=60)
    assert running.returncode == 130, errors
    assert not {pid for pid in started if Path(f"/proc/{pid}").exists()}


def test_a_wrong_setting_is_refused_by_its_path_before_anything_runs() -> None:
    done = rehearsal("run", "happy-path", "-c", "training.spot.maxWindows=many")
    assert done.returncode == 2, done.stderr
    assert "training.spot.maxWindows" in done.stderr
    assert "many" in done.stderr
    assert done.stdout == "", "no embedded AWS was started"
