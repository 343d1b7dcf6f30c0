"""Bytes of declared files and archives; zip archives come out the same for the same content, as their hashes
are compared.
"""

import io
import zipfile
from collections.abc import Iterator
from pathlib import Path

from rehearsal.program.errors import RefusedError
from rehearsal.program.values import Archive, Asset

_EPOCH = (1980, 1, 1, 0, 0, 0)


def content(asset: Asset | Archive) -> bytes:
    """The bytes of one file, or of an archive as a zip."""
    return zipped(asset) if isinstance(asset, Archive) else _file(asset)


def zipped(archive: Archive) -> bytes:
    """A zip of everything in the archive, in the order of names and with one fixed date."""
    if archive.path and Path(archive.path).is_file():
        return Path(archive.path).read_bytes()
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as target:
        for name, body in sorted(_members(archive, "")):
            entry = zipfile.ZipInfo(name, _EPOCH)
            entry.external_attr = 0o755 << 16
            target.writestr(entry, body, zipfile.ZIP_DEFLATED, compresslevel=1)
    return buffer.getvalue()


def _members(item: Archive | Asset, name: str) -> Iterator[tuple[str, bytes]]:
    if isinstance(item, Asset):
        yield name, _file(item)
    elif item.assets is not None:
        for key, inner in item.assets.items():
            yield from _members(inner, f"{name}/{key}".lstrip("/"))
    else:
        yield from _on_disk(Path(item.path or ""), name)


def _on_disk(path: Path, name: str) -> Iterator[tuple[str, bytes]]:
    if path.is_file():
        with zipfile.ZipFile(path) as source:
            for entry in source.infolist():
                if not entry.is_dir():
                    yield f"{name}/{entry.filename}".lstrip("/"), source.read(entry)
        return
    if not path.is_dir():
        raise RefusedError(f"archive {str(path)!r} does not exist; build it first")
    for found in path.rglob("*"):
        if found.is_file() and "__pycache__" not in found.parts:
            yield f"{name}/{found.relative_to(path).as_posix()}".lstrip("/"), found.read_bytes()


def _file(asset: Asset) -> bytes:
    if asset.text is not None:
        return asset.text.encode()
    path = Path(asset.path or "")
    if not path.is_file():
        raise RefusedError(f"file {str(path)!r} does not exist; build it first")
    return path.read_bytes()
