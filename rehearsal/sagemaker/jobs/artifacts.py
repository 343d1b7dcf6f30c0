"""model.tar.gz and output.tar.gz: packed from the hosts' folders, unpacked for serving."""

from __future__ import annotations

import tarfile
from pathlib import Path

from rehearsal.sagemaker.s3 import DataError


def pack(folders: list[Path], target: Path) -> Path:
    """Pack what is in the hosts' folders into one archive; where names meet, the first host's is kept."""
    packed: set[str] = set()
    with tarfile.open(target, "w:gz", compresslevel=1) as archive:
        for folder in folders:
            for path in sorted(folder.rglob("*")):
                name = path.relative_to(folder).as_posix()
                if (path.is_file() or path.is_dir()) and name not in packed:
                    packed.add(name)
                    archive.add(path, name, recursive=False)
    return target


def unpack(archive: Path, target: Path) -> None:
    """Unpack model data; paths that leave the folder are refused."""
    target.mkdir(parents=True, exist_ok=True)
    try:
        with tarfile.open(archive, "r:*") as packed:
            packed.extractall(target, filter="data")
    except tarfile.TarError as error:
        raise DataError(f"{archive.name} is not a gzipped tar archive: {error}") from error
