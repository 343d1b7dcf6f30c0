"""What a Map iterates over, inline or distributed: its items, their selection and how many at a time."""

from __future__ import annotations

from typing import Any

from rehearsal.asl.expressions import QueryError
from rehearsal.asl.strand import Visit
from rehearsal.asl.wire import dumps

STATE_DATA = "STATE_DATA"  # the Source of items that come with the state's input


class Entry(dict[str, Any]):
    """A member of an object that is iterated over: an item with Key and Value."""


def entries(members: dict[str, Any]) -> list[Any]:
    """The items that an object stands for in a Distributed Map."""
    return [Entry(Key=key, Value=value) for key, value in members.items()]


def map_items(visit: Visit) -> list[Any]:
    """The items of a Map: its Items, else its input; only a Distributed Map takes an object, too."""
    if visit.state.distribution is not None:
        given = visit.field("Items", visit.input)
        if isinstance(given, dict):
            return entries(given)
    if "Items" in visit.state.fields:
        items: list[Any] = visit.typed_field("Items", "array")
        return items
    if not isinstance(visit.input, list):
        reason = f"Map state input must be an array but was: {dumps(visit.input)}"
        raise visit.query_failed(QueryError(reason, None))
    return visit.input


def item_context(index: int, value: Any, source: str = STATE_DATA) -> dict[str, Any]:
    """`$states.context.Map` of one item."""
    known = value if isinstance(value, Entry) else {"Value": value}
    return {"Item": {"Index": index, **known, "Source": source}}


def selected_items(visit: Visit, items: list[Any], source: str = STATE_DATA) -> list[Any]:
    """Each item as its iteration gets it; `source` is where the items come from."""
    selector = visit.state.fields.get("ItemSelector")
    if selector is None:
        return items
    selected = []
    for index, item in enumerate(items):
        context = {**visit.context, "Map": item_context(index, item, source)}
        selected.append(visit.value(selector, {"input": visit.input, "context": context}))
    return selected


def concurrency(visit: Visit) -> int:
    """MaxConcurrency; 0 means as many as the service allows."""
    limit = visit.typed_field("MaxConcurrency", "number", 0)
    if limit != int(limit) or limit < 0:
        reason = f"MaxConcurrency must be a non-negative integer, but was {dumps(limit)}."
        raise visit.out_of_range(visit.state.fields["MaxConcurrency"], "MaxConcurrency", reason)
    return int(limit)
