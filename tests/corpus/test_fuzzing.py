"""A short, seeded run of the fuzzer; `python -m tests.fuzz.readers` runs it for longer."""

from __future__ import annotations

import random

import pytest

from tests.fuzz.readers import judge, mutated, seeds

FILES = 40


@pytest.mark.parametrize("seed", [1, 2])
def test_mutated_files_of_the_corpus_end_in_reports(seed: int) -> None:
    chance, files = random.Random(seed), seeds()  # noqa: S311
    for _ in range(FILES):
        extension, content = chance.choice(files)
        judge(extension, mutated(content, chance))
