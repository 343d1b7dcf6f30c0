"""Map states: the item processor, and what belongs to a Distributed Map only."""

from __future__ import annotations

import re
from typing import Any

from rehearsal.asl.expressions import is_expression
from rehearsal.asl.lint.datasets import check_batcher, check_reader, check_writer
from rehearsal.asl.lint.findings import Findings

DISTRIBUTED_ONLY = ("ItemReader", "ItemBatcher", "ResultWriter", "Label")
TOLERANCES = ("ToleratedFailureCount", "ToleratedFailurePercentage")
PROCESSOR_FIELDS = frozenset({"ProcessorConfig", "StartAt", "States", "Comment"})
MAX_LABEL_CHARACTERS = 40
_LABEL_FORBIDS = re.compile(r"[\s?*<>{}\[\]:;,\\|^~$#%&`\"\x00-\x1f\x7f-\x9f]")


def processor_config(state: dict[str, Any]) -> dict[str, Any]:
    """The ProcessorConfig of a Map, if it is an object at all."""
    processor = state.get("ItemProcessor")
    config = processor.get("ProcessorConfig", {}) if isinstance(processor, dict) else {}
    return config if isinstance(config, dict) else {}


def is_distributed(state: dict[str, Any]) -> bool:
    """Whether a Map runs its items as executions of their own."""
    return processor_config(state).get("Mode") == "DISTRIBUTED"


def refuse_distributed(state: dict[str, Any], location: str, findings: Findings) -> None:
    """Refuse a Distributed Map, as in an Express machine."""
    if is_distributed(state):
        findings.schema("Express state machine does not support Map state in DISTRIBUTED mode", location)


def check_map(state: dict[str, Any], location: str, is_express: bool, findings: Findings) -> None:
    """Check a Map state, its nested flow excepted."""
    config, place = processor_config(state), f"{location}/ItemProcessor/ProcessorConfig"
    findings.allow(config, frozenset({"Mode", "ExecutionType"}), place)
    if "Mode" in config:
        findings.one_of(config["Mode"], ("INLINE", "DISTRIBUTED"), f"{place}/Mode")
    if "Items" in state:
        _check_items(state["Items"], f"{location}/Items", findings)
    if not is_distributed(state):
        _check_inline(state, location, findings)
        return
    if is_express:
        refuse_distributed(state, location, findings)
    if "ExecutionType" not in config:
        findings.require(config, ["ExecutionType"], place)
    else:
        findings.one_of(config["ExecutionType"], ("STANDARD", "EXPRESS"), f"{place}/ExecutionType")
    if "Label" in state:
        _check_label(state["Label"], f"{location}/Label", findings)
    findings.at_most_one(state, ["Items", "ItemReader"], location)
    check_reader(state, location, findings)
    check_batcher(state, location, findings)
    check_writer(state, location, findings)


def _check_items(items: Any, location: str, findings: Findings) -> None:
    is_text = isinstance(items, str) and is_expression(items)
    if not is_text and not isinstance(items, (list, dict)):
        findings.schema("Expected an array, an object or a JSONata expression", location)


def _check_inline(state: dict[str, Any], location: str, findings: Findings) -> None:
    for name in DISTRIBUTED_ONLY:
        if name in state:
            findings.schema(f"Field '{name}' is only supported for a Map in DISTRIBUTED mode", location)
    for name in TOLERANCES:
        if name in state:
            findings.warn(
                "NO_EFFECT", f"'{name}' has no effect on a Map in INLINE mode", f"{location}/{name}"
            )


def _check_label(label: Any, location: str, findings: Findings) -> None:
    if not isinstance(label, str):
        return
    forbidden = _LABEL_FORBIDS.search(label)
    if not label:
        findings.add("INVALID_LABEL_NAME", "Label cannot be empty", location)
    elif len(label) > MAX_LABEL_CHARACTERS:
        message = f"Label cannot exceed {MAX_LABEL_CHARACTERS} characters"
        findings.add("INVALID_LABEL_NAME", message, location)
    elif forbidden:
        findings.add("INVALID_LABEL_NAME", f"Label contains invalid character: '{forbidden[0]}'", location)
