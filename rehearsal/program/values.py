"""Resource properties between protobuf, as the SDK sends them, and plain Python, as handlers read them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from google.protobuf import struct_pb2

# Signatures of the engine's wire protocol (pulumi/sdk/python/lib/pulumi/runtime/rpc.py).
SIGNATURE = "4dabf18193072939515e22adb298388d"
_ASSET = "c44067f5952c0a294b673a41bacd8c17"
_ARCHIVE = "0def7320c3a5731c473e5ecbe6d01bc7"
_SECRET = "1b47061264138c4ac30d75fd1eb44270"  # noqa: S105 - marks secrets, is none
UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"


@dataclass(frozen=True)
class Asset:
    """One file of a declared archive: on disk, or its text."""

    path: str | None = None
    text: str | None = None


@dataclass(frozen=True)
class Archive:
    """A directory or zip file on disk, or a mapping of names to assets and archives."""

    path: str | None = None
    assets: Mapping[str, "Asset | Archive"] | None = None


def plain(value: Any) -> Any:
    """Plain Python for a protobuf value: whole floats as int, secrets opened, nulls left out of objects."""
    if isinstance(value, struct_pb2.Struct):
        return _plain_object(value)
    if isinstance(value, struct_pb2.ListValue | list):
        return [plain(item) for item in value]
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return value


def _plain_object(struct: struct_pb2.Struct) -> Any:
    signature = struct[SIGNATURE] if SIGNATURE in struct else None  # noqa: SIM401 - a Struct has no get
    if signature is None:
        return {key: plain(item) for key, item in struct.items() if item is not None}
    if signature == _SECRET:
        return plain(struct["value"])
    if signature == _ASSET and "uri" not in struct:
        return Asset(*(str(struct[key]) if key in struct else None for key in ("path", "text")))
    if signature == _ARCHIVE and "uri" not in struct:
        assets = plain(struct["assets"]) if "assets" in struct else None
        return Archive(str(struct["path"]) if "path" in struct else None, assets)
    raise ValueError(
        f"a value of signature {signature} (remote asset or resource reference) is not supported"
    )


def secret_keys(struct: struct_pb2.Struct) -> frozenset[str]:
    """Names of the top-level properties that hold a secret at any depth."""
    return frozenset(key for key, item in struct.items() if _holds_secret(item))


def _holds_secret(value: Any) -> bool:
    if isinstance(value, struct_pb2.ListValue):
        return any(_holds_secret(item) for item in value)
    if not isinstance(value, struct_pb2.Struct):
        return False
    if SIGNATURE in value and value[SIGNATURE] == _SECRET:
        return True
    return any(_holds_secret(item) for item in value.values())


def struct(properties: Mapping[str, Any]) -> struct_pb2.Struct:
    """The protobuf object of plain values."""
    result = struct_pb2.Struct()
    result.update(properties)
    return result


def merged(inputs: struct_pb2.Struct, outputs: Mapping[str, Any]) -> struct_pb2.Struct:
    """A resource's state: its inputs as declared, secrets included, and what its creation added."""
    state = struct_pb2.Struct()
    state.CopyFrom(inputs)
    hidden = secret_keys(inputs)
    state.update({key: value for key, value in outputs.items() if key not in hidden})
    return state
