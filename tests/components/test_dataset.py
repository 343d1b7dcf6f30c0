"""A dataset is refused before anything is declared when its contract is missing or of another dataset."""

import json
from pathlib import Path

import pytest

from components.dataset import require_contract
from contracts.failures import ContractInvalid

FLIGHTS = Path(__file__).resolve().parents[2] / "datasets" / "flights" / "contract.json"


def write_contract(folder: Path, dataset: str, name: str) -> Path:
    document = json.loads(FLIGHTS.read_text()) | {"name": name}
    path = folder / dataset / "contract.json"
    path.parent.mkdir(parents=True)
    path.write_text(json.dumps(document))
    return path


def test_the_shipped_dataset_has_a_contract_that_holds_together() -> None:
    require_contract("flights", FLIGHTS)


def test_a_dataset_without_a_contract_is_refused_with_those_that_have_one(tmp_path: Path) -> None:
    write_contract(tmp_path, "taxis", "taxis")
    with pytest.raises(
        ContractInvalid, match=r"pipeline\.dataset is 'trains'; datasets with a contract: taxis"
    ):
        require_contract("trains", tmp_path / "trains" / "contract.json")


def test_a_contract_under_the_name_of_another_dataset_is_refused(tmp_path: Path) -> None:
    path = write_contract(tmp_path, "taxis", "flights")
    with pytest.raises(ContractInvalid, match="contract of 'flights'; its folder is 'taxis'"):
        require_contract("taxis", path)


def test_a_contract_that_breaks_its_own_rules_is_refused_by_path(tmp_path: Path) -> None:
    path = write_contract(tmp_path, "taxis", "taxis")
    path.write_text(path.read_text().replace('"version": 1', '"version": "one"'))
    with pytest.raises(ContractInvalid, match=r"contract\.version"):
        require_contract("taxis", path)
