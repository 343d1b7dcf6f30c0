"""Asking for help builds, draws and downloads nothing."""

from __future__ import annotations

import sys
from types import ModuleType

import pytest

from delivery import archives, flows, layers


@pytest.mark.parametrize("module", [archives, flows, layers], ids=lambda module: module.__name__)
def test_a_module_that_builds_tells_what_it_would_do_when_asked_for_help(
    module: ModuleType, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["build", "--help"])
    with pytest.raises(SystemExit, match="0"):
        module.main()
    assert f"python -m {module.__name__}" in capsys.readouterr().out
