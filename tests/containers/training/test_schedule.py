"""What a network's training derives from seed and place alone, and who its processes are."""

from __future__ import annotations

import json

import numpy as np
import pytest

from contracts.failures import ConfigurationRejected


def rate(epochs_done, world=1, **texts):
    from trainer.network.hyperparameters import NetworkHyperparameters
    from trainer.network.schedule import rate_at

    return rate_at(NetworkHyperparameters.from_texts(texts), world, epochs_done)


def test_the_order_of_an_epoch_follows_from_seed_and_epoch_alone():
    from trainer.network.schedule import order_of

    assert (order_of(1, 2, 100) == order_of(1, 2, 100)).all()
    assert (order_of(1, 2, 100) != order_of(1, 3, 100)).any()
    assert (np.sort(order_of(1, 2, 100)) == np.arange(100)).all()


def test_no_two_steps_or_processes_share_their_randomness():
    from trainer.network.schedule import seed_of

    assert len({seed_of(1, rank, step) for rank in range(4) for step in range(100)}) == 400


def test_the_rate_grows_with_the_global_batch_after_a_warm_up():
    chosen = {"learning_rate": "0.01", "warmup_epochs": "2", "rate_schedule": "constant"}
    assert [rate(done, 4, **chosen) for done in (0, 1, 2, 9)] == pytest.approx([0.01, 0.025, 0.04, 0.04])
    assert rate(0, 1, **chosen) == rate(5, 1, **chosen) == 0.01


def test_a_cosine_rate_falls_from_the_full_one_to_zero():
    chosen = {"learning_rate": "0.01", "warmup_epochs": "0", "epochs": "10"}
    assert [rate(done, **chosen) for done in (0, 5, 10, 11)] == pytest.approx([0.01, 0.005, 0, 0])


def hosts_of(path, **config):
    from trainer.network.hosts import Hosts

    path.write_text(json.dumps(config))
    return Hosts.read(path)


def test_processes_are_numbered_over_the_hosts_in_their_order(tmp_path):
    names = {"hosts": ["algo-1", "algo-2"], "network_interface_name": "eth0"}
    second = hosts_of(tmp_path / "r.json", current_host="algo-2", **names)
    assert [second.rank(local, 4) for local in range(4)] == [4, 5, 6, 7]
    assert second.meeting_point().startswith("tcp://algo-1:")
    assert set(second.interfaces().values()) == {"eth0"}


def test_two_jobs_on_one_machine_meet_at_different_ports(tmp_path, monkeypatch):
    from trainer.network.hosts import Hosts

    hosts, ports = Hosts.read(tmp_path / "absent.json"), set()
    for name in ("job-a", "job-b"):
        monkeypatch.setenv("TRAINING_JOB_NAME", name)
        ports.add(hosts.meeting_point())
    assert len(ports) == 2


@pytest.mark.parametrize(
    "config",
    [{"hosts": ["algo-1"]}, {"hosts": ["algo-1"], "current_host": "algo-9", "network_interface_name": "lo"}],
)
def test_a_resource_configuration_without_this_host_is_refused(tmp_path, config):
    with pytest.raises(ConfigurationRejected, match=r"resourceconfig\.json.*current_host"):
        hosts_of(tmp_path / "r.json", **config)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("batch_size", "0"),
        ("epochs", "1.5"),
        ("dropout", "1"),
        ("parallelism", "model"),
        ("precision", "int8"),
    ],
)
def test_a_value_the_network_cannot_take_is_refused_by_name(name, text):
    with pytest.raises(ConfigurationRejected, match=rf"hyperparameters\.{name} is .*{text}.*must be"):
        rate(0, **{name: text})
