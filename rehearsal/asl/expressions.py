"""JSONata as Step Functions evaluates it: parsed once, bounded, with null told apart from nothing."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from jsonata import Jsonata
from jsonata.jexception import JException
from jsonata.utils import Utils

from rehearsal.asl import dialect
from rehearsal.asl.language import Program, describe, json_number, message
from rehearsal.asl.ports import Clock, Ids, StatesError
from rehearsal.asl.shortcuts import INTERPRET, PlainPath, plain_path
from rehearsal.asl.wire import dumps, json_type

QUERY_ERROR = "States.QueryEvaluationError"
MAX_DEPTH = 100  # measured on AWS: 100 nested evaluations pass, 101 fail
MAX_ITEMS = 873_782  # measured on AWS: of the longest range an expression may hold
MAX_TEXT = 2**22  # measured on AWS: a text that doubles to this length passes, to twice of it fails
KEPT_PROGRAMS = 16_384  # parsed once for all engines of a process: they hold nothing of an evaluation
MAX_STEPS = 200_000  # stands for AWS's time limit, but does not depend on the machine's speed


TOO_DEEP = (
    "Stack overflow error: Check for non-terminating recursive function. Consider rewriting as tail-recursive"
)


class QueryError(StatesError):
    """A States.QueryEvaluationError and the field it happened in."""

    def __init__(self, cause: str, location: str | None) -> None:
        super().__init__(QUERY_ERROR, cause)
        self.location = location


class UnsupportedResultError(Exception):
    """A result no JSON can hold, as a function."""


def is_expression(text: str) -> bool:
    """Whether a string in a definition is JSONata: it starts with `{%` and ends with `%}`, without spaces."""
    return text.startswith("{%") and text.endswith("%}") and len(text) >= 4


def expression_text(text: str) -> str:
    """The JSONata between `{%` and `%}`."""
    return text[2:-2].strip()


class _Budget:
    """Stops an evaluation that nests too deep or runs too long."""

    def __init__(self, max_steps: int) -> None:
        self.depth = 0
        self.steps = 0
        self.max_steps = max_steps

    def enter(self, _expression: Any, _input: Any, _environment: Any) -> None:
        self.depth += 1
        self.steps += 1
        if self.depth > MAX_DEPTH:
            raise dialect.DialectError(TOO_DEEP)
        if self.steps > self.max_steps:
            raise dialect.DialectError("Expression evaluation timeout: Check for infinite loop")

    def leave(self, _expression: Any, _input: Any, _environment: Any, result: Any) -> None:
        self.depth -= 1
        if isinstance(result, str | list) and len(result) > MAX_ITEMS:
            longest = MAX_TEXT if isinstance(result, str) else MAX_ITEMS + isinstance(result, Utils.RangeList)
            if len(result) > longest:  # the library's ranges are one longer than what they hold
                raise dialect.DialectError(dialect.MEMORY_EXCEEDED)


def plain(value: Any) -> Any:
    """A JSONata result as plain JSON values; raises UnsupportedResultError for a function."""
    kind = type(value)
    if kind is str or kind is bool or value is None:
        return value
    if value is Utils.NULL_VALUE:
        return None
    if isinstance(value, int | float):
        return json_number(value)
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [plain(item) for item in value]
    raise UnsupportedResultError


class Scope:
    """Variables that expressions see: an inner scope reads the outer ones and keeps its own to itself."""

    def __init__(self, parent_frame: Any) -> None:
        self._parent_frame = parent_frame
        self.values: dict[str, Any] = {}
        self.frame = Jsonata.Frame(parent_frame)

    def assign(self, values: dict[str, Any]) -> None:
        """Set variables of this scope."""
        self.values.update(values)
        for name, value in values.items():
            self.frame.bind(name, Utils.NULL_VALUE if value is None else value)

    def inner(self) -> Scope:
        """A scope of a branch or an iteration."""
        return Scope(self.frame)


class Evaluator:
    """Evaluates expressions; one for each engine, as time and chance are the engine's."""

    def __init__(self, clock: Clock, ids: Ids, max_steps: int = MAX_STEPS) -> None:
        self._moment = dialect.Moment(clock)
        self._dialect = dialect.frame(self._moment, ids)
        self._max_steps = max_steps

    def scope(self) -> Scope:
        """An execution's outermost scope, without variables."""
        return Scope(self._dialect)

    def evaluate(self, text: str, location: str, scope: Scope, states: dict[str, Any]) -> Any:
        """The value of an expression; raises QueryError with AWS's wording, naming the field."""
        subject = f"The JSONata expression '{text}' specified for the field '{location}'"
        try:
            program, path = _parsed(text)
            if path is not None:
                root = states if path.variable == "states" else scope.frame.lookup(path.variable)
                result = path.read(root)
                if result is not INTERPRET:
                    return result
            self._moment.pass_on()
            result = program.eval(program.ast, None, self._environment(scope, states))
            if result is None:
                raise QueryError(f"{subject} returned nothing (undefined).", location)
            return result if result is states.get("input") else plain(result)
        except QueryError:
            raise
        except UnsupportedResultError:
            raise QueryError(f"{subject} returned an unsupported result type.", location) from None
        except RecursionError:
            raise QueryError(f"{subject} threw an error during evaluation: {TOO_DEEP}", location) from None
        except Exception as error:  # the library raises whatever Python raises inside its functions
            reason = describe(error)
            raise QueryError(f"{subject} threw an error during evaluation{reason}", location) from None

    def _environment(self, scope: Scope, states: dict[str, Any]) -> Any:
        environment = Jsonata.Frame(scope.frame)
        budget = _Budget(self._max_steps)
        environment.bindings = {
            "states": states,
            "__evaluate_entry": budget.enter,
            "__evaluate_exit": budget.leave,
        }
        return environment


@lru_cache(KEPT_PROGRAMS)
def _parsed(text: str) -> tuple[Program, PlainPath | None]:
    program = Program(text)
    return program, plain_path(program.ast)


def syntax_error(text: str) -> str | None:
    """Why an expression can't be parsed, in the parser's words; None if it can."""
    try:
        Program(text)
    except JException as error:
        return message(error)
    except Exception as error:  # the parser fails on some malformed input in Python's own ways
        return str(error) or type(error).__name__
    return None


def require_type(value: Any, expected: str, text: str | None, location: str) -> None:
    """Refuse a value of another JSON type; `text` is the expression it came from, None for a literal."""
    actual = json_type(value)
    if actual != expected:
        subject = f"The JSONata expression '{text}' specified for the field '{location}'"
        raise QueryError(
            f"{subject} returned an unexpected result type. "
            f"Expected '{expected}', but was '{actual}' for value: {dumps(value)}",
            location,
        )
