"""What a Distributed Map reads, batches and writes: ItemReader, ItemBatcher and ResultWriter."""

from __future__ import annotations

from typing import Any

from rehearsal.asl.lint.fields import check_values
from rehearsal.asl.lint.findings import Findings

READER_RESOURCES = ("arn:aws:states:::s3:getObject", "arn:aws:states:::s3:listObjectsV2")
WRITER_RESOURCES = ("arn:aws:states:::s3:putObject",)
# https://docs.aws.amazon.com/step-functions/latest/dg/input-output-itemreader.html
_READER_CHOICES = {
    "InputType": ("CSV", "JSON", "JSONL", "PARQUET", "MANIFEST"),
    "Transformation": ("NONE", "LOAD_AND_FLATTEN"),
    "ManifestType": ("S3_INVENTORY", "ATHENA_DATA"),
    "CSVHeaderLocation": ("FIRST_ROW", "GIVEN"),
    "CSVDelimiter": ("COMMA", "PIPE", "SEMICOLON", "SPACE", "TAB"),
}
_READER_CONFIG_FIELDS = frozenset({*_READER_CHOICES, "CSVHeaders", "ItemsPointer", "MaxItems"})


def check_reader(state: dict[str, Any], location: str, findings: Findings) -> None:
    """Check where the items come from."""
    reader, place = _section(state, "ItemReader", location, findings), f"{location}/ItemReader"
    if reader is None:
        return
    findings.allow(reader, frozenset({"Resource", "ReaderConfig", "Arguments", "Comment"}), place)
    findings.require(reader, ["Resource"], place)
    if "Resource" in reader:
        findings.one_of(reader["Resource"], READER_RESOURCES, f"{place}/Resource")
    config = _section(reader, "ReaderConfig", place, findings) or {}
    place = f"{place}/ReaderConfig"
    findings.allow(config, _READER_CONFIG_FIELDS, place)
    for name, choices in _READER_CHOICES.items():
        if name in config:
            findings.one_of(config[name], choices, f"{place}/{name}")
    if config.get("ManifestType") == "ATHENA_DATA":
        findings.unsupported(
            "The rehearsal reads no manifests of Athena: use S3_INVENTORY", f"{place}/ManifestType"
        )
    if config.get("CSVHeaderLocation") == "GIVEN":
        findings.require(config, ["CSVHeaders"], place)
    if config.get("Transformation") == "LOAD_AND_FLATTEN":
        findings.require(config, ["InputType"], place)


def check_batcher(state: dict[str, Any], location: str, findings: Findings) -> None:
    """Check how items are put together."""
    batcher, place = _section(state, "ItemBatcher", location, findings), f"{location}/ItemBatcher"
    if batcher is None:
        return
    findings.allow(batcher, frozenset({"MaxItemsPerBatch", "MaxInputBytesPerBatch", "BatchInput"}), place)
    if "MaxItemsPerBatch" not in batcher and "MaxInputBytesPerBatch" not in batcher:
        findings.schema("One of the fields [MaxItemsPerBatch, MaxInputBytesPerBatch] is required", place)


def check_writer(state: dict[str, Any], location: str, findings: Findings) -> None:
    """Check where the results go, and in which form."""
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


def _section(state: dict[str, Any], name: str, location: str, findings: Findings) -> dict[str, Any] | None:
    if name not in state:
        return None
    section: dict[str, Any] = state[name]
    if not findings.type_of(section, dict, f"{location}/{name}"):
        return None
    check_values(section, f"{location}/{name}", findings)
    return section
