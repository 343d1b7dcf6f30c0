"""A line of control through a flow, and its visit to one state: evaluation, events, entering and leaving."""

from __future__ import annotations

from typing import Any

from rehearsal.asl.execution import Part, Position
from rehearsal.asl.expressions import QueryError, Scope
from rehearsal.asl.history import NOT_TRUNCATED, Chain
from rehearsal.asl.ports import FatalError, StatesError
from rehearsal.asl.program import Exit, State
from rehearsal.asl.run import Run
from rehearsal.asl.templates import Template, typed_value
from rehearsal.asl.wire import dumps, is_too_large, iso_timestamp

MAX_VARIABLES_BYTES = 256 * 1024


class Strand:
    """One line of control: the machine itself, a branch of a Parallel or an iteration of a Map."""

    def __init__(self, run: Run, chain: Chain, scope: Scope, context: dict[str, Any]) -> None:
        self.run = run
        self.chain = chain
        self.scope = scope
        self.context = context
        self.visit: Visit | None = None  # the state that was entered and not left
        self.position: Position | None = None
        self.parts: dict[int, Strand] = {}  # running branches or iterations of that state

    def inner(self, chain: Chain) -> Strand:
        """The strand of a branch or an iteration, with a scope of its own."""
        return Strand(self.run, chain, self.scope.inner(), self.context)


class Visit:
    """One strand in one state."""

    def __init__(
        self, strand: Strand, state: State, value: Any, text: str, position: Position | None
    ) -> None:
        self.strand = strand
        self.run = strand.run
        self.chain = strand.chain
        self.state = state
        self.input = value
        self.text = text
        self.before_failed: int | None = None  # where the chain stood before <Type>StateFailed
        strand.visit = self
        if position is None:
            position = self._enter(text)
        self.position = strand.position = position
        self.context = {**strand.context, "State": {"Name": state.name, "EnteredTime": position.entered_time}}

    def _enter(self, text: str) -> Position:
        self.step("")
        details = {"name": self.state.name, "input": text, "inputDetails": NOT_TRUNCATED}
        entered_id = self.chain.add(f"{self.state.type}StateEntered", details)
        now = iso_timestamp(self.run.clock.time())
        return Position(self.state.name, entered_id, now, self.input, dict(self.strand.scope.values))

    def step(self, field: str) -> None:
        """Tell that this part of the state's definition came into play: `/Retry[0]`."""
        self.run.engine.tell_step(self.run.execution, f"{self.state.location}{field}")

    def part(self, index: int) -> Part:
        """What is known of a branch or an iteration from before a redrive."""
        return self.position.parts.setdefault(index, Part())

    def set_context(self, name: str, value: Any) -> None:
        """Add to the context object for this visit."""
        self.context = {**self.context, name: value}

    def set_retry_count(self, count: int) -> None:
        """`$states.context.State.RetryCount`."""
        self.set_context("State", {**self.context["State"], "RetryCount": count})

    def states(self, **extra: Any) -> dict[str, Any]:
        """The `$states` variable."""
        return {"input": self.input, "context": self.context, **extra}

    def value(self, template: Template, states: dict[str, Any] | None = None) -> Any:
        """A template's value; a failed evaluation is recorded in the history."""
        if template.is_static:
            return template.value(self.run.evaluator, self.strand.scope, {})
        try:
            return template.value(self.run.evaluator, self.strand.scope, states or self.states())
        except QueryError as error:
            raise self.query_failed(error) from None

    def field(self, name: str, default: Any = None) -> Any:
        """A field's value, or the default where the state doesn't have it."""
        template = self.state.fields.get(name)
        return default if template is None else self.value(template)

    def typed_field(self, name: str, expected: str, default: Any = None) -> Any:
        """A field's value, of that JSON type, or the default where the state doesn't have it."""
        template = self.state.fields.get(name)
        if template is None:
            return default
        try:
            return typed_value(template, expected, name, self.run.evaluator, self.strand.scope, self.states())
        except QueryError as error:
            raise self.query_failed(error) from None

    def query_failed(self, error: QueryError) -> QueryError:
        """Record EvaluationFailed; what to raise then. A catcher's follows what the state failed with."""
        error.cause = f"{self.prefix}{error.cause}"
        if self.before_failed is not None:
            self.chain.last = self.before_failed
        details = {
            "error": error.error,
            "cause": error.cause,
            "location": error.location,
            "state": self.state.name,
        }
        self.chain.add("EvaluationFailed", details)
        return error

    @property
    def prefix(self) -> str:
        """How AWS opens the Cause of what went wrong inside the interpreter."""
        place = f"'{self.state.name}' (entered at the event id #{self.position.entered_id})"
        return f"An error occurred while executing the state {place}. "

    def runtime_error(self, reason: str) -> FatalError:
        """States.Runtime, with the state named."""
        return FatalError("States.Runtime", f"{self.prefix}{reason}")

    def out_of_range(self, template: Template, location: str, reason: str) -> StatesError:
        """What to raise for a value that its field can't take: an expression's is a failed evaluation."""
        if template.is_static:
            return self.runtime_error(reason)
        return self.query_failed(QueryError(reason, location))

    def leave(self, exit_: Exit, default: Any, **extra: Any) -> tuple[Any, str, str | None]:
        """Leave through that exit: output, its text, next state. All expressions see the values at entry."""
        states = self.states(**extra)
        assigned = self.value(exit_.assign, states) if exit_.assign is not None else {}
        output = default if exit_.output is None else self.value(exit_.output, states)
        text = self.text if output is self.input else dumps(output)
        if is_too_large(text):
            raise FatalError("States.DataLimitExceeded", size_exceeded(self.state.name))
        details = {"name": self.state.name, "output": text, "outputDetails": NOT_TRUNCATED}
        if assigned:
            details = {
                "assignedVariables": self._assign(assigned),
                "assignedVariablesDetails": NOT_TRUNCATED,
                **details,
            }
        self.chain.add(f"{self.state.type}StateExited", details)
        self.strand.visit = self.strand.position = None
        return output, text, exit_.next

    def _assign(self, assigned: dict[str, Any]) -> dict[str, str]:
        texts = {name: dumps(value) for name, value in assigned.items()}
        if is_too_large("".join(texts.values())):
            reason = f"The variables assigned exceed the limit of {MAX_VARIABLES_BYTES} bytes."
            raise self.runtime_error(reason)
        self.strand.scope.assign(assigned)
        return texts


def size_exceeded(subject: str) -> str:
    """The Cause of States.DataLimitExceeded."""
    return (
        f"The state/task '{subject}' returned a result with a size exceeding "
        "the maximum number of bytes service limit."
    )
