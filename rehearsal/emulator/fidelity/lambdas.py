"""Python functions run under our worker, which reports errors by AWS's names and hands over its own output.

ministack calls every exception Runtime.HandlerError and waits 50 ms for standard error after each call.
"""

from __future__ import annotations

import contextlib
import json
import logging
import os
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from rehearsal.emulator import hooks, lambda_worker
from rehearsal.emulator.environment import WORKLOAD_DIR
from rehearsal.emulator.faults import Faults
from rehearsal.emulator.fidelity import function_keys
from rehearsal.emulator.fidelity.authorization import current_caller
from rehearsal.emulator.platform import Platform, ServiceError
from rehearsal.emulator.workload import wrong_clock

log = logging.getLogger(__name__)

INIT_FAILED = "Worker init failed: "
RESPONSE_LIMIT_BYTES = 6_291_556  # Lambda's limit for a synchronous response
PRINCIPAL = "lambda.amazonaws.com"
# The ones that CreateFunction is refused for; the others fail later, when interfaces are made.
NETWORK_ACTIONS = ("CreateNetworkInterface", "DescribeNetworkInterfaces", "DeleteNetworkInterface")
WORKERS_AT_ONCE = 2 * (os.cpu_count() or 2)
SLOT_WAIT_SECONDS = 10

Result = dict[str, Any]


class Slots:
    """How many workers of one function run at a time: more would only share the same few processors.

    An invocation that can't get one in time runs all the same, since it may be what the others wait for.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._free: dict[str, threading.Semaphore] = {}

    @contextlib.contextmanager
    def taken(self, name: str) -> Iterator[None]:
        """Hold a slot of the function for the duration."""
        with self._lock:
            free = self._free.setdefault(name, threading.Semaphore(WORKERS_AT_ONCE))
        is_taken = free.acquire(timeout=SLOT_WAIT_SECONDS)
        try:
            yield
        finally:
            if is_taken:
                free.release()


def install(platform: Platform, faults: Faults) -> None:
    """Put our worker script and our reading of its answers in place of ministack's."""
    hooks.replace("core.lambda_runtime:_PYTHON_WORKER_SCRIPT", _worker_script())
    # Our worker sends its output along; what is left on standard error doesn't have to be awaited.
    without_waiting = hooks.use("core.lambda_runtime:Worker._drain_stderr")
    hooks.replace("core.lambda_runtime:Worker._drain_stderr_bounded", without_waiting)
    execute_other = hooks.use("services.lambda_svc:_execute_function_warm")

    slots, clocks = Slots(), Clocks(faults)

    def execute(func: dict[str, Any], event: Any, request_id: str) -> Result:
        config = func.get("config") or func
        if not str(config.get("Runtime", "")).startswith("python") or not func.get("code_zip"):
            other: Result = execute_other(func, event, request_id)
            return other
        name = config["FunctionName"]
        if faults.strike("lambda_throttling", "Function", name):
            return _throttled(name)
        unopened = function_keys.unopened(platform, config)
        if unopened:
            return unopened
        with slots.taken(name):
            crash = faults.strike("lambda_crash", "Function", name)
            if crash and crash["when"] == "before":
                return _crashed(request_id)
            offset = clocks.offset_of(name)
            dies = crash is not None
            return _execute(platform, config, func["code_zip"], event, request_id, offset, dies=dies)

    hooks.replace("services.lambda_svc:_execute_function_warm", execute)
    _check_roles(platform)


def _worker_script() -> str:
    """The worker with what it imports of ours before it: nothing of the rehearsal is on a function's path."""
    time_outs, clock = ((WORKLOAD_DIR / name).read_text() for name in ("sitecustomize.py", "wrong_clock.py"))
    module = wrong_clock.__name__
    installed = f"import sys, types\n_clock = sys.modules[{module!r}] = types.ModuleType({module!r})\n"
    executed = f"exec({clock!r}, vars(_clock))\n"
    return f"{time_outs}\n\n{installed}{executed}\n{Path(lambda_worker.__file__).read_text()}"


def _check_roles(platform: Platform) -> None:
    """Refuse a function whose role doesn't trust Lambda, or can't be passed to it, when it is created."""
    create_unchecked = hooks.use("services.lambda_svc:_create_function")
    update_unchecked = hooks.use("services.lambda_svc:_update_config")

    def create(data: dict[str, Any]) -> Any:
        name = str(data.get("FunctionName", "")).rpartition(":")[2]
        arn = f"arn:aws:lambda:{platform.region}:{platform.account_id}:function:{name}"
        try:
            platform.require_pass_role(current_caller(), data.get("Role", ""), PRINCIPAL)
        except ServiceError as refused:
            return _refused(refused.code, refused.message, 403)
        try:
            platform.credentials(data.get("Role", ""), PRINCIPAL, "creation-check", arn)
            _check_network(platform, data.get("Role", ""), data.get("VpcConfig") or {})
            function_keys.require_configurable(platform, data.get("KMSKeyArn"))
        except ServiceError as refused:
            prefix = "The role defined for the function cannot be assumed by Lambda."
            is_other = refused.code == "InvalidParameterValueException"
            message = refused.message if is_other else f"{prefix} ({refused.message})"
            return _refused("InvalidParameterValueException", message, 400)
        return create_unchecked(data)

    def update(name: str, data: dict[str, Any]) -> Any:
        try:
            function_keys.require_configurable(platform, data.get("KMSKeyArn"))
        except ServiceError as refused:
            return _refused(refused.code, refused.message, 400)
        return update_unchecked(name, data)

    hooks.replace("services.lambda_svc:_create_function", create)
    hooks.replace("services.lambda_svc:_update_config", update)


