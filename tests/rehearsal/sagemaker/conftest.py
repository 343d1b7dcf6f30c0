from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from rehearsal.sagemaker.images import Images
from rehearsal.sagemaker.model import ServiceModel
from rehearsal.sagemaker.service import SageMakerService
from tests.rehearsal.sagemaker.fakes import FakePlatform, write_container

TRAINER = """
import os, pathlib, signal, sys
opt = pathlib.Path(os.environ.get("OPT_ML", "/opt/ml"))
import json
hyper = json.loads((opt / "input/config/hyperparameters.json").read_text())
exec(hyper.get("code", "pass"))
"""

SERVER = """
import http.server, json, os, pathlib, signal, sys
model = pathlib.Path(os.environ.get("OPT_ML", "/opt/ml")) / "model/answer.txt"
answer = model.read_text()

class Handler(http.server.BaseHTTPRequestHandler):
    def reply(self, status, body):
        self.send_response(status)
        self.send_header("Content-Type", "text/csv")
        self.end_headers()
        self.wfile.write(body)
    def do_GET(self):
        self.reply(500 if answer == "sick" else 200, b"")
    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if body == b"crash":
            os._exit(3)
        rows = body.decode().splitlines()
        self.reply(400 if b"bad" in body else 200, "".join(f"{answer}:{row}\\n" for row in rows).encode())
    def log_message(self, *_):
        pass

if answer == "dead":
    sys.exit(1)
address = ("127.0.0.1", int(os.environ["SAGEMAKER_BIND_TO_PORT"]))
http.server.ThreadingHTTPServer(address, Handler).serve_forever()
"""


@pytest.fixture
def platform() -> FakePlatform:
    return FakePlatform()


@pytest.fixture
def root(tmp_path: Path) -> Path:
    write_container(tmp_path / "repo", "trainer", TRAINER)
    write_container(tmp_path / "repo", "server", SERVER)
    write_container(
        tmp_path / "repo",
        "worker",
        "import os, pathlib, signal, sys\n"
        "opt = pathlib.Path(os.environ.get('OPT_ML', '/opt/ml'))\n"
        "exec(sys.argv[1])",
    )
    return tmp_path / "repo"


class CheckedService(SageMakerService):
    """Holds every answer to the shape that AWS's own would have."""

    def handle(self, action: str, request: dict[str, Any], access_key_id: str | None) -> dict[str, Any]:
        answer = super().handle(action, request, access_key_id)
        faults = ServiceModel().faults_of_answer(action, answer)
        assert not faults, f"{action} answers what AWS would not: {faults}"
        return answer


@pytest.fixture
def service(platform: FakePlatform, root: Path, tmp_path: Path) -> Iterator[SageMakerService]:
    made = CheckedService(platform, tmp_path / "work", Images(root), time_scale=0.005)
    yield made
    made.close()
