"""A container finds what its image holds, and nothing else that this machine happens to have."""

from __future__ import annotations

from pathlib import Path

import pytest

from rehearsal.sagemaker.absent import ON_THIS_MACHINE
from rehearsal.sagemaker.service import SageMakerService
from tests.rehearsal.sagemaker.fakes import finish, job_log, processing_request

LOCKED = "numpy==2.4.6 \\\n    --hash=sha256:00\n"
MODULES = ("boto3", "matplotlib", "numpy", "pytest", "sklearn")
FOUND = f"from importlib.util import find_spec; found = [name for name in {MODULES} if find_spec(name)]"
PROGRAM = f"{FOUND}; (opt / 'output/message').write_text(' '.join(found))"


def found_with(service: SageMakerService, root: Path, code: str = PROGRAM, **files: str) -> str:
    """What a job's container wrote, with these requirements files in its image's folder."""
    for name, text in files.items():
        (root / "containers/worker" / f"{name}.txt").write_text(text)
    service.handle("CreateProcessingJob", processing_request("finder", code), None)
    return str(finish(service, "ProcessingJob", "finder").get("ExitMessage", ""))


def test_a_container_finds_no_library_that_its_locked_image_has_not(
    service: SageMakerService, root: Path
) -> None:
    assert found_with(service, root, requirements=LOCKED) == "numpy"


def test_what_any_of_an_images_requirements_files_lists_is_found(
    service: SageMakerService, root: Path
) -> None:
    more = "Boto3==1.43.106\nscikit_learn>=1\n"
    assert found_with(service, root, requirements=LOCKED, requirements_more=more) == "boto3 numpy sklearn"


@pytest.mark.parametrize("files", [{}, {"requirements": "numpy==2.4.6\n"}], ids=["none", "not locked"])
def test_an_image_whose_requirements_nobody_knows_in_full_hides_nothing(
    service: SageMakerService, root: Path, files: dict[str, str]
) -> None:
    assert found_with(service, root, **files) == " ".join(MODULES)


def test_importing_what_an_image_has_not_fails_as_it_would_there(
    service: SageMakerService, root: Path
) -> None:
    assert found_with(service, root, "import boto3", requirements=LOCKED) == ""
    assert "No module named 'boto3'" in job_log(service, "finder")


def test_what_is_hidden_is_on_this_machine_by_that_name() -> None:
    from importlib.metadata import packages_distributions

    brought = packages_distributions()
    for module, distribution in ON_THIS_MACHINE.items():
        assert distribution in {name.lower() for name in brought[module]}
