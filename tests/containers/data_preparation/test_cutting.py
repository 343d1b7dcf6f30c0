"""Large Parquet files are cut into shards that hold every row once; what is prepared of them depends neither
on their row groups nor on which shard a row is in."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from contracts.dataset import Contract

DATA = "processing/output/data"
SHARD_ROWS = 2_000


@pytest.fixture
def month(landed: Path) -> pa.Table:
    """Some 5,700 flights."""
    return pq.read_table(landed / "2013-04.parquet")


@pytest.fixture
def flights(contract_file: Path) -> Contract:
    return Contract.from_json(contract_file.read_bytes())


@pytest.fixture
def prepared_from(landed: Path, contract_file: Path, tmp_path: Path) -> Any:
    """What is prepared of both months, whose files have row groups of so many rows."""

    def prepare_from(group_rows: int, contract: Path = contract_file) -> Path:
        from features.engine import OneMachine
        from features.paths import Paths
        from features.prepare import prepare

        root = Path(mkdtemp(dir=tmp_path))
        folder = root / "processing/input/landed"
        folder.mkdir(parents=True)
        for path in landed.iterdir():
            pq.write_table(pq.read_table(path), folder / path.name, row_group_size=group_rows)
        (root / "processing/input/contract").mkdir()
        shutil.copy(contract, root / "processing/input/contract")
        prepare(Paths(root), OneMachine())
        return root / DATA

    return prepare_from


@pytest.fixture
def small_shards(monkeypatch: pytest.MonkeyPatch) -> None:
    """So that the few rows of a test make several."""
    from features import cutting

    monkeypatch.setattr(cutting, "SHARD_ROWS", SHARD_ROWS)


def spans_of(path: Path, shard_rows: int = SHARD_ROWS) -> list[tuple[int, int] | None]:
    from features.cutting import spans

    return list(spans(path, shard_rows))


@pytest.mark.parametrize("group_rows", [700, 1_999, 2_000, 3_000, 6_000])
def test_spans_hold_every_row_once_in_batches_that_do_not_follow_row_groups(
    group_rows, month, flights, tmp_path, monkeypatch
):
    from features import landed as reading

    monkeypatch.setattr(reading, "ROWS_AT_ONCE", 500)
    path = tmp_path / "2013-04.parquet"
    pq.write_table(month, path, row_group_size=group_rows)
    spans = spans_of(path)
    assert len(spans) == -(-month.num_rows // SHARD_ROWS)
    columns = ["carrier", "distance", "time_hour"]
    read = [list(reading.batches("x", path, flights, columns, span)) for span in spans]
    rows = [row for batches in read for batch in batches for row in batch.to_pylist()]
    assert rows == [
        row for batch in reading.batches("x", path, flights, columns) for row in batch.to_pylist()
    ]
    assert {batch.num_rows for batches in read for batch in batches[:-1]} == {500}


@pytest.mark.usefixtures("small_shards")
def test_the_training_set_of_cut_files_does_not_depend_on_their_row_groups(prepared_from):
    sets = [prepared_from(rows) for rows in (700, 8_000)]
    assert len({(folder / "manifest.json").read_text() for folder in sets}) == 1
    assert len(list((sets[0] / "train").iterdir())) > 2, "more parts than files"


@pytest.mark.usefixtures("small_shards")
def test_shards_together_are_the_rows_and_the_encoding_of_whole_files(prepared_from, prepared):
    cut, whole = prepared_from(8_000), prepared.root / DATA
    for split in ("train", "validation", "test/labels"):
        assert pq.read_table(cut / split).equals(pq.read_table(whole / split))
    for same in ("encoding/encoding.json", "test/inputs/inputs.csv"):
        assert (cut / same).read_text() == (whole / same).read_text()


def test_the_hold_out_of_several_shards_is_joined_to_that_of_whole_files(
    prepared_from, by_hash, tmp_path, monkeypatch
):
    from features import cutting

    contract = tmp_path / "contract.json"
    contract.write_text(json.dumps(by_hash))
    whole = prepared_from(8_000, contract) / "test"
    monkeypatch.setattr(cutting, "SHARD_ROWS", SHARD_ROWS)
    cut = prepared_from(8_000, contract) / "test"
    assert (cut / "inputs/inputs.csv").read_text() == (whole / "inputs/inputs.csv").read_text()
    assert pq.read_table(cut / "labels").equals(pq.read_table(whole / "labels"), check_metadata=True)
    assert not list((cut.parents[1] / "unfinished/test").iterdir())


def test_a_file_is_left_whole_where_it_is_small_is_text_or_has_a_row_group_of_many_shards(month, tmp_path):
    small, huge, text, damaged = (
        tmp_path / name for name in ("a.parquet", "b.parquet", "c.csv", "d.parquet")
    )
    pq.write_table(month.slice(0, SHARD_ROWS), small)
    pq.write_table(month, huge)
    text.write_text("a,b\n1,2\n")
    damaged.write_bytes(b"PAR1")
    found = [spans_of(path) for path in (small, text, damaged)]
    assert [*found, spans_of(huge, shard_rows=1_000)] == [[None]] * 4


@pytest.mark.usefixtures("small_shards")
def test_shards_are_numbered_over_all_files(landed, flights):
    from features.cutting import shards_of

    files = [(path.name, path) for path in sorted(landed.iterdir())]
    shards = shards_of(flights, files)
    assert [shard.index for shard in shards] == list(range(len(shards)))
    assert [shard.name for shard in shards] == sorted(shard.name for shard in shards)
    assert len(shards) > len(files) == 2
