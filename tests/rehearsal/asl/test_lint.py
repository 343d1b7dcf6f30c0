"""What AWS refuses at creation is refused, with its code, its words and the place."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rehearsal.asl.lint import lint

REFUSALS, ACCEPTANCES = (
    json.loads((Path(__file__).parent / f"{name}.json").read_text()) for name in ("refusals", "acceptances")
)
BASES = {"recorded", "documented", "chosen"}  # as in tests/rehearsal/stepfunctions/test_served.py
PASS = {"Type": "Pass", "End": True}
ITEMS = {"StartAt": "I", "States": {"I": PASS}}
# https://docs.aws.amazon.com/step-functions/latest/dg/statemachine-structure.html, in JSONata
_GOING = {"Output", "Assign", "Next", "End"}
_GUARDED = {*_GOING, "Retry", "Catch"}
FIELDS_OF = {
    "Task": {*_GUARDED, "Resource", "Arguments", "TimeoutSeconds", "HeartbeatSeconds"},
    "Pass": _GOING,
    "Wait": {*_GOING, "Seconds", "Timestamp"},
    "Choice": {"Choices", "Default", "Output", "Assign"},
    "Succeed": {"Output"},
    "Fail": {"Error", "Cause"},
    "Parallel": {*_GUARDED, "Branches", "Arguments"},
    "Map": {*_GUARDED, "Items", "ItemSelector", "ItemProcessor", "MaxConcurrency", "Label",
            "ToleratedFailureCount", "ToleratedFailurePercentage"},
}  # fmt: skip
SOUND: dict[str, dict[str, Any]] = {
    "Task": {"Resource": "arn:aws:states:::lambda:invoke", "Next": "E"},
    "Pass": {"Next": "E"},
    "Wait": {"Seconds": 1, "Next": "E"},
    "Choice": {"Choices": [{"Condition": True, "Next": "E"}]},
    "Succeed": {},
    "Fail": {},
    "Parallel": {"Branches": [ITEMS], "Next": "E"},
    "Map": {"ItemProcessor": ITEMS, "Next": "E"},
}
JSONPATH = (
    "InputPath OutputPath ResultPath Parameters ResultSelector Result ItemsPath SecondsPath TimestampPath "
    "TimeoutSecondsPath HeartbeatSecondsPath MaxConcurrencyPath ErrorPath CausePath "
    "ToleratedFailureCountPath ToleratedFailurePercentagePath"
)
VALUES = {
    "Resource": "arn:aws:states:::lambda:invoke", "Arguments": {}, "TimeoutSeconds": 5, "HeartbeatSeconds": 2,
    "Retry": [], "Catch": [], "Output": 1, "Assign": {"a": 1}, "Next": "E", "End": True, "Seconds": 1,
    "Timestamp": "2026-01-01T00:00:00Z", "Choices": [{"Condition": True, "Next": "E"}], "Default": "E",
    "Error": "E", "Cause": "c", "Branches": [ITEMS], "Items": [1], "ItemSelector": {}, "ItemProcessor": ITEMS,
    "MaxConcurrency": 1, "Label": "l", "ToleratedFailureCount": 1, "ToleratedFailurePercentage": 1,
    "Colour": 1, "Variable": "$.a", **dict.fromkeys(JSONPATH.split(), "$.a"),
}  # fmt: skip


def machine(states: dict[str, Any], **fields: Any) -> dict[str, Any]:
    return {"QueryLanguage": "JSONata", "StartAt": next(iter(states)), "States": states, **fields}


def text_of(case: dict[str, Any]) -> str:
    if "text" in case:
        return str(case["text"])
    if "machine" in case:
        return json.dumps({"QueryLanguage": "JSONata", **case["machine"]})
    return json.dumps(machine(case["states"]))


@pytest.mark.parametrize("case", [pytest.param(case, id=case["name"]) for case in REFUSALS])
def test_a_definition_that_aws_refuses_is_refused_in_its_words(case: dict[str, Any]) -> None:
    found = [str(finding) for finding in lint(text_of(case), case.get("type", "STANDARD"))]
    assert case["finding"] in found


@pytest.mark.parametrize("case", [pytest.param(case, id=case["name"]) for case in ACCEPTANCES])
def test_a_definition_that_aws_accepts_is_accepted(case: dict[str, Any]) -> None:
    assert lint(text_of(case), case.get("type", "STANDARD")) == []


def test_every_case_names_its_basis_and_no_name_is_taken_twice() -> None:
    cases = [*REFUSALS, *ACCEPTANCES]
    assert {case["basis"] for case in cases} == BASES
    assert len({case["name"] for case in cases}) == len(cases)


@pytest.mark.parametrize("kind", sorted(FIELDS_OF))
def test_a_state_takes_the_fields_of_its_type_and_no_others(kind: str) -> None:
    for field, value in VALUES.items():
        state = {**SOUND[kind], field: value, "Type": kind}
        found = [
            str(finding) for finding in lint(json.dumps(machine({"A": state, "E": {"Type": "Succeed"}})))
        ]
        reasons = ("is not supported at /States/A", "is only supported for the 'JSONPath' QueryLanguage")
        is_refused = any(f"'{field}'" in text and any(reason in text for reason in reasons) for text in found)
        assert is_refused != (field in FIELDS_OF[kind]), (field, found)


def test_a_machine_without_a_query_language_is_refused_by_name() -> None:
    (finding,) = lint(json.dumps({"StartAt": "A", "States": {"A": PASS}}))
    assert finding.code == "UnsupportedByRehearsal"
    assert "JSONata only" in finding.message
    assert finding.location == "/States/A"


def test_a_definition_of_more_than_a_megabyte_is_refused() -> None:
    (finding,) = lint(json.dumps(machine({"A": {**PASS, "Comment": "x" * 1024 * 1024}})))
    assert "1048576 bytes" in finding.message


def test_a_definition_nested_without_end_is_refused_and_not_followed() -> None:
    for depth, code in ((600, "TOO_DEEPLY_NESTED"), (100_000, "INVALID_JSON_DESCRIPTION")):
        (finding,) = lint(f'{{"Comment": {"[" * depth}{"]" * depth}}}')
        assert finding.code == code


def test_a_dangling_target_comes_before_the_missing_end() -> None:
    codes = [finding.code for finding in lint(json.dumps(machine({"A": {"Type": "Pass", "Next": "B"}})))]
    assert codes == ["MISSING_TRANSITION_TARGET", "MISSING_END_STATE"]


def test_a_sound_definition_of_every_state_type_passes() -> None:
    flow = {
        "StartAt": "W",
        "States": {"W": {"Type": "Wait", "Seconds": 1, "Next": "E"}, "E": {"Type": "Succeed"}},
    }
    items = {"StartAt": "I", "States": {"I": PASS}, "ProcessorConfig": {"Mode": "INLINE"}}
    states = {
        "A": {"Type": "Pass", "Assign": {"x": 1}, "Next": "C"},
        "C": {"Type": "Choice", "Choices": [{"Condition": "{% $x = 1 %}", "Next": "P"}], "Default": "F"},
        "P": {"Type": "Parallel", "Branches": [flow], "Next": "M"},
        "M": {
            "Type": "Map",
            "Items": "{% $states.input.items[price > 3] %}",
            "ItemProcessor": items,
            "Next": "T",
        },
        "T": {"Type": "Task", "Resource": "arn:aws:states:::aws-sdk:sfn:startSyncExecution", "End": True},
        "F": {"Type": "Fail", "Error": "{% 'E' & $string($x) %}"},
    }
    assert lint(json.dumps(machine(states))) == []


def test_a_variable_nobody_assigns_is_only_a_warning() -> None:
    text = json.dumps(machine({"A": {**PASS, "Output": "{% $x %}"}}))
    assert lint(text) == []
    (warning,) = lint(text, has_warnings=True)
    assert warning.code == "POSSIBLY_UNDEFINED_VARIABLE"


def test_a_tolerance_on_an_inline_map_is_only_a_warning() -> None:
    items = {"StartAt": "I", "States": {"I": PASS}}
    text = json.dumps(
        machine({"M": {"Type": "Map", "ToleratedFailureCount": 1, "ItemProcessor": items, "End": True}})
    )
    assert lint(text) == []
    assert [finding.code for finding in lint(text, has_warnings=True)] == ["NO_EFFECT"]


def test_items_of_a_distributed_map_may_use_outer_names() -> None:
    config = {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"}
    items = {"ProcessorConfig": config, "StartAt": "I", "States": {"I": {**PASS, "Assign": {"x": 2}}}}
    states = {
        "A": {"Type": "Pass", "Assign": {"x": 1}, "Next": "M"},
        "M": {"Type": "Map", "Items": [1], "ItemProcessor": items, "End": True},
    }
    assert lint(json.dumps(machine(states))) == []


def test_a_branch_may_take_a_name_assigned_after_it() -> None:
    branch = {"StartAt": "B", "States": {"B": {**PASS, "Assign": {"x": 1}}}}
    catch = [{"ErrorEquals": ["States.ALL"], "Assign": {"x": 2}, "Next": "E"}]
    states = {
        "P": {"Type": "Parallel", "Branches": [branch], "Catch": catch, "Next": "E"},
        "E": {"Type": "Succeed"},
    }
    assert lint(json.dumps(machine(states))) == []


LEAVES = (
    st.none()
    | st.booleans()
    | st.integers(-2, 2)
    | st.sampled_from(["A", "{% $x %}", "{% ( %}", "Map", "States.ALL"])
)
FIELD_NAMES = (
    "Type Next End Choices Catch Retry Branches ItemProcessor States StartAt Assign Output Resource A"
)
FIELDS = st.sampled_from([*FIELD_NAMES.split(), "ErrorEquals", "Condition"])
ANYTHING = st.recursive(
    LEAVES, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(FIELDS, inner, max_size=5)
)
KINDS = st.sampled_from(["Pass", "Task", "Choice", "Wait", "Map", "Parallel", "Succeed", "Fail"])


@settings(deadline=None, max_examples=40)
@given(kind=KINDS, fields=st.dictionaries(FIELDS, ANYTHING, max_size=6))
def test_whatever_a_state_looks_like_the_lint_answers(kind: str, fields: dict[str, Any]) -> None:
    text = json.dumps(machine({"A": {**fields, "Type": kind}}))
    assert all(finding.code and finding.message for finding in lint(text, has_warnings=True))
