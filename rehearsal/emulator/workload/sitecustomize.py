"""In functions and containers: a call that finds no way out of its VPC fails as the SDK fails on AWS.

In containers whose clock is wrong, it is wrong from the beginning; and a library that this machine has but
their image has not is not found.

Python imports this file by its name when a container's process starts; a function's worker begins with it.
Nothing else has it on its path. It waits for botocore, and changes nothing where that isn't used.
"""

import importlib
import importlib.util
import os
import sys
from importlib.machinery import PathFinder
from typing import Any

NO_WAY_HEADER = "x-rehearsal-no-way"
_ABSENT = frozenset(os.environ.get("REHEARSAL_ABSENT_LIBRARIES", "").split())


class _Watch:
    """Finds botocore's HTTP session as usual and sees to it that the emulator's word is understood."""

    def find_spec(self, name: str, path: Any = None, target: Any = None) -> Any:  # noqa: ARG002
        if name != "botocore.httpsession":
            return None
        sys.meta_path.remove(self)
        spec = importlib.util.find_spec(name)
        loader: Any = spec.loader if spec else None
        execute = loader.exec_module

        def execute_and_change(module: Any) -> None:
            execute(module)
            _raise_time_outs(module)

        loader.exec_module = execute_and_change
        return spec


def _raise_time_outs(module: Any) -> None:
    send = module.URLLib3Session.send

    def send_or_time_out(session: Any, request: Any) -> Any:
        answer = send(session, request)
        reason = answer.headers.get(NO_WAY_HEADER)
        if reason:
            raise module.ConnectTimeoutError(endpoint_url=f"{request.url} ({reason})")
        return answer

    module.URLLib3Session.send = send_or_time_out


class _InImage(PathFinder):
    """Finds what the image may have; what it has not is as if it were not installed."""

    @classmethod
    def find_spec(cls, fullname: str, path: Any = None, target: Any = None) -> Any:
        return None if fullname in _ABSENT else super().find_spec(fullname, path, target)


if _ABSENT:
    sys.meta_path[:] = [_InImage if finder is PathFinder else finder for finder in sys.meta_path]
sys.meta_path.insert(0, _Watch())
if "REHEARSAL_CLOCK_OFFSET_SECONDS" in os.environ:
    importlib.import_module("wrong_clock").set_clock(float(os.environ["REHEARSAL_CLOCK_OFFSET_SECONDS"]))
