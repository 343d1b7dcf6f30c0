from __future__ import annotations

import pytest

from contracts.failures import ConfigurationRejected, DatasetTooLarge
from contracts.instances import catalogue


def test_every_figure_of_the_catalogue_is_plausible_and_dated() -> None:
    for one in catalogue().instances.values():
        assert catalogue().sources[one.price_source].dated >= "2021"
        assert one.vcpus > 0 < one.memory_gib
        assert 0.01 < one.on_demand_usd_per_hour < 120
        assert bool(one.gpus) == bool(one.gpu_memory_gib)


def test_no_price_is_called_cited_unless_its_source_names_a_commit() -> None:
    for name in {one.price_source for one in catalogue().instances.values()} - {"unverified"}:
        source = catalogue().sources[name.removesuffix("-scaled").removesuffix("-before-cut")]
        assert "github.com/" in source.what
        assert "commit " in source.what


def test_prices_within_a_family_grow_with_the_size_of_the_machine() -> None:
    for family in ("m5", "m6i", "c5", "r5"):
        sizes = [one for one in catalogue().instances.values() if one.family == family]
        rates = [one.on_demand_usd_per_hour / one.vcpus for one in sizes]
        assert max(rates) < 1.01 * min(rates)


def test_no_instance_of_a_retired_family_is_in_the_catalogue() -> None:
    families = {one.family for one in catalogue().instances.values()}
    assert not families & catalogue().retired_families


def test_a_retired_family_is_refused_as_retired_and_a_typo_as_unknown() -> None:
    with pytest.raises(ConfigurationRejected, match="has retired the family p3"):
        catalogue().instance("ml.p3.2xlarge", "training", "training.instanceTypes")
    with pytest.raises(ConfigurationRejected, match="not in the catalogue"):
        catalogue().instance("ml.m5.huge", "training", "training.instanceTypes")


def test_the_cheapest_instance_that_holds_the_data_is_chosen() -> None:
    allowed = [catalogue().instances[name] for name in ("ml.m5.4xlarge", "ml.m5.large", "ml.r5.xlarge")]
    assert catalogue().smallest_fitting(allowed, 8).type == "ml.m5.large"
    assert catalogue().smallest_fitting(allowed, 20).type == "ml.r5.xlarge"
    with pytest.raises(DatasetTooLarge, match=r"ml.m5.4xlarge, has 64"):
        catalogue().smallest_fitting(allowed, 65)


def test_spot_costs_the_assumed_share_of_on_demand() -> None:
    on_demand = catalogue().usd_per_hour("ml.m5.xlarge", is_spot=False)
    assert catalogue().usd_per_hour("ml.m5.xlarge", is_spot=True) == pytest.approx(0.3 * on_demand)
