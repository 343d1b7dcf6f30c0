"""The states that neither call nor fan out: Pass, Succeed, Fail, Choice and Wait."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any

from rehearsal.asl.expressions import QueryError, require_type
from rehearsal.asl.ports import StatesError
from rehearsal.asl.recovery import Departure
from rehearsal.asl.strand import Visit
from rehearsal.asl.templates import Expression
from rehearsal.asl.wire import dumps

MAX_WAIT_SECONDS = 99_999_999
MAX_SECONDS_AHEAD = 2**31 - 1  # of a Timestamp; recorded: 24,855 days pass, 24,856 don't
_TIMESTAMP = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:\d\d)")


def parse_timestamp(text: str) -> float | None:
    """Epoch seconds of an RFC 3339 timestamp with an upper-case T and an offset; None if it isn't one."""
    match = _TIMESTAMP.fullmatch(text)
    if match is None:
        return None
    fraction = match[1] or ""
    try:
        moment = datetime.fromisoformat(text.replace(fraction, "", 1) if fraction else text)
    except ValueError:
        return None
    return moment.timestamp() + (float(fraction) if fraction else 0.0)


async def run_pass(visit: Visit) -> Departure:
    """Pass and Succeed."""
    return visit.leave(visit.state.exit, visit.input)


async def run_fail(visit: Visit) -> Departure:
    """Fail: nothing is invented where Error or Cause is missing."""
    error = visit.typed_field("Error", "string")
    raise StatesError(error, visit.typed_field("Cause", "string"))


async def run_choice(visit: Visit) -> Departure:
    """Choice: the first rule that holds, else Default."""
    for index, rule in enumerate(visit.state.rules):
        condition = visit.value(rule.condition)
        if not isinstance(condition, bool):
            text = rule.condition.text if isinstance(rule.condition, Expression) else dumps(condition)
            try:
                require_type(condition, "boolean", text, rule.location)
            except QueryError as error:
                raise visit.query_failed(error) from None
        if condition:
            visit.step(f"/Choices[{index}]")
            return visit.leave(rule.exit, visit.input)
    if visit.state.exit.next is None:
        raise visit.runtime_error(
            "Failed to transition out of the state. The state does not point to a next state."
        )
    visit.step("/Default")
    return visit.leave(visit.state.exit, visit.input)


async def run_wait(visit: Visit) -> Departure:
    """Wait, for Seconds or until Timestamp."""
    if "Seconds" in visit.state.fields:
        seconds = _seconds(visit, visit.typed_field("Seconds", "number"))
    else:
        seconds = _seconds_until(visit, visit.typed_field("Timestamp", "string"))
    await visit.run.pause(seconds)
    return visit.leave(visit.state.exit, visit.input)


def _seconds(visit: Visit, seconds: Any) -> float:
    if isinstance(seconds, float) and not seconds.is_integer():
        raise _refused(
            visit, "Seconds", f"The Seconds field cannot be parsed as a long value: {dumps(seconds)}"
        )
    if seconds < 0:
        raise _refused(visit, "Seconds", f"The Seconds field references a negative value: {dumps(seconds)}")
    if seconds > MAX_WAIT_SECONDS:
        raise _refused(visit, "Seconds", "Wait state delay is too long.")
    return float(seconds)


def _seconds_until(visit: Visit, timestamp: str) -> float:
    moment = parse_timestamp(timestamp)
    if moment is None:
        raise _refused(
            visit,
            "Timestamp",
            "The Timestamp field cannot be parsed as an ISO-8601 extended offset date-time format string: "
            + timestamp,
        )
    if moment - visit.run.clock.time() > MAX_SECONDS_AHEAD:
        raise visit.runtime_error("Wait state delay is too long.")
    return max(0.0, moment - visit.run.clock.time())


def _refused(visit: Visit, location: str, reason: str) -> StatesError:
    return visit.out_of_range(visit.state.fields[location], location, reason)
