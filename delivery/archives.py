"""Lambda archives: one reproducible zip a function, holding its folder, `contracts` and what makes clients.

The same sources give the same bytes on any machine, so an unchanged function is never deployed again.
"""

from __future__ import annotations

import argparse
import io
import os
import shutil
import subprocess
import tempfile
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from delivery import ROOT
from delivery.runtime import LAMBDA_PYTHON

FUNCTIONS = ROOT / "build" / "functions"
EPOCH = (1980, 1, 1, 0, 0, 0)
COMPILE = """
import pathlib, py_compile, sys
for source in pathlib.Path(sys.argv[1]).rglob("*.py"):
    py_compile.compile(str(source), str(source) + "c", str(source.relative_to(sys.argv[1])), doraise=True,
                       invalidation_mode=py_compile.PycInvalidationMode.UNCHECKED_HASH)
"""


@dataclass(frozen=True, kw_only=True)
class FunctionSource:
    """A function's folder and the name of its archive, `<stage>.<verb_noun>`."""

    folder: Path
    stage: str
    name: str

    @property
    def archive(self) -> Path:
        """Where its archive is built."""
        return FUNCTIONS / f"{self.stage}.{self.name}.zip"


def function_sources(root: Path = ROOT) -> list[FunctionSource]:
    """Every `functions/<stage>/<verb_noun>/handler.py`, sorted."""
    handlers = sorted((root / "functions").glob("*/*/handler.py"))
    return [
        FunctionSource(folder=path.parent, stage=path.parent.parent.name, name=path.parent.name)
        for path in handlers
    ]


def archive_members(source: FunctionSource, root: Path = ROOT) -> Iterator[tuple[str, Path]]:
    """(name in the archive, file) of everything a function ships."""
    shared = sorted((root / "functions").glob("*.py"))
    for path in (*sorted((root / "contracts").rglob("*")), *shared, *sorted(source.folder.rglob("*"))):
        if path.is_file() and "__pycache__" not in path.parts:
            yield str(path.relative_to(root)), path


def build(source: FunctionSource, interpreter: str | None) -> bytes:
    """The archive's bytes; an `interpreter` of the Lambda runtime's version compiles the modules too."""
    with tempfile.TemporaryDirectory() as stage:
        for name, path in archive_members(source):
            target = Path(stage, name)
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, target)
        if interpreter:
            subprocess.run([interpreter, "-c", COMPILE, stage], check=True)
            _move_into_cache_folders(Path(stage))
        return zip_folder(Path(stage))


def build_all(out: Path = FUNCTIONS) -> list[Path]:
    """Build every function's archive; a file that would not change is left alone."""
    interpreter = shutil.which(f"python{LAMBDA_PYTHON}")
    out.mkdir(parents=True, exist_ok=True)
    built = []
    for source in function_sources():
        target = out / source.archive.name
        write_when_changed(target, build(source, interpreter))
        built.append(target)
    for stale in set(out.glob("*.zip")) - set(built):
        stale.unlink()
    return built


def _move_into_cache_folders(stage: Path) -> None:
    tag = f"cpython-{LAMBDA_PYTHON.replace('.', '')}"
    for compiled in sorted(stage.rglob("*.pyc")):
        cache = compiled.parent / "__pycache__"
        cache.mkdir(exist_ok=True)
        compiled.rename(cache / f"{compiled.stem.removesuffix('.py')}.{tag}.pyc")


def zip_folder(folder: Path) -> bytes:
    """The folder as a zip whose bytes depend on names and contents only."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in sorted(folder.rglob("*")):
            if path.is_file():
                info = zipfile.ZipInfo(str(path.relative_to(folder)), EPOCH)
                info.external_attr = 0o644 << 16
                info.compress_type = zipfile.ZIP_DEFLATED
                archive.writestr(info, path.read_bytes())
    return buffer.getvalue()


def write_when_changed(target: Path, content: bytes) -> None:
    """Leave an equal file alone; replace another one in one step, so that a reader never sees half of it."""
    if target.exists() and target.read_bytes() == content:
        return
    handle, temporary = tempfile.mkstemp(dir=target.parent)
    with os.fdopen(handle, "wb") as file:
        file.write(content)
    Path(temporary).replace(target)


def main() -> None:
    """Build all archives and say how large they are and whether they carry compiled modules."""
    argparse.ArgumentParser(prog="python -m delivery.archives", description=__doc__).parse_args()
    built = build_all()
    total_bytes = sum(path.stat().st_size for path in built)
    compiled = (
        f"compiled for Python {LAMBDA_PYTHON}"
        if shutil.which(f"python{LAMBDA_PYTHON}")
        else f"sources only: no python{LAMBDA_PYTHON} here to compile with, cold starts are slower"
    )
    print(f"{len(built)} function archives, {total_bytes / 1024:.0f} KiB, {compiled}")


if __name__ == "__main__":
    main()
