from __future__ import annotations

import botocore.session
import pytest

from contracts.failures import ConfigurationRejected, DatasetTooLarge
from contracts.instances import catalogue

PRICED = [one for one in catalogue().instances.values() if one.listed_usd_per_hour is not None]
# By use: what the API takes (botocore's model of it).
TAKEN_BY = {
    "training": "TrainingInstanceType",
    "processing": "ProcessingInstanceType",
    "endpoint": "ProductionVariantInstanceType",
}


def test_every_figure_of_the_catalogue_is_plausible() -> None:
    for one in catalogue().instances.values():
        assert one.vcpus > 0 < one.memory_gib
        assert bool(one.gpus) == bool(one.gpu_memory_gib)
        assert one in PRICED or one.price_source is None
    assert all(0.01 < one.on_demand_usd_per_hour < 120 for one in PRICED)


def test_every_price_names_the_commit_that_it_was_copied_from_and_its_date() -> None:
    for name in {one.price_source or "" for one in PRICED}:
        source = catalogue().sources[name]
        assert source.dated >= "2026"
        assert "github.com/" in source.what and "commit " in source.what


@pytest.mark.parametrize("use", TAKEN_BY)
def test_a_type_has_the_uses_that_sagemaker_takes_it_for(use: str) -> None:
    shape = botocore.session.get_session().get_service_model("sagemaker").shape_for(TAKEN_BY[use])
    wrong = [
        one.type for one in catalogue().instances.values() if (one.type in shape.enum) != (use in one.uses)
    ]
    assert wrong == []


def test_prices_within_a_family_grow_with_the_size_of_the_machine() -> None:
    for family in ("m5", "m6i", "m7i", "c5", "c6i", "r5", "r6i"):
        rates = [one.on_demand_usd_per_hour / one.vcpus for one in PRICED if one.family == family]
        assert max(rates) < 1.01 * min(rates)


def test_a_type_without_a_known_price_is_refused_until_the_settings_give_one() -> None:
    one = catalogue().instance("ml.p5en.48xlarge", "training", "training.instanceTypes")
    with pytest.raises(ConfigurationRejected, match=r"give yours.* as training.instancePrices"):
        _ = one.on_demand_usd_per_hour
    known = catalogue().with_prices({"ml.p5en.48xlarge": 70.5, "ml.m5.large": 0.128})
    assert known.instances["ml.p5en.48xlarge"].on_demand_usd_per_hour == 70.5
    assert known.instances["ml.m5.large"].on_demand_usd_per_hour == 0.128
    assert known.instances["ml.m5.xlarge"].on_demand_usd_per_hour == 0.23, "the list's, where none is given"


def test_a_price_of_a_type_nobody_knows_is_refused_by_name() -> None:
    with pytest.raises(ConfigurationRejected, match=r"training.instancePrices has ml.m5.huge"):
        catalogue().with_prices({"ml.m5.huge": 1.0})


def test_a_misspelt_type_is_refused_with_those_spelt_like_it() -> None:
    with pytest.raises(ConfigurationRejected, match=r"one of .*ml.m5.12xlarge"):
        catalogue().instance("ml.m5.13xlarge", "training", "training.instanceTypes")


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