def _refused(code: str, message: str, status: int) -> tuple[int, dict[str, str], bytes]:
    headers = {"Content-Type": "application/json", "x-amzn-ErrorType": code}
    return status, headers, json.dumps({"Type": "User", "message": message}).encode()


def _check_network(platform: Platform, role_arn: str, vpc: dict[str, Any]) -> None:
    """Raise ServiceError for a VpcConfig of what doesn't exist, or a role that can't join the network."""
    fault = platform.network_fault(vpc)
    if fault:
        raise ServiceError("InvalidParameterValueException", f"The provided VpcConfig is invalid: {fault}")
    for action in NETWORK_ACTIONS if vpc.get("SubnetIds") else ():
        if platform.is_allowed(role_arn, PRINCIPAL, f"ec2:{action}", "*"):
            raise ServiceError(
                "InvalidParameterValueException",
                f"The provided execution role does not have permissions to call {action} on EC2",
            )


class Clocks:
    """By how much the clock of each function is wrong: it jumps at an invocation and stays where it is."""

    def __init__(self, faults: Faults) -> None:
        self._faults = faults
        self._offsets: dict[str, float] = {}

    def offset_of(self, name: str) -> float:
        """Seconds that the function is ahead, after the jump that is due now, if one is."""
        jump = self._faults.strike("clock_jump", "Function", name)
        if jump:
            self._offsets[name] = self._offsets.get(name, 0.0) + jump["seconds"]
        return self._offsets.get(name, 0.0)


def _throttled(name: str) -> Result:
    answer: Result = hooks.use("services.lambda_svc:_throttle_response")(
        "ReservedFunctionConcurrentInvocationLimitExceeded", f"Rate Exceeded: function {name}"
    )
    return answer


def _crashed(request_id: str) -> Result:
    """What AWS says of a sandbox that was killed, whether or not the handler had done its work."""
    message = f"RequestId: {request_id} Error: Runtime exited with error: signal: killed"
    return _failed(_error("Runtime.ExitError", message), "")


def _execute(
    platform: Platform,
    config: dict[str, Any],
    code_zip: bytes,
    event: Any,
    request_id: str,
    clock_offset: float,
    *,
    dies: bool,
) -> Result:
    name, version = config["FunctionName"], config.get("Version", "$LATEST")
    hooks.use("services.lambda_svc:_ensure_reaper_thread")()
    worker, _ = hooks.use("core.lambda_runtime:acquire_worker")(name, config, code_zip, qualifier=version)
    if worker is None:
        return _throttled(name)
    try:
        trace_id = hooks.use("services.lambda_svc:_xray_trace_id_for_invocation")(config)
        arn = config.get("FunctionArn", "")
        clock = {"clock_offset_seconds": clock_offset}
        answer = worker.invoke(event, request_id, trace_id=trace_id, durable=clock, invoked_function_arn=arn)
        if dies:
            hooks.use("core.lambda_runtime:Worker.kill")(worker)
            return _crashed(request_id)
    except RuntimeError as failed:
        # Only this worker: ministack's own invalidate_worker ends those of running invocations as well.
        hooks.use("core.lambda_runtime:Worker.kill")(worker)
        printed = hooks.use("core.lambda_runtime:Worker._drain_stderr")(worker)
        log.log(*not_started(name, f"{failed}{printed}", is_closing=platform.is_closing))
        return _failed(init_failure(str(failed), request_id), str(failed))
    finally:
        hooks.use("core.lambda_runtime:release_worker")(worker)
    return result_of(answer, request_id)


def not_started(name: str, reason: str, *, is_closing: bool) -> tuple[int, str]:
    """How bad it is that a worker ended before it was ready, and what to say of it.

    One that is ended while it starts, because the embedded AWS closes, is nobody's fault.
    """
    if is_closing:
        return logging.INFO, f"a worker of {name} was ended while it started: the embedded AWS is closing"
    return logging.WARNING, f"a worker of {name} didn't start: {reason}"


def result_of(answer: dict[str, Any], request_id: str) -> Result:
    """Return what an invocation comes to, from the worker's answer."""
    output = "\n".join(filter(None, [answer.get("output", "").rstrip("\n"), answer.get("log", "")]))
    if "failure" in answer:
        return _failed(answer["failure"], output)
    if answer["status"] == "ok":
        size = len(json.dumps(answer.get("result")))
        if size <= RESPONSE_LIMIT_BYTES:
            return {"body": answer.get("result"), "log": output}
        message = (
            f"Response payload size exceeded maximum allowed payload size ({RESPONSE_LIMIT_BYTES} bytes)."
        )
        return _failed(_error("Function.ResponseSizeTooLarge", message), output)
    if answer["error"].startswith("Task timed out"):
        return _failed(
            _error("Sandbox.Timedout", f"RequestId: {request_id} Error: {answer['error']}"), output
        )
    message = f"RequestId: {request_id} Error: Runtime exited without providing a reason"
    return _failed(_error("Runtime.ExitError", message), output)


def init_failure(text: str, request_id: str) -> dict[str, Any]:
    """Return the error of a function that couldn't be loaded, from ministack's message about its worker."""
    if text.startswith(INIT_FAILED):
        reported: dict[str, Any] = json.loads(text.removeprefix(INIT_FAILED))
        return {**reported, "requestId": request_id, "stackTrace": []}
    message = f"RequestId: {request_id} Error: Runtime exited without providing a reason"
    return _error("Runtime.ExitError", message)


def _error(error_type: str, message: str) -> dict[str, Any]:
    return {"errorType": error_type, "errorMessage": message}


def _failed(body: dict[str, Any], output: str) -> Result:
    return {"body": body, "error": True, "log": output}
