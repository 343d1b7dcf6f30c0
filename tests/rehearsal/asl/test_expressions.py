"""JSONata with the Step Functions dialect: values, refusals and bounds."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rehearsal.asl.clock import SeededIds, SystemClock, SystemIds
from rehearsal.asl.expressions import Evaluator, QueryError, is_expression
from rehearsal.asl.templates import compile_template


class StoppedClock:
    def time(self) -> float:
        return 1_767_225_600.5

    def monotonic(self) -> float:
        return 0.0

    async def sleep(self, seconds: float) -> None:
        raise AssertionError(f"nothing here sleeps, least of all {seconds} seconds")


def evaluate(text: str, value: Any = None, **variables: Any) -> Any:
    evaluator = Evaluator(StoppedClock(), SeededIds(1), max_steps=5_000)
    scope = evaluator.scope()
    scope.assign(variables)
    return evaluator.evaluate(text, "Output", scope, {"input": value, "context": {}})


@pytest.mark.parametrize(
    ("text", "result"),
    [
        ("$range(0, 6, 2)", [0, 2, 4, 6]),
        ("$range(-1.7, 2, 1)", [-1, 0, 1, 2]),
        ("$range(3, 1, -1)", [3, 2, 1]),
        ("$range(1, 9, 9)", 1),
        ("$partition([1, 2, 3], 2.9)", [[1, 2], [3]]),
        ("$partition([0], 5)", [[0]]),
        ("$hash('input', 'MD5')", "a43c1b0aa53a0c908810c06ab1ff3967"),
        ("$parse('[null, {\"a\": 1}]')", [None, {"a": 1}]),
        ("$random(42)", 0.7275636800328681),
        ("$now()", "2026-01-01T00:00:00.500Z"),
        ("$millis()", 1_767_225_600_500),
        ("$exists($states.input.a)", True),
        ("$type($states.input.a)", "null"),
        ("$n", None),
        ("[$states.input.list[v > 1].v]", [2, 3]),
    ],
)
def test_an_expression_has_the_value_it_has_on_aws(text: str, result: Any) -> None:
    assert evaluate(text, {"a": None, "list": [{"v": 1}, {"v": 2}, {"v": 3}]}, n=None) == result


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("$states.input.absent", "returned nothing (undefined)."),
        ("$partition([], 2)", "returned nothing (undefined)."),
        ("$range(1, 9)", "returned nothing (undefined)."),
        ("$range(1, 9, -1)", "returned nothing (undefined)."),
        ("$hash('x')", "returned nothing (undefined)."),
        ("$hash('x', 'sha1')", "D3137: Unsupported hash algorithm: sha1"),
        ("$partition([1], -1)", "D3137: Second argument must be zero or greater"),
        ("$parse('{')", "D3137: Invalid JSON"),
        ("$parse('1 2')", "D3137: Invalid JSON"),
        ("$parse('[1e999]')", "D3137: Invalid JSON: number out of range: 1e999"),
        ("$eval('1')", "T1006: Attempted to invoke a non-function"),
        ("'a' + 1", 'T2001: The left side of the "+" operator must evaluate to a number'),
        ("function($x){$x}", "returned an unsupported result type."),
        ("$range(1, 400000, 1)", "memory limit exceeded"),
        ("($f := function($x){ $f($x + 1) }; $f(1))", "timeout: Check for infinite loop"),
        (
            "($f := function($n){ $n < 1 ? 0 : 1 + $f($n - 1) }; $f(90))",
            "Consider rewriting as tail-recursive",
        ),
    ],
)
def test_what_has_no_value_fails_and_says_why(text: str, words: str) -> None:
    with pytest.raises(QueryError) as refused:
        evaluate(text, {})
    assert refused.value.error == "States.QueryEvaluationError"
    assert f"'{text}' specified for the field 'Output'" in str(refused.value.cause)
    assert words in str(refused.value.cause)


def test_an_inner_scope_reads_outer_variables_and_keeps_its_own() -> None:
    evaluator = Evaluator(StoppedClock(), SeededIds(1))
    outer = evaluator.scope()
    outer.assign({"a": 1})
    inner = outer.inner()
    inner.assign({"b": 2})
    assert evaluator.evaluate("[$a, $b]", "Output", inner, {}) == [1, 2]
    assert evaluator.evaluate("$exists($b)", "Output", outer, {}) is False


@pytest.mark.parametrize("text", ["{% $x %}", "{%$x%}", "{%  %}"])
def test_a_string_between_the_marks_is_an_expression(text: str) -> None:
    assert is_expression(text)
    assert not is_expression(f" {text}")


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53), 2**53)
    | st.integers(-(10**9), 10**9).map(lambda eighths: eighths / 8)  # $string keeps fifteen digits
    | st.text("ab{%} $", max_size=8),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text("abc", max_size=3), inner, max_size=4)
    ),
)


@settings(deadline=None, max_examples=40)
@given(value=JSON)
def test_the_input_comes_through_an_expression_unchanged(value: Any) -> None:
    assert evaluate("$states.input", value) == value
    assert evaluate("{'v': $states.input}.v ~> $string() ~> $parse()", {"k": value}) == {"k": value}


@settings(deadline=None, max_examples=60)
@given(value=JSON, names=st.lists(st.sampled_from(["a", "b", "c"]), max_size=3))
def test_a_plain_path_reads_what_the_interpreter_would(value: Any, names: list[str]) -> None:
    path = "".join(f".{name}" for name in names)

    def result(text: str) -> Any:
        try:
            return evaluate(text, {"a": value, "b": {"c": value}}, v=value)
        except QueryError as refused:
            return str(refused.cause).rpartition("'")[2]

    assert result(f"$states.input{path}") == result(f"($states.input{path})")
    assert result(f"$v{path}") == result(f"($v{path})")


@settings(deadline=None, max_examples=40)
@given(value=JSON)
def test_a_template_without_expressions_is_its_own_value(value: Any) -> None:
    template = compile_template(value, "Output")
    if template.is_static:
        evaluator = Evaluator(StoppedClock(), SeededIds(1))
        assert template.value(evaluator, evaluator.scope(), {}) == value


def test_time_stands_still_within_an_evaluation_and_passes_between_them() -> None:
    ticks = iter(range(1_000, 9_000))
    clock = SystemClock()
    clock.time = lambda: float(next(ticks))  # type: ignore[method-assign]
    evaluator = Evaluator(clock, SystemIds())
    text = "[$millis(), $millis(), $toMillis($now())]"
    first, second = (evaluator.evaluate(text, "Output", evaluator.scope(), {}) for _ in range(2))
    assert (first, second) == ([1_000_000] * 3, [1_001_000] * 3)
