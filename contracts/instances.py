"""The instance catalogue: what a SageMaker instance type holds and costs. The figures, their source and date
are data (instances.json); here is only the rule that chooses: the smallest that fits, then up."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

from contracts.failures import ConfigurationRejected, DatasetTooLarge

# The source of prices that a stack's settings give.
OWN = "own"


@dataclass(frozen=True, kw_only=True)
class Instance:
    """One instance type; memory in GiB, local storage in GB, the price in US dollars an hour on demand.

    `interruption_percent` is the share of EC2's instances reclaimed within a month, as a band; its upper end
    is None where AWS gives none. None for what no source was found for.
    """

    type: str
    vcpus: int
    memory_gib: float
    gpus: int
    gpu_memory_gib: float
    local_nvme_gb: int
    listed_usd_per_hour: float | None
    price_source: str | None
    interruption_percent: tuple[int, int | None] | None
    ec2_spot_saving_percent: int | None
    uses: tuple[str, ...]

    @property
    def family(self) -> str:
        """`m5` of `ml.m5.xlarge`."""
        return self.type.split(".")[1]

    @property
    def on_demand_usd_per_hour(self) -> float:
        """The price; ConfigurationRejected for a type whose price nobody gave."""
        if self.listed_usd_per_hour is None:
            raise ConfigurationRejected(
                f"no price of {self.type} is known: give yours, in US dollars an hour on demand, as "
                f"training.instancePrices: {{{self.type}: …}}"
            )
        return self.listed_usd_per_hour

    @property
    def has_local_nvme(self) -> bool:
        """Whether its storage is part of the machine."""
        return self.local_nvme_gb > 0

    def volume(self, size_gb: int, key_arn: str) -> dict[str, Any]:
        """Volume fields of a job request: none for types with local NVMe storage.

        Their volume can be neither sized nor given a key: AWS refuses the request.
        """
        return {} if self.has_local_nvme else {"VolumeSizeInGB": size_gb, "VolumeKmsKeyId": key_arn}


@dataclass(frozen=True, kw_only=True)
class Source:
    """Where a figure of the catalogue comes from, and of when it is."""

    what: str
    dated: str


@dataclass(frozen=True, kw_only=True)
class Catalogue:
    """All known types, with the families AWS has retired; `spot_price_ratio` is an assumption."""

    instances: Mapping[str, Instance]
    retired_families: frozenset[str]
    spot_price_ratio: float
    sources: Mapping[str, Source]

    def instance(self, name: str, use: str, setting: str) -> Instance:
        """The type, if it serves the use ("training", "processing" or "endpoint").

        Raises ConfigurationRejected naming the setting, for retired and unknown types alike.
        """
        parts = name.split(".")
        if len(parts) == 3 and parts[1] in self.retired_families:
            raise ConfigurationRejected(
                f"{setting} is {name}: AWS has retired the family {parts[1]}; choose one of "
                f"{self._like(name, use)}"
            )
        if name not in self.instances or use not in self.instances[name].uses:
            raise ConfigurationRejected(
                f"{setting} is {name}: not in the catalogue for {use}; choose one of "
                f"{self._like(name, use)}, or add it to contracts/instances.json"
            )
        return self.instances[name]

    def with_prices(self, usd_per_hour: Mapping[str, float]) -> Catalogue:
        """The same with a team's own prices on demand; ConfigurationRejected for types not in it."""
        for name in usd_per_hour.keys() - self.instances.keys():
            raise ConfigurationRejected(
                f"training.instancePrices has {name}: not in the catalogue; add it to "
                "contracts/instances.json"
            )
        priced = {
            name: replace(self.instances[name], listed_usd_per_hour=price, price_source=OWN)
            for name, price in usd_per_hour.items()
        }
        sources = {
            **self.sources,
            OWN: Source(what="training.instancePrices", dated="of the stack's settings"),
        }
        return replace(self, instances={**self.instances, **priced}, sources=sources)

    def smallest_fitting(self, allowed: Iterable[Instance], memory_gib: float) -> Instance:
        """The cheapest allowed type with that much memory; DatasetTooLarge when none has it."""
        choices = sorted(allowed, key=lambda one: (one.on_demand_usd_per_hour, one.memory_gib))
        fitting = [one for one in choices if one.memory_gib >= memory_gib]
        if not fitting:
            largest = max(choices, key=lambda one: one.memory_gib)
            raise DatasetTooLarge(
                f"the data needs {memory_gib:.0f} GiB of memory: the largest allowed instance, "
                f"{largest.type}, has {largest.memory_gib:.0f}. Allow a larger one in the settings, or "
                "narrow the data window"
            )
        return fitting[0]

    def _like(self, name: str, use: str) -> str:
        """The types spelt most like it, else the families there are."""
        import difflib  # here: functions that refuse nothing start sooner without it

        fitting = [one for one in self.instances.values() if use in one.uses]
        near = difflib.get_close_matches(name, [one.type for one in fitting], n=4, cutoff=0.7)
        return ", ".join(near) or "the families " + ", ".join(dict.fromkeys(one.family for one in fitting))


@cache
def catalogue() -> Catalogue:
    """The catalogue of instances.json."""
    document = json.loads(Path(__file__).with_name("instances.json").read_text(encoding="utf-8"))
    instances = [_instance(row) for row in document["instances"]]
    return Catalogue(
        instances={one.type: one for one in instances},
        retired_families=frozenset(document["retired_families"]),
        spot_price_ratio=document["spot_price_ratio"],
        sources={name: Source(**source) for name, source in document["sources"].items()},
    )


def _instance(row: Mapping[str, Any]) -> Instance:
    given, band = dict(row), row["interruption_percent"]
    return Instance(
        listed_usd_per_hour=given.pop("on_demand_usd_per_hour"),
        **{**given, "uses": tuple(row["uses"]), "interruption_percent": tuple(band) if band else None},
    )
