from __future__ import annotations

import pytest

from contracts import failures
from contracts.failures import FAILURES, ROOTS, Failure, root_of
from contracts.run import Outcome

NAMES = sorted(set(FAILURES) - {root.__name__ for root in ROOTS})


def test_the_tree_in_the_docstring_names_every_class_once() -> None:
    tree = (failures.__doc__ or "").split("Failure\n", 1)[1]
    for name in FAILURES:
        assert sum(1 for line in tree.splitlines() if f"── {name} " in f"{line} ") == 1, name


def test_every_outcome_that_is_a_failure_is_a_class_of_its_name() -> None:
    failing = {outcome.value for outcome in Outcome if outcome.is_failure}
    assert failing <= FAILURES.keys()


@pytest.mark.parametrize("name", NAMES)
def test_every_failure_stands_under_exactly_one_root(name: str) -> None:
    assert [root.__name__ for root in ROOTS if issubclass(FAILURES[name], root)] == [root_of(name)]


def test_a_refusal_names_field_value_rule_and_remedy() -> None:
    refusal = FAILURES["ContextRejected"].about("window.start", "13-2013", "must be YYYY-MM", "Mend it")
    assert str(refusal) == 'window.start is "13-2013": must be YYYY-MM. Mend it'
    assert isinstance(refusal, Failure)
