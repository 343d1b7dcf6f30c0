"""The keys of artifacts, and the manifest whose hash stands for the content alone."""

from __future__ import annotations

import pytest

from contracts.artifacts import (
    Manifest,
    ManifestFile,
    RunKeys,
    dead_letter_key,
    incoming_key,
    report_key,
    set_sha256,
)
from contracts.failures import ArtifactCorrupt

FILES = tuple(
    ManifestFile(path=f"train/part-{number}.parquet", rows=5, size_bytes=9, sha256=f"{number:064x}")
    for number in range(3)
)


def manifest():
    return Manifest(
        dataset="flights",
        contract_version=1,
        files=FILES,
        rows={"train": 15, "validation": 0, "test": 0},
        rows_without_label=2,
        schema={"distance": "float", "label": "int8"},
        sha256=set_sha256(FILES),
    )


def test_everything_of_a_run_lies_below_its_prefix():
    keys = RunKeys("run-7")
    names = [name for name in dir(RunKeys) if isinstance(getattr(RunKeys, name), property)]
    assert len(names) > 8
    assert all(getattr(keys, name).startswith("pipeline/run-7") for name in names)


def test_a_dead_letter_lies_with_its_report_under_the_run():
    key = dead_letter_key("flights", "run-7", incoming_key("flights", "2013-02", "parquet"))
    assert key == "dead-letter/flights/run-7/2013-02.parquet"
    assert report_key(key) == f"{key}.report.json"


def test_a_manifest_is_read_back_as_it_was_written():
    assert Manifest.from_dict(manifest().to_dict()) == manifest()


def test_the_hash_of_a_set_ignores_the_order_of_files():
    assert set_sha256(reversed(FILES)) == set_sha256(FILES)
    assert set_sha256(FILES[:2]) != set_sha256(FILES)


def test_a_manifest_whose_files_were_changed_is_refused():
    document = manifest().to_dict()
    document["files"][0]["sha256"] = "f" * 64
    with pytest.raises(ArtifactCorrupt, match=r"manifest\.sha256"):
        Manifest.from_dict(document)


@pytest.mark.parametrize("schema", [["distance"], {"distance": 4}])
def test_a_schema_that_names_no_types_is_refused(schema):
    with pytest.raises(ArtifactCorrupt, match=r"manifest\.schema"):
        Manifest.from_dict(manifest().to_dict() | {"schema": schema})
