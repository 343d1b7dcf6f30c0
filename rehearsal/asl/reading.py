"""ItemReader: what to read is settled before the map run starts, reading it is part of the run."""

from __future__ import annotations

from typing import Any

from rehearsal.asl.ports import StatesError
from rehearsal.asl.program import Reader
from rehearsal.asl.strand import Visit
from rehearsal.asl.wire import dumps


class Reading:
    """One reading of a Distributed Map's items; a setting of the wrong type is a runtime error at once."""

    def __init__(self, visit: Visit, reader: Reader) -> None:
        self._visit = visit
        self._resource = reader.resource
        self._config = visit.value(reader.config)
        self._arguments = visit.value(reader.arguments)
        most = self._config.get("MaxItems", 0)
        if isinstance(most, bool) or not isinstance(most, (int, float)) or most != int(most):
            reason = f"The MaxItems field is not a valid integer: {dumps(most)}"
            raise visit.out_of_range(reader.config, "ItemReader/ReaderConfig/MaxItems", reason)
        self._max_items = int(most)

    @property
    def source(self) -> str:
        """`$states.context.Map.Item.Source`: the object that holds the items, or the bucket listed."""
        parts = [str(self._arguments.get(name, "")) for name in ("Bucket", "Key")]
        return "S3://" + "/".join(part for part in parts if part)

    async def items(self) -> list[Any]:
        """The items, no more than MaxItems; raises States.ItemReaderFailed."""
        if self._max_items < 0:
            raise StatesError("States.ItemReaderFailed", "field MaxItems must be positive")
        run = self._visit.run
        items: Any = await run.host.read_items(self._resource, self._arguments, self._config, run.execution)
        if not isinstance(items, list):
            raise StatesError("States.ItemReaderFailed", "Attempting to map over non-iterable node.")
        return items[: self._max_items] if self._max_items else items
