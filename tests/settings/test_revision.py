"""The commit that a deployment came from."""

import subprocess
from pathlib import Path

import pytest

from settings.revision import UNKNOWN, commit_id


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.delenv("TRAINYARD_COMMIT", raising=False)
    identity = ["-c", "user.name=a", "-c", "user.email=a@example.com"]
    (tmp_path / "file").write_text("one")
    for words in (["init", "-q"], ["add", "file"], [*identity, "commit", "-qm", "first"]):
        subprocess.run(["git", *words], cwd=tmp_path, check=True)
    return tmp_path


def test_a_clean_checkout_is_named_by_its_commit(checkout: Path) -> None:
    assert len(commit_id(checkout)) == 40


def test_a_checkout_that_was_changed_since_its_commit_says_so(checkout: Path) -> None:
    (checkout / "file").write_text("two")
    assert commit_id(checkout).endswith("-dirty")


def test_a_tree_without_git_has_an_unknown_commit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("TRAINYARD_COMMIT", raising=False)
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    assert commit_id(tmp_path) == UNKNOWN


def test_a_build_from_an_archive_gives_its_commit_by_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TRAINYARD_COMMIT", "abc123")
    assert commit_id(tmp_path) == "abc123"
