"""ItemBatcher: items grouped by number and by size into the inputs of child executions."""

from __future__ import annotations

from typing import Any

from rehearsal.asl.map_runs import ChildInput
from rehearsal.asl.program import Distribution
from rehearsal.asl.strand import Visit
from rehearsal.asl.wire import MAX_PAYLOAD_BYTES, dumps


def child_inputs(visit: Visit, distribution: Distribution, items: list[Any]) -> list[ChildInput]:
    """The inputs of the child executions: the items themselves, or batches of them."""
    if not distribution.batcher:
        return [ChildInput(item, 1) for item in items]
    fixed = {}
    if "BatchInput" in distribution.batcher:
        fixed["BatchInput"] = visit.value(distribution.batcher["BatchInput"])
    most_items = _limit(visit, distribution, "MaxItemsPerBatch", len(items) or 1)
    most_bytes = min(
        _limit(visit, distribution, "MaxInputBytesPerBatch", MAX_PAYLOAD_BYTES), MAX_PAYLOAD_BYTES
    )
    most_bytes -= len(dumps({**fixed, "Items": []}).encode()) - 1  # no comma follows the last item
    return [
        ChildInput({**fixed, "Items": batch}, len(batch)) for batch in _batches(items, most_items, most_bytes)
    ]


def _limit(visit: Visit, distribution: Distribution, name: str, default: int) -> int:
    template = distribution.batcher.get(name)
    if template is None:
        return default
    limit = visit.value(template)
    if isinstance(limit, bool) or not isinstance(limit, (int, float)) or limit != int(limit) or limit < 1:
        reason = f"{name} must be a positive integer, but was {dumps(limit)}."
        raise visit.out_of_range(template, f"ItemBatcher/{name}", reason)
    return int(limit)


def _batches(items: list[Any], most_items: int, most_bytes: int) -> list[list[Any]]:
    batches: list[list[Any]] = []
    size = 0
    for item in items:
        item_bytes = len(dumps(item).encode()) + 1
        if not batches or len(batches[-1]) >= most_items or size + item_bytes > most_bytes:
            batches.append([])
            size = 0
        batches[-1].append(item)
        size += item_bytes
    return batches
