"""A definition made ready to run: every expression compiled, every transition resolved, once per machine.

Definitions are linted before they get here, so what follows may rely on their shape."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from rehearsal.asl.integrations import parse_resource
from rehearsal.asl.ports import Integration
from rehearsal.asl.templates import Template, compile_template

_FIELDS = (
    "Output",
    "Assign",
    "Arguments",
    "Items",
    "ItemSelector",
    "Seconds",
    "Timestamp",
    "TimeoutSeconds",
    "HeartbeatSeconds",
    "Error",
    "Cause",
    "MaxConcurrency",
    "ToleratedFailureCount",
    "ToleratedFailurePercentage",
)


@dataclass(frozen=True)
class Exit:
    """One way out of a state: where to, and the Output and Assign that belong to it."""

    next: str | None
    output: Template | None
    assign: Template | None


@dataclass(frozen=True)
class Rule:
    """A Choice rule."""

    condition: Template
    location: str
    exit: Exit


@dataclass(frozen=True)
class Retrier:
    """A Retry entry; delays in seconds."""

    error_names: tuple[str, ...]
    interval_seconds: float
    max_attempts: int
    backoff_rate: float
    max_delay_seconds: float | None
    has_full_jitter: bool

    def delay_seconds(self, attempts_made: int, chance: float) -> float:
        """The wait before the next attempt; `chance` in [0, 1) decides the jitter."""
        delay = self.interval_seconds * self.backoff_rate**attempts_made
        if self.max_delay_seconds is not None:
            delay = min(delay, self.max_delay_seconds)
        return delay * chance if self.has_full_jitter else delay


@dataclass(frozen=True)
class Catcher:
    """A Catch entry."""

    error_names: tuple[str, ...]
    exit: Exit


@dataclass(frozen=True)
class State:
    """One state, compiled."""

    name: str
    location: str  # its path in the whole definition: `/States/Train`
    type: str
    exit: Exit
    fields: dict[str, Template]
    retriers: tuple[Retrier, ...] = ()
    catchers: tuple[Catcher, ...] = ()
    rules: tuple[Rule, ...] = ()
    branches: tuple[Flow, ...] = ()
    integration: Integration | None = None
    distribution: Distribution | None = None


@dataclass(frozen=True)
class Flow:
    """A machine, a branch or an item processor."""

    start_at: str
    states: dict[str, State]
    timeout_seconds: float | None = None


@dataclass(frozen=True)
class Reader:
    """An ItemReader."""

    resource: str
    config: Template
    arguments: Template


@dataclass(frozen=True)
class Writer:
    """A ResultWriter; without a destination it only reshapes the result."""

    destination: Template | None
    transformation: str
    is_jsonl: bool


@dataclass(frozen=True)
class Distribution:
    """What only a Distributed Map has."""

    label: str | None
    is_express: bool
    reader: Reader | None
    batcher: dict[str, Template]
    writer: Writer | None


def compile_flow(definition: dict[str, Any], location: str = "") -> Flow:
    """Compile a machine, or the branch or item processor at that place of one."""
    states = {
        name: _compile_state(name, state, f"{location}/States/{name}")
        for name, state in definition["States"].items()
    }
    return Flow(definition["StartAt"], states, definition.get("TimeoutSeconds"))


def _compile_state(name: str, state: dict[str, Any], location: str) -> State:
    kind = state["Type"]
    following = state.get("Default") if kind == "Choice" else state.get("Next")
    flows = [
        (branch, f"{location}/Branches[{index}]") for index, branch in enumerate(state.get("Branches", ()))
    ]
    if "ItemProcessor" in state:
        flows = [(state["ItemProcessor"], f"{location}/ItemProcessor")]
    return State(
        name,
        location,
        kind,
        _exit(state, following, ""),
        {key: compile_template(state[key], key) for key in _FIELDS if key in state},
        tuple(_retrier(entry) for entry in state.get("Retry", ())),
        tuple(
            Catcher(tuple(entry["ErrorEquals"]), _exit(entry, entry["Next"], f"Catch[{index}]/"))
            for index, entry in enumerate(state.get("Catch", ()))
        ),
        tuple(_rule(entry, index) for index, entry in enumerate(state.get("Choices", ()))),
        tuple(compile_flow(flow, path) for flow, path in flows),
        parse_resource(state["Resource"]) if kind == "Task" else None,
        _distribution(state) if kind == "Map" else None,
    )


def _exit(holder: dict[str, Any], following: str | None, prefix: str) -> Exit:
    output = compile_template(holder["Output"], f"{prefix}Output") if "Output" in holder else None
    assign = compile_template(holder["Assign"], f"{prefix}Assign") if holder.get("Assign") else None
    return Exit(following, output, assign)


def _rule(entry: dict[str, Any], index: int) -> Rule:
    location = f"Choices[{index}]/Condition"
    condition = compile_template(entry["Condition"], location)
    return Rule(condition, location, _exit(entry, entry["Next"], f"Choices[{index}]/"))


def _retrier(entry: dict[str, Any]) -> Retrier:
    return Retrier(
        tuple(entry["ErrorEquals"]),
        entry.get("IntervalSeconds", 1),
        entry.get("MaxAttempts", 3),
        entry.get("BackoffRate", 2.0),
        entry.get("MaxDelaySeconds"),
        entry.get("JitterStrategy") == "FULL",
    )


def _distribution(state: dict[str, Any]) -> Distribution | None:
    config = state["ItemProcessor"].get("ProcessorConfig", {})
    if config.get("Mode") != "DISTRIBUTED":
        return None
    batcher = state.get("ItemBatcher", {})
    return Distribution(
        state.get("Label"),
        config.get("ExecutionType") == "EXPRESS",
        _reader(state["ItemReader"]) if "ItemReader" in state else None,
        {key: compile_template(value, f"ItemBatcher/{key}") for key, value in batcher.items()},
        _writer(state["ResultWriter"]) if "ResultWriter" in state else None,
    )


def _reader(entry: dict[str, Any]) -> Reader:
    return Reader(
        entry["Resource"],
        compile_template(entry.get("ReaderConfig", {}), "ItemReader/ReaderConfig"),
        compile_template(entry.get("Arguments", {}), "ItemReader/Arguments"),
    )


def _writer(entry: dict[str, Any]) -> Writer:
    config = entry.get("WriterConfig", {})
    has_destination = "Arguments" in entry
    return Writer(
        compile_template(entry["Arguments"], "ResultWriter/Arguments") if has_destination else None,
        config.get("Transformation", "NONE"),
        config.get("OutputType") == "JSONL",
    )


def steps(flow: Flow) -> dict[str, str]:
    """Every place of a flow that an execution can pass, with what it is.

    The places are those that the engine tells its `on_step` listeners; the kinds are state, terminal, rule,
    default, retrier and catcher.
    """
    found: dict[str, str] = {}
    for state in flow.states.values():
        is_terminal = state.type in ("Succeed", "Fail") or (
            state.type != "Choice" and state.exit.next is None
        )
        found[state.location] = "terminal" if is_terminal else "state"
        for field, kind, entries in (
            ("Choices", "rule", state.rules),
            ("Retry", "retrier", state.retriers),
            ("Catch", "catcher", state.catchers),
        ):
            found |= {f"{state.location}/{field}[{index}]": kind for index in range(len(entries))}
        if state.type == "Choice" and state.exit.next is not None:
            found[f"{state.location}/Default"] = "default"
        for branch in state.branches:
            found |= steps(branch)
    return found
