"""Map states: the item processor, and what belongs to a Distributed Map only."""

from __future__ import annotations

import re
from typing import Any

from rehearsal.asl.lint.fields import check_values
from rehearsal.asl.lint.findings import Findings

DISTRIBUTED_ONLY = ("ItemReader", "ItemBatcher", "ResultWriter", "Label")
TOLERANCES = ("ToleratedFailureCount", "ToleratedFailurePercentage")
PROCESSOR_FIELDS = frozenset({"ProcessorConfig", "StartAt", "States", "Comment"})
READER_RESOURCES = ("arn:aws:states:::s3:getObject", "arn:aws:states:::s3:listObjectsV2")
WRITER_RESOURCES = ("arn:aws:states:::s3:putObject",)
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


def check_map(state: dict[str, Any], location: str, is_express: bool, findings: Findings) -> None:
    """Check a Map state, its nested flow excepted."""
    config, place = processor_config(state), f"{location}/ItemProcessor/ProcessorConfig"
    if "Mode" in config:
        findings.one_of(config["Mode"], ("INLINE", "DISTRIBUTED"), f"{place}/Mode")
    if not is_distributed(state):
        _check_inline(state, location, findings)
        return
    if is_express:
        findings.schema("Express state machine does not support Map state in DISTRIBUTED mode", location)
    if "ExecutionType" not in config:
        findings.require(config, ["ExecutionType"], place)
    else:
        findings.one_of(config["ExecutionType"], ("STANDARD", "EXPRESS"), f"{place}/ExecutionType")
    if "Label" in state:
        _check_label(state["Label"], f"{location}/Label", findings)
    _check_reader(state, location, findings)
    _check_batcher(state, location, findings)
    _check_writer(state, location, findings)


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


def _section(state: dict[str, Any], name: str, location: str, findings: Findings) -> dict[str, Any] | None:
    if name not in state:
        return None
    section = state[name]
    if not isinstance(section, dict):
        findings.schema("Expected value of type [OBJECT]", f"{location}/{name}")
        return None
    check_values(section, f"{location}/{name}", findings)
    return section


def _check_reader(state: dict[str, Any], location: str, findings: Findings) -> None:
    reader, place = _section(state, "ItemReader", location, findings), f"{location}/ItemReader"
    if reader is None:
        return
    findings.allow(reader, frozenset({"Resource", "ReaderConfig", "Arguments", "Comment"}), place)
    findings.require(reader, ["Resource"], place)
    if "Resource" in reader:
        findings.one_of(reader["Resource"], READER_RESOURCES, f"{place}/Resource")
    config = _section(reader, "ReaderConfig", place, findings) or {}
    if "InputType" in config:
        kinds = ("CSV", "JSON", "JSONL", "PARQUET", "MANIFEST")
        findings.one_of(config["InputType"], kinds, f"{place}/ReaderConfig/InputType")
    if "Items" in state:
        findings.schema("Fields 'Items' and 'ItemReader' exclude each other", location)


def _check_batcher(state: dict[str, Any], location: str, findings: Findings) -> None:
    batcher, place = _section(state, "ItemBatcher", location, findings), f"{location}/ItemBatcher"
    if batcher is None:
        return
    findings.allow(batcher, frozenset({"MaxItemsPerBatch", "MaxInputBytesPerBatch", "BatchInput"}), place)
    if "MaxItemsPerBatch" not in batcher and "MaxInputBytesPerBatch" not in batcher:
        findings.schema("One of the fields [MaxItemsPerBatch, MaxInputBytesPerBatch] is required", place)


def _check_writer(state: dict[str, Any], location: str, findings: Findings) -> None:
    writer, place = _section(state, "ResultWriter", location, findings), f"{location}/ResultWriter"
    if writer is None:
        return
    findings.allow(writer, frozenset({"Resource", "Arguments", "WriterConfig", "Comment"}), place)
    if "WriterConfig" not in writer or "Resource" in writer or "Arguments" in writer:
        findings.require(writer, ["Resource", "Arguments"], place)
    if "Resource" in writer:
        findings.one_of(writer["Resource"], WRITER_RESOURCES, f"{place}/Resource")
    config = _section(writer, "WriterConfig", place, findings)
    if config is not None:
        findings.require(config, ["Transformation", "OutputType"], f"{place}/WriterConfig")
        kinds = ("NONE", "COMPACT", "FLATTEN")
        findings.one_of(config.get("Transformation", "NONE"), kinds, f"{place}/WriterConfig/Transformation")
        findings.one_of(
            config.get("OutputType", "JSON"), ("JSON", "JSONL"), f"{place}/WriterConfig/OutputType"
        )
