"""The serving container: both formats agree, and nothing a caller sends becomes a server error."""

from __future__ import annotations

import http.client
import json
import select
import socket
import time

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from contracts.failures import ArtifactCorrupt

CSV, JSON = "text/csv", "application/json"
FLIGHT = {
    "sched_dep_time": 1830,
    "sched_arr_time": 2100,
    "time_hour": "2013-07-01T22:00:00Z",
    "carrier": "UA",
    "origin": "EWR",
    "dest": "ORD",
    "distance": 719,
}


@pytest.fixture(scope="module")
def model(trained):
    from inference.model import Model

    return Model.read(trained.root / "model")


def ask(model, body, content_type=JSON, accept=None):
    from inference.application import answer

    response = answer(
        model, content_type, accept, body if isinstance(body, bytes) else json.dumps(body).encode()
    )
    return response.status_code, bytes(response.body).decode()


def test_csv_and_json_rows_get_the_same_probability(model):
    line = ",".join(str(value) for value in FLIGHT.values()).encode()
    status, text = ask(model, line, CSV)
    assert (status, text.count("\n")) == (200, 1)
    status, document = ask(model, {"instances": [FLIGHT]})
    prediction = json.loads(document)["predictions"][0]
    assert prediction["probability"] == float(text)
    assert prediction["is_late"] is (prediction["probability"] >= model.threshold)


def test_an_answer_comes_in_the_accepted_format(model):
    assert ask(model, {"instances": [FLIGHT]}, accept="text/csv")[1].count("\n") == 1
    assert "predictions" in ask(model, {"instances": [FLIGHT]}, accept="*/*")[1]
    assert ask(model, {"instances": [FLIGHT]}, accept="image/png")[0] == 406


def test_an_unknown_level_and_a_missing_value_are_answered(model):
    rows = [FLIGHT | {"dest": "XXX"}, FLIGHT | {"distance": None}]
    assert ask(model, {"instances": rows})[0] == 200


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"distance": "far"}, "row 0: distance"),
        ({"distance": 10**400}, "row 0: distance"),
        ({"distance": "1_000"}, "row 0: distance"),
        ({"sched_dep_time": 18.5}, "whole number"),
        ({"time_hour": "2013-07-01T22:00:00"}, "a moment with its offset"),
        ({"time_hour": "yesterday"}, "row 0: time_hour"),
        ({"time_hour": "0001-01-01T00:00:00+14:00"}, "its year"),
        ({"carrier": 7}, "row 0: carrier"),
        ({"carrier": {"a": "\ud800"}}, "row 0: carrier"),
        ({"colour": "red"}, "row 0: colour"),
    ],
)
def test_a_bad_field_is_a_bad_request_that_names_it(model, change, words):
    status, text = ask(model, {"instances": [FLIGHT | change]})
    assert status == 400 and words in json.loads(text)["error"]


@pytest.mark.parametrize(
    ("body", "content_type", "status"),
    [
        (b"{", JSON, 400),
        (b"[" * 100_000, JSON, 400),
        (b"[]", JSON, 400),
        (b'{"instances": [1]}', JSON, 400),
        (b'{"instances": []}', JSON, 200),
        (b'{"instances": [{}]}', JSON, 400),
        (b"1,2", CSV, 400),
        (b'1830,"2100', CSV, 400),
        (b"\xff\xfe", CSV, 400),
        (b"", CSV, 200),
        (b"<a/>", "application/xml", 415),
    ],
)
def test_no_body_whatsoever_becomes_a_server_error(model, body, content_type, status):
    assert ask(model, body, content_type)[0] == status


JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from([*FLIGHT, "x"]), inner, max_size=8)
    ),
    max_leaves=10,
)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(changes=st.dictionaries(st.sampled_from(list(FLIGHT)), JSON_VALUES, max_size=3), instance=JSON_VALUES)
def test_arbitrary_fields_are_answered_or_refused_but_never_crash(model, changes, instance):
    assert ask(model, {"instances": [FLIGHT | changes]})[0] in (200, 400)
    assert ask(model, {"instances": [instance]})[0] == 400


@pytest.mark.parametrize("absent", ["model.ubj", "encoding.json", "metadata.json"])
def test_an_incomplete_model_ends_the_container_with_a_failure(job, trained, monkeypatch, capsys, absent):
    from inference.__main__ import main

    job.put(trained.root / "model", "model")
    (job.root / "model" / absent).unlink()
    monkeypatch.setenv("OPT_ML", str(job.root))
    assert main() == 1
    assert '"error": "ArtifactCorrupt"' in capsys.readouterr().err


def is_listening(port):
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def answered(port, method, path, body=None):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        connection.request(method, path, body, {"Content-Type": JSON})
        response = connection.getresponse()
        return response.status, response.read().decode()
    finally:
        connection.close()


def test_the_container_serves_on_the_port_it_is_given(trained):
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    process, deadline = trained.start("inference", SAGEMAKER_BIND_TO_PORT=str(port)), time.monotonic() + 60
    try:
        while not is_listening(port):
            assert process.poll() is None and time.monotonic() < deadline
            select.select([], [], [], 0.05)
        assert answered(port, "GET", "/ping") == (200, "")
        status, text = answered(port, "POST", "/invocations", json.dumps({"instances": [FLIGHT]}))
        assert status == 200 and len(json.loads(text)["predictions"]) == 1
    finally:
        process.terminate()
        process.communicate(timeout=20)


NETWORK = {
    "feature_names": np.array(["a", "b"]),
    "numbers": np.array([0]),
    "categories": np.array([1]),
    "mean": np.array([2.0]),
    "scale": np.array([0.5]),
    "embedding_0": np.array([[1.0], [2.0], [4.0], [8.0]]),
    "weight_0": np.array([[1.0, 10.0, 100.0]]),
    "bias_0": np.array([-300.0]),
}


def network_of(folder, **changes):
    from inference.network import Network

    with (folder / "model.npz").open("wb") as file:
        np.savez(file, **{name: array for name, array in (NETWORK | changes).items() if array is not None})
    return Network.read(folder / "model.npz")


def test_a_network_of_arrays_takes_unknown_levels_and_missing_values(tmp_path):
    rows = np.array([[2.0, 2.0], [np.nan, np.nan], [2.0, 1.0]], dtype=np.float32)
    logits = np.array([100.0, 510.0, -100.0])
    assert network_of(tmp_path).scores(rows) == pytest.approx((logits > 0).astype(float))


@pytest.mark.parametrize(
    ("changes", "rule"),
    [
        ({"mean": None}, "mean"),
        ({"numbers": np.array([0, 1])}, "each feature once"),
        ({"embedding_0": None}, "one embedding per category"),
        ({"scale": np.array([0.0])}, "above zero"),
        ({"weight_0": np.ones((1, 4))}, "fit each other"),
        ({"bias_0": np.array([np.nan])}, "finite"),
        ({"feature_names": np.array([{}, {}], dtype=object)}, "allow_pickle"),
    ],
)
def test_arrays_that_do_not_fit_are_refused_before_serving(tmp_path, changes, rule):
    with pytest.raises(ValueError, match=rule):
        network_of(tmp_path, **changes)


def test_two_models_in_one_folder_are_refused(job, trained):
    from inference.model import Model

    folder = job.put(trained.root / "model", "model")
    (folder / "model.npz").write_bytes(b"")
    with pytest.raises(ArtifactCorrupt, match=r"model\.ubj, model\.npz"):
        Model.read(folder)
