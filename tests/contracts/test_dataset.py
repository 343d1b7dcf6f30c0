"""The dataset contract: what is written is read back, and what does not hold together is refused by its
path."""

from __future__ import annotations

import copy
import json
from pathlib import Path

import pytest

from contracts.dataset import Contract, FileReport, Violation
from contracts.failures import ContractInvalid

FLIGHTS = json.loads((Path(__file__).parents[2] / "datasets/flights/contract.json").read_text())


def changed(path, value):
    """The flights' contract with one field set; numbers in the path are list indexes."""
    document = copy.deepcopy(FLIGHTS)
    *parents, last = path
    place = document
    for step in parents:
        place = place[step]
    place[last] = value
    return document


def test_a_contract_is_read_back_as_it_was_written():
    contract = Contract.from_dict(FLIGHTS)
    assert contract.to_dict() == FLIGHTS
    assert Contract.from_json(json.dumps(contract.to_dict())) == contract


def test_input_columns_are_those_of_the_features_each_once():
    names = [column.name for column in Contract.from_dict(FLIGHTS).input_columns]
    assert names == list(dict.fromkeys(feature["column"] for feature in FLIGHTS["features"]))


@pytest.mark.parametrize(
    ("path", "value", "words"),
    [
        (["version"], 0, r"contract\.version is 0"),
        (["colour"], 1, r"contract\.colour .*unknown"),
        (["columns", 3, "type"], "float", r"columns\[3\]\.type .*integer"),
        (["columns", 0, "max_null_ratio"], 1.5, r"columns\[0\]\.max_null_ratio .*from 0 to 1"),
        (["columns", 0, "min"], 3000, r"columns\[0\]\.min .*exceed max"),
        (["columns", 9, "min"], 1, r"columns\[9\]\.min .*does not belong"),
        (["columns", 1, "name"], "year", r"columns names \"year\" twice"),
        (["target", "rule"], "more", r"target\.rule .*greater_than"),
        (["target", "column"], "tailnum", r"target\.column .*type text: it must be .*categorical"),
        (["target", "column"], "carrier", r"target\.value is 15: carrier is categorical, so .*of its texts"),
        (["target", "value"], "15", r'target\.value is "15": arr_delay is number, so it must be a number'),
        (["target", "value"], 10**400, r"target\.value is 1000.*64 bits"),
        (["target", "value"], float("nan"), r"target\.value is NaN: it must be a number"),
        (["features"], [], r"features .*at least one"),
        (["features", 0, "name"], "label", r"features names \"label\": training parts have"),
        (["features", 0, "column"], "nowhere", r"features\[0\]\.column .*no such column"),
        (["features", 0, "transform"], "category", r"features\[0\]\.column .*integer"),
        (["features", 0, "utc_offset_hours"], -5, r"features\[0\]\.utc_offset_hours .*clock_hours"),
        (["event_time"], "year", r"event_time .*timestamp"),
        (["segments"], ["carrier", "carrier"], r"segments .*different"),
        (["segments", 0], "distance", r"segments\[0\] .*categorical"),
        (["split", "test_share"], 0.4, r"split\.test_share .*half"),
        (["formats"], {}, r"formats\.parquet .*at least one"),
        (["formats", "csv", "null_values"], ["NA", "a,b"], r'null_values .*"a,b" could stand in quotes only'),
        (["formats", "csv", "null_values"], ['"'], r"null_values .*in quotes only"),
        (["columns", 0, "max"], 10**400, r"columns\[0\]\.max .*must be a number"),
        (["columns", 12, "categories"], [], r"columns\[12\]\.categories .*no value could keep it"),
        (["columns", 12, "max_cardinality"], 2, r"max_cardinality is 2: categories allows 3 values"),
        (["formats", "csv", "encoding"], "latin-1", r"formats\.csv\.encoding .*utf-8"),
    ],
)
def test_a_contract_that_does_not_hold_together_names_the_field(path, value, words):
    with pytest.raises(ContractInvalid, match=words):
        Contract.from_dict(changed(path, value))


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"rule": "greater_than", "value": "JFK"}, r'rule is "greater_than": origin is categorical'),
        ({"value": "jfk"}, r'value is "jfk": origin has no such value; its categories are EWR, JFK, LGA'),
    ],
)
def test_a_categorical_target_equals_one_of_its_values(changes, words):
    target = {"name": "is_jfk", "column": "origin", "rule": "equals", "value": "JFK"}
    document = changed(["features"], [one for one in FLIGHTS["features"] if one["column"] != "origin"])
    assert Contract.from_dict(document | {"target": target}).target.to_dict() == target
    with pytest.raises(ContractInvalid, match=words):
        Contract.from_dict(document | {"target": target | changes})


