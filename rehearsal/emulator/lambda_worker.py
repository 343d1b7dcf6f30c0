"""Runs one Python function for ministack's worker protocol, reporting failures the way Lambda's runtime does.

Executed as a script of its own in the function's process: standard library only, and of ours what lambdas.py
puts before it. Standard input carries one JSON line of set-up and then one per invocation; each answer is one
JSON line.
"""

import glob
import importlib
import io
import json
import os
import site
import sys
import threading
import time
import traceback
from typing import Any, TextIO

from rehearsal.emulator.workload.wrong_clock import set_clock

PARENT_CHECK_SECONDS = 0.5
CODE_DIR = "/var/task"  # where a function finds itself on AWS


class Context:
    """Lambda's context object."""

    identity = None
    client_context = None

    def __init__(self, setup: dict[str, Any], call: dict[str, Any]) -> None:
        self.function_name = setup.get("function_name", "")
        self.function_version = os.environ.get("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST")
        self.memory_limit_in_mb = setup.get("memory", 128)
        self.invoked_function_arn = call.get("invoked_function_arn", setup.get("arn", ""))
        self.aws_request_id = call.get("request_id", "")
        self.log_group_name = f"/aws/lambda/{self.function_name}"
        self.log_stream_name = os.environ.get("AWS_LAMBDA_LOG_STREAM_NAME", "")
        self._deadline = time.time() + call.get("timeout_ms", 3000) / 1000

    def get_remaining_time_in_millis(self) -> int:
        """Return the milliseconds that are left of the function's timeout."""
        return max(0, int((self._deadline - time.time()) * 1000))


def main() -> None:
    """Load the handler, then answer invocations until the input ends."""
    threading.Thread(target=_end_with_parent, args=(os.getppid(),), daemon=True).start()
    answers, output = sys.stdout, io.StringIO()
    sys.stdout = sys.stderr = output  # for good: loggers keep the stream they find at import
    setup = json.loads(sys.stdin.readline())
    _extend_path(setup["code_dir"])
    try:
        handler = _load(setup["module"], setup["handler"])
    except Exception as failure:
        _write(answers, {"status": "error", "error": json.dumps(_import_failure(setup, failure))})
        return
    _write(answers, {"status": "ready", "cold": True})
    for line in sys.stdin:
        message = json.loads(line)
        call = message.get("ctx") or {}
        set_clock((call.get("durable") or {}).get("clock_offset_seconds", 0.0))
        _write(answers, {**_invoke(handler, message["event"], setup, call), "output": _taken(output)})


class HandlerNotFoundError(Exception):
    """The module has no such handler."""


class MarshalError(Exception):
    """The function returned what JSON can't carry."""


def _end_with_parent(parent: int) -> None:
    """End this process when the emulator is gone, even in the middle of an invocation."""
    while os.getppid() == parent:
        time.sleep(PARENT_CHECK_SECONDS)
    os._exit(1)


def _extend_path(code_dir: str) -> None:
    for layer in filter(None, os.environ.get("_LAMBDA_LAYERS_DIRS", "").split(os.pathsep)):
        packages = os.path.join(layer, "python")  # noqa: PTH118
        sys.path.insert(0, packages)
        for installed in glob.glob(os.path.join(packages, "lib", "python*", "site-packages")):  # noqa: PTH118, PTH207
            site.addsitedir(installed)
    sys.path.insert(0, code_dir)


def _load(module: str, name: str) -> Any:
    loaded = importlib.import_module(module)
    if not hasattr(loaded, name):
        raise HandlerNotFoundError(f"Handler '{name}' missing on module '{module}'")
    return getattr(loaded, name)


def _import_failure(setup: dict[str, Any], failure: Exception) -> dict[str, Any]:
    module = setup["module"]
    if isinstance(failure, HandlerNotFoundError):
        return {"errorType": "Runtime.HandlerNotFound", "errorMessage": str(failure)}
    if isinstance(failure, ImportError):
        message = f"Unable to import module '{module}': {failure}"
        return {"errorType": "Runtime.ImportModuleError", "errorMessage": message}
    if isinstance(failure, SyntaxError):
        message = f"Syntax error in module '{module}': {failure}"
        return {"errorType": "Runtime.UserCodeSyntaxError", "errorMessage": message}
    return {"errorType": type(failure).__name__, "errorMessage": str(failure)}


def _invoke(handler: Any, event: Any, setup: dict[str, Any], call: dict[str, Any]) -> dict[str, Any]:
    _set_trace(call.get("trace_id"))
    try:
        return {"status": "ok", "result": _body(handler(event, Context(setup, call)))}
    except SystemExit as left:
        failure = _exit_failure(call, left.code if isinstance(left.code, int) else 1)
    except Exception as raised:
        # Not an error to ministack, which would end this process: on AWS it lives on, too.
        failure = _failure(raised, setup["code_dir"], call)
        return {"status": "ok", "failure": failure}
    return {"status": "error", "error": failure["errorMessage"], "failure": failure}


def _body(result: Any) -> Any:
    """The response as its caller reads it; bytes are the body itself, JSON or not."""
    if isinstance(result, bytes):
        text = result.decode()
        try:
            return json.loads(text)
        except ValueError:
            return text
    try:
        return json.loads(json.dumps(result))
    except TypeError as failure:
        raise MarshalError(f"Unable to marshal response: {failure}") from failure


def _failure(failure: Exception, code_dir: str, call: dict[str, Any]) -> dict[str, Any]:
    is_ours = isinstance(failure, MarshalError)  # raised outside the function's code: no trace of it
    frames = [] if is_ours else traceback.extract_tb(failure.__traceback__)[1:]
    print("".join(traceback.format_exception(failure)))  # noqa: T201 - into the function's log
    return {
        "errorMessage": str(failure),
        "errorType": "Runtime.MarshalError" if is_ours else type(failure).__name__,
        "requestId": call.get("request_id", ""),
        "stackTrace": [line.replace(code_dir, CODE_DIR) for line in traceback.format_list(frames)],
    }


def _exit_failure(call: dict[str, Any], code: int) -> dict[str, Any]:
    reason = "Runtime exited without providing a reason" if code == 0 else f"exit status {code}"
    message = reason if code == 0 else f"Runtime exited with error: {reason}"
    request_id = call.get("request_id", "")
    return {"errorType": "Runtime.ExitError", "errorMessage": f"RequestId: {request_id} Error: {message}"}


def _taken(output: io.StringIO) -> str:
    text = output.getvalue()
    output.seek(0)
    output.truncate()
    return text


def _set_trace(trace_id: str | None) -> None:
    os.environ.pop("_X_AMZN_TRACE_ID", None)
    if trace_id:
        os.environ["_X_AMZN_TRACE_ID"] = trace_id


def _write(answers: TextIO, answer: dict[str, Any]) -> None:
    answers.write(json.dumps(answer) + "\n")
    answers.flush()


if __name__ == "__main__":
    main()
