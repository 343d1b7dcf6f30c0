"""An emulator that closes starts nothing: what stopping sets off reaches nobody, and is told from faults."""

from __future__ import annotations

import logging
import queue
from collections.abc import Iterator
from typing import Any

import pytest

from rehearsal.emulator import hooks
from rehearsal.emulator.embedded import EmbeddedPlatform
from rehearsal.emulator.fidelity.lambdas import not_started


@pytest.fixture
def delivered() -> Iterator[queue.Queue[str]]:
    """The detail types of what arrives on the bus."""
    arrived: queue.Queue[str] = queue.Queue()

    def put_events(data: dict[str, Any], **_: bool) -> None:
        arrived.put(data["Entries"][0]["DetailType"])

    before = hooks.replace("services.eventbridge:_put_events", put_events)
    yield arrived
    hooks.replace("services.eventbridge:_put_events", before)


def test_no_event_of_what_closing_stops_is_delivered(delivered: queue.Queue[str]) -> None:
    platform = EmbeddedPlatform("111122223333", "eu-west-1", "http://127.0.0.1:1")
    platform.put_event("aws.states", "before", {}, [])
    assert delivered.get(timeout=10) == "before"
    platform.close()
    platform.put_event("aws.states", "an execution was aborted", {}, [])
    platform.delivery.join(10)
    assert not platform.delivery.is_alive()
    assert delivered.empty()


@pytest.mark.parametrize(
    ("is_closing", "level", "text"),
    [
        (True, logging.INFO, "was ended while it started: the embedded AWS is closing"),
        (False, logging.WARNING, "didn't start: no module named x"),
    ],
)
def test_a_worker_ended_by_the_closing_is_told_apart_from_one_that_does_not_start(
    is_closing: bool, level: int, text: str
) -> None:
    told = not_started("janitor", "no module named x", is_closing=is_closing)
    assert told == (level, f"a worker of janitor {text}")