def test_a_feature_known_only_after_the_prediction_is_refused():
    leaking = changed(["features", 0], {"name": "delay", "column": "dep_delay", "transform": "number"})
    with pytest.raises(ContractInvalid, match=r"dep_delay.*known only after the prediction"):
        Contract.from_dict(leaking)


def test_a_feature_made_of_the_target_is_refused_even_where_that_is_called_known():
    document = changed(["columns", 8, "is_known_before_prediction"], True)
    document["features"].append({"name": "delay", "column": "arr_delay", "transform": "number"})
    with pytest.raises(ContractInvalid, match="it is the target's column"):
        Contract.from_dict(document)


@pytest.mark.parametrize("text", ["", "{", "[]", "null", '"flights"', "[" * 100_000, '{"name": "\\ud800"}'])
def test_a_text_that_is_no_contract_is_refused(text):
    with pytest.raises(ContractInvalid, match="contract is"):
        Contract.from_json(text)


def test_a_field_that_is_there_twice_is_refused_instead_of_one_being_ignored():
    text = json.dumps(FLIGHTS).replace('"max_cardinality": 50', '"max_cardinality": 50, "max_cardinality": 5')
    with pytest.raises(ContractInvalid, match='"max_cardinality" is there twice'):
        Contract.from_json(text)


def test_a_file_report_is_read_back_as_it_was_written():
    violation = Violation(column="distance", rule="type", seen="text 'far'", allowed="number")
    report = FileReport(
        file="2013-01.parquet", rows=3, violations=(violation,), evidence={"carrier": "dictionary"}
    )
    assert FileReport.from_dict(report.to_dict()) == report
    assert not report.is_valid


def test_a_report_that_calls_violations_valid_is_refused():
    report = FileReport(file="f", rows=1, violations=()).to_dict()
    with pytest.raises(ContractInvalid, match=r"report\.is_valid"):
        FileReport.from_dict(report | {"is_valid": False})


def by_hash(**changes):
    split = {"by": "key_hash", "validation_share": 0.1, "test_share": 0.1, **changes}
    return {**FLIGHTS, "split": split}


def test_a_split_by_hash_takes_the_primary_key_unless_it_names_another():
    assert Contract.from_dict(by_hash()).split_key == tuple(FLIGHTS["primary_key"])
    named = Contract.from_dict(by_hash(key=["carrier"]))
    assert named.split_key == ("carrier",) and Contract.from_dict(named.to_dict()) == named


@pytest.mark.parametrize(
    ("document", "message"),
    [
        (by_hash(key=["nobody"]), r"contract\.split\.key\[0\] is .nobody.: no such column"),
        (
            {**by_hash(), "primary_key": []},
            r"contract\.split\.key is missing and contract\.primary_key is \[\]",
        ),
        (by_hash(by="event_time", key=["carrier"]), r"contract\.split\.key is .*only a split by key_hash"),
    ],
    ids=["unknown column", "no key", "key without hash"],
)
def test_a_split_whose_key_makes_no_sense_is_refused_by_path(document, message):
    with pytest.raises(ContractInvalid, match=message):
        Contract.from_dict(document)
