"""Snappy's raw format, decompressed without a library: dictionary pages are small, and importing one costs
more than all of them. https://github.com/google/snappy/blob/main/format_description.txt"""

from __future__ import annotations

from contextlib import suppress

from functions.data_preparation.validate_schema.thrift import DamagedError


def decompress(data: bytes, size: int) -> bytes:
    """The `size` bytes that `data` stands for; raises DamagedError when it stands for anything else."""
    try:
        announced, position = varint(data)
        if announced != size:
            raise DamagedError(f"a page announces {size} bytes, its content {announced}")
        out = bytearray()
        while position < len(data) and len(out) <= size:
            position = _element(data, position, out)
    except IndexError:
        raise DamagedError("a compressed page ends too early") from None
    if len(out) != size:
        raise DamagedError(f"a page announces {size} bytes and holds {len(out)}")
    return bytes(out)


def decompress_start(data: bytes, most: int) -> bytes:
    """At most the first `most` bytes, from data that may be cut off; fewer where it makes no sense."""
    out = bytearray()
    with suppress(IndexError, DamagedError):
        _, position = varint(data)
        while position < len(data) and len(out) < most:
            position = _element(data, position, out)
    return bytes(out[:most])


def varint(data: bytes, position: int = 0) -> tuple[int, int]:
    """A number of up to 32 bits, seven to a byte and the lowest first, and where it ends.

    Raises IndexError where the bytes end before it does, DamagedError where it does not end in time.
    """
    result = 0
    for shift in range(0, 35, 7):
        byte = data[position]
        position += 1
        result |= (byte & 0x7F) << shift
        if byte < 0x80:
            return result, position
    raise DamagedError("a number has more than 32 bits")


def _element(data: bytes, position: int, out: bytearray) -> int:
    """Appends what one element stands for and returns where the next one starts."""
    tag = data[position]
    kind, position = tag & 3, position + 1
    if kind == 0:
        length = (tag >> 2) + 1
        if length > 60:
            extra = length - 60
            length = int.from_bytes(data[position : position + extra], "little") + 1
            position += extra
        out += data[position : position + length]
        return position + length
    if kind == 1:
        length, offset = ((tag >> 2) & 7) + 4, (tag >> 5) << 8 | data[position]
        position += 1
    else:
        width = 2 if kind == 2 else 4
        length, offset = (tag >> 2) + 1, int.from_bytes(data[position : position + width], "little")
        position += width
    _copy(out, offset, length)
    return position


def _copy(out: bytearray, offset: int, length: int) -> None:
    if not 0 < offset <= len(out):
        raise DamagedError("a compressed page refers to bytes before its start")
    start = len(out) - offset
    if offset >= length:
        out += out[start : start + length]
    else:
        pattern = bytes(out[start:])
        out += (pattern * (length // offset + 1))[:length]
