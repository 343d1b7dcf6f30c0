"""Archives come out complete and the same for the same content."""

import io
import zipfile
from pathlib import Path

import pytest

from rehearsal.program.assets import content, zipped
from rehearsal.program.errors import RefusedError
from rehearsal.program.values import Archive, Asset


def _names(body: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(body)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def test_an_archive_holds_files_texts_and_folders_under_their_names(tmp_path: Path) -> None:
    (tmp_path / "pkg").mkdir()
    (tmp_path / "pkg" / "a.py").write_text("A = 1")
    archive = Archive(assets={"lib": Archive(path=str(tmp_path / "pkg")), "note.txt": Asset(text="hi")})
    assert _names(zipped(archive)) == {"lib/a.py": b"A = 1", "note.txt": b"hi"}


def test_the_same_content_gives_the_same_bytes(tmp_path: Path) -> None:
    for name in ("b.py", "a.py"):
        (tmp_path / name).write_text(name)
    first = zipped(Archive(path=str(tmp_path)))
    (tmp_path / "a.py").touch()
    assert zipped(Archive(path=str(tmp_path))) == first


def test_a_zip_on_disk_is_taken_as_it_is_or_unpacked_inside_another(tmp_path: Path) -> None:
    body = zipped(Archive(assets={"x.txt": Asset(text="x")}))
    (tmp_path / "a.zip").write_bytes(body)
    on_disk = Archive(path=str(tmp_path / "a.zip"))
    assert content(on_disk) == body
    assert _names(zipped(Archive(assets={"in": on_disk}))) == {"in/x.txt": b"x"}


def test_what_has_not_been_built_is_named_with_the_remedy() -> None:
    with pytest.raises(RefusedError, match=r"'build/none' does not exist; build it first"):
        zipped(Archive(path="build/none"))
    with pytest.raises(RefusedError, match=r"'none.txt' does not exist"):
        content(Asset(path="none.txt"))
