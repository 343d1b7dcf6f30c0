"""Invocation metrics and captured data, sent from one background thread so that invocations don't wait."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable
from dataclasses import dataclass

from rehearsal.emulator.platform import Platform

NAMESPACE = "AWS/SageMaker"
FLUSH_SECONDS = 0.3


@dataclass(frozen=True)
class Invocation:
    """What one invocation adds to the metrics; latencies in microseconds, as on AWS."""

    endpoint: str
    variant: str
    config_name: str | None
    instance_count: int
    status: int
    model_latency_us: float
    overhead_latency_us: float


class Telemetry:
    """The background thread; started by the first invocation."""

    def __init__(self, platform: Platform) -> None:
        self._platform = platform
        self._queue: queue.Queue[Invocation | None] = queue.Queue()
        self._flushers: set[Callable[[], None]] = set()
        self._thread: threading.Thread | None = None
        self._lock = threading.Lock()

    def record(self, invocation: Invocation, flush: Callable[[], None] | None = None) -> None:
        """Take an invocation; `flush` is called soon (a capture with something buffered)."""
        with self._lock:
            if flush:
                self._flushers.add(flush)
            if self._thread is None:
                self._thread = threading.Thread(target=self._loop, daemon=True, name="endpoint-telemetry")
                self._thread.start()
        self._queue.put(invocation)

    def close(self) -> None:
        """Send what is waiting and end."""
        if self._thread:
            self._queue.put(None)
            self._thread.join(5)

    def _loop(self) -> None:
        while True:
            try:
                invocation = self._queue.get(timeout=FLUSH_SECONDS)
            except queue.Empty:
                self._flush()
                continue
            if invocation is None:
                self._flush()
                return
            self._send(invocation)

    def _flush(self) -> None:
        with self._lock:
            flushers, self._flushers = self._flushers, set()
        for flush in flushers:
            flush()

    def _send(self, invocation: Invocation) -> None:
        dimensions = {"EndpointName": invocation.endpoint, "VariantName": invocation.variant}
        sets = [dimensions]
        if invocation.config_name:
            sets.append({**dimensions, "EndpointConfigName": invocation.config_name})
        is_client_error = 400 <= invocation.status < 500
        is_server_error = invocation.status >= 500 or invocation.status == 0
        values = (
            ("Invocations", 1.0, "None"),
            ("InvocationsPerInstance", 1.0 / max(1, invocation.instance_count), "None"),
            ("Invocation4XXErrors", float(is_client_error), "None"),
            ("Invocation5XXErrors", float(is_server_error), "None"),
            ("InvocationModelErrors", float(is_client_error or is_server_error), "None"),
            ("ModelLatency", invocation.model_latency_us, "Microseconds"),
            ("OverheadLatency", invocation.overhead_latency_us, "Microseconds"),
        )
        for dimension_set in sets:
            for name, value, unit in values:
                self._platform.put_metric(NAMESPACE, name, value, dimension_set, unit)
