"""Activities: tasks that workers poll for, and the API to create, list and poll them."""

from __future__ import annotations

import asyncio
from collections import deque
from dataclasses import dataclass, field
from typing import Any

from rehearsal.asl.execution import Execution
from rehearsal.asl.host import TaskCall
from rehearsal.asl.ports import Clock, StatesError
from rehearsal.asl.wire import dumps
from rehearsal.emulator.platform import Platform, ServiceError
from rehearsal.stepfunctions.creation import check_name
from rehearsal.stepfunctions.encryption import ACTIVITY_CONTEXT, READ, WRITE, KeyChecks, customer_key
from rehearsal.stepfunctions.operations import Operation, Request
from rehearsal.stepfunctions.paging import page
from rehearsal.stepfunctions.tags import tagged

POLL_SECONDS = 60  # https://docs.aws.amazon.com/step-functions/latest/apireference/API_GetActivityTask.html


@dataclass
class _Task:
    token: str
    text: str
    worker: asyncio.Future[str | None]


@dataclass
class _Activity:
    arn: str
    name: str
    creation_date: float
    encryption: dict[str, Any]
    tags: dict[str, str]
    waiting: deque[_Task] = field(default_factory=deque)
    pollers: deque[asyncio.Future[_Task]] = field(default_factory=deque)


class Activities:
    """All activities of the account; on the engine's loop."""

    def __init__(self, platform: Platform, clock: Clock) -> None:
        self._prefix = f"arn:aws:states:{platform.region}:{platform.account_id}:activity:"
        self._clock = clock
        self._keys = KeyChecks(platform)
        self._activities: dict[str, _Activity] = {}

    def operations(self) -> dict[str, Operation]:
        """Return the operations by their names."""
        return {
            "CreateActivity": self._create,
            "DeleteActivity": self._delete,
            "DescribeActivity": self._describe,
            "GetActivityTask": self._poll,
            "ListActivities": self._list,
        }

    def arn(self, name: str) -> str:
        """Return the ARN of an activity of that name."""
        return self._prefix + name

    def exists(self, arn: str) -> bool:
        """Whether there is such an activity."""
        return arn in self._activities

    def tags(self, arn: str) -> dict[str, str] | None:
        """Return an activity's tags, to be changed in place; None where there is no such activity."""
        return self._activities[arn].tags if arn in self._activities else None

    async def offer(self, call: TaskCall) -> str | None:
        """Put a task up until a worker takes it; return the worker's name."""
        activity = self._activities[str(call.integration.activity_arn)]
        self._encrypt(activity, call.execution)
        loop = asyncio.get_running_loop()
        task = _Task(str(call.token), dumps(call.arguments), loop.create_future())
        activity.waiting.append(task)
        _match(activity)
        try:
            return await task.worker
        finally:
            if task in activity.waiting:
                activity.waiting.remove(task)

    def _encrypt(self, activity: _Activity, execution: Execution) -> None:
        """The machine's role encrypts the input, and opens it for the worker, with the activity's key."""
        key = customer_key(activity.encryption)
        if key is None:
            return
        machine_arn = execution.machine_arn.partition("/")[0]
        try:
            self._keys.role(
                execution.role_arn, (READ, WRITE), key, machine_arn, **{ACTIVITY_CONTEXT: activity.arn}
            )
        except ServiceError as refused:
            raise StatesError("States.Runtime", refused.message) from refused

    def _create(self, request: Request, caller: str | None) -> Request:
        check_name(request["name"])
        arn = self.arn(request["name"])
        encryption = request.get("encryptionConfiguration") or {"type": "AWS_OWNED_KEY"}
        key = customer_key(encryption)
        if key:
            self._keys.activity_creation(arn, key, caller)
        wanted = _Activity(arn, request["name"], self._clock.time(), encryption, tagged(request.get("tags")))
        found = self._activities.setdefault(arn, wanted)
        if found.encryption != encryption:
            raise ServiceError("ActivityAlreadyExists", f"Activity Already Exists: '{arn}'")
        return {"activityArn": arn, "creationDate": found.creation_date}

    def _delete(self, request: Request, _: str | None) -> Request:
        self._activities.pop(request["activityArn"], None)
        return {}

    def _describe(self, request: Request, _: str | None) -> Request:
        activity = self._require(request["activityArn"])
        return {**_row(activity), "encryptionConfiguration": activity.encryption}

    def _list(self, request: Request, _: str | None) -> Request:
        found = sorted(self._activities.values(), key=lambda activity: activity.name)
        return page("activities", [_row(activity) for activity in found], request)

    async def _poll(self, request: Request, caller: str | None) -> Request:
        """Wait for a task, at most as long as AWS does; an answer without a token means there was none."""
        activity = self._require(request["activityArn"])
        key = customer_key(activity.encryption)
        if key:
            self._keys.caller(caller, (READ,), key, **{ACTIVITY_CONTEXT: activity.arn})
        given: asyncio.Future[_Task] = asyncio.get_running_loop().create_future()
        activity.pollers.append(given)
        _match(activity)
        await asyncio.wait([given], timeout=POLL_SECONDS)
        if not given.done():
            activity.pollers.remove(given)
            return {}
        task = given.result()
        if not task.worker.done():  # else it was given up in the same moment; its token says so to the worker
            task.worker.set_result(request.get("workerName"))
        return {"taskToken": task.token, "input": task.text}

    def _require(self, arn: str) -> _Activity:
        if arn not in self._activities:
            raise ServiceError("ActivityDoesNotExist", f"Activity Does Not Exist: '{arn}'")
        return self._activities[arn]


def _row(activity: _Activity) -> Request:
    return {"activityArn": activity.arn, "name": activity.name, "creationDate": activity.creation_date}


def _match(activity: _Activity) -> None:
    """Give waiting tasks to waiting pollers, both in order."""
    while activity.waiting and activity.pollers:
        activity.pollers.popleft().set_result(activity.waiting.popleft())
