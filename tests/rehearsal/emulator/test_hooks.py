"""The hooks into ministack are checked at boot, and a ministack that differs is refused with the remedy."""

from __future__ import annotations

import pytest

from rehearsal.emulator import hooks


def test_the_installed_ministack_is_the_one_the_hooks_are_written_for() -> None:
    hooks.verify()


def test_another_version_of_ministack_is_refused_with_what_to_do() -> None:
    with pytest.raises(hooks.HooksChangedError, match=r"ministack is 1\.5\.34.*install ministack==1\.5\.33"):
        hooks.verify("1.5.34")


def test_a_name_that_vanished_from_ministack_is_reported_by_its_path(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(hooks.HOOKS["services.sts"], "open_session", "role")
    with pytest.raises(hooks.HooksChangedError, match=r"services\.sts\.open_session is gone"):
        hooks.verify()


def test_a_function_with_other_parameters_is_reported_with_both(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(hooks.HOOKS["services.sts"], "register_session", "key")
    with pytest.raises(hooks.HooksChangedError, match=r"takes \(access_key, session\), not \(key\)"):
        hooks.verify()


def test_a_name_outside_the_table_is_not_handed_out() -> None:
    with pytest.raises(hooks.HooksChangedError, match="isn't in the table of hooks"):
        hooks.use("services.sts:_sessions_of_tomorrow")
