"""The documents keep their word: links lead somewhere, commands exist, every command is on one page."""

from __future__ import annotations

import argparse
import re
import shlex
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import pytest
import yaml

from contracts.run import Outcome
from rehearsal.cli import parser as rehearsal_parser
from trainyard.__main__ import parser as trainyard_parser

ROOT = Path(__file__).resolve().parents[2]
FOLDERS = ("docs", "examples")
PAGES = [ROOT / "README.md", *(page for top in FOLDERS for page in sorted((ROOT / top).rglob("*.md")))]
PARSERS = {"rehearsal": rehearsal_parser, "trainyard": trainyard_parser}
COMMAND_LINE = ROOT / "docs/command-line.md"


def without_code(text: str) -> str:
    return re.sub(r"^```.*?^```", "", text, flags=re.DOTALL | re.MULTILINE)


def anchors(page: Path) -> set[str]:
    headings = re.findall(r"^#+ (.*)$", without_code(page.read_text()), flags=re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def leads_somewhere(page: Path, link: str) -> bool:
    path, _, anchor = link.partition("#")
    target = page.parent / path if path else page
    if link.startswith("https://") or not anchor or target.suffix != ".md":
        return link.startswith("https://") or target.exists()
    return target.exists() and anchor in anchors(target)


def broken_links(page: Path) -> list[str]:
    links = re.findall(r"\]\(([^)\s]+)\)", without_code(page.read_text()))
    return [link for link in links if not leads_somewhere(page, link)]


def test_every_link_between_documents_leads_somewhere() -> None:
    assert {page.name: broken for page in PAGES if (broken := broken_links(page))} == {}


def test_every_page_of_the_docs_can_be_reached_from_the_readme() -> None:
    links = re.findall(r"\]\((docs/[\w-]+\.md)", (ROOT / "README.md").read_text())
    pages = {page.relative_to(ROOT).as_posix() for page in PAGES if page.parent == ROOT / "docs"}
    assert pages <= set(links)


def commands(tool: str) -> Iterator[tuple[str, str]]:
    """Every command of this tool that some document shows, with the page's name."""
    for page in PAGES:
        text = page.read_text().replace("\\\n", " ")
        for found in re.findall(rf"python3? -m {tool}(?: ([^`\n#|>]*))?", text):
            yield page.name, found.strip()


def words(shown: str) -> list[str]:
    """The words to type; brackets that mark what may be left out are left out themselves."""
    return [word for word in shlex.split(re.sub(r"[\[\]…]|\.\.\.", " ", shown)) if word]


@pytest.mark.parametrize("tool", PARSERS)
def test_every_command_that_a_document_shows_is_taken(tool: str, capsys: pytest.CaptureFixture[str]) -> None:
    for page, shown in commands(tool):
        try:
            PARSERS[tool]().parse_args(words(shown.replace("SCENARIO", "happy-path")))
        except SystemExit as refused:
            is_short = "required" in capsys.readouterr().err  # a sentence names a command alone
            assert refused.code == 0 or is_short, f"{page}: python -m {tool} {shown}"


def test_every_target_of_make_that_a_document_shows_exists() -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), flags=re.MULTILINE))
    texts = {page.name: page.read_text() for page in PAGES}
    shown = {name: re.findall(r"(?:^\$ |`)make ((?:[a-z-]+ ?)+)", text, re.M) for name, text in texts.items()}
    words_of = {name: {word for words in found for word in words.split()} for name, found in shown.items()}
    assert {name: unknown for name, words in words_of.items() if (unknown := words - targets)} == {}


def test_every_module_that_a_document_runs_exists() -> None:
    text = "".join(page.read_text() for page in PAGES)
    modules = set(re.findall(r"-m ((?:benchmarks|delivery)\.\w+)", text))
    assert modules and [name for name in sorted(modules) if find_spec(name) is None] == []


def settings_of_the_stack() -> set[str]:
    """Every setting by its path, as `training.spot.maxWindows`."""
    config = yaml.safe_load((ROOT / "Pulumi.dev.yaml").read_text())["config"]
    sections = {key.removeprefix("trainyard:"): value for key, value in config.items() if "trainyard:" in key}

    def below(node: object, above: str) -> Iterator[str]:
        for name, value in node.items() if isinstance(node, dict) else ():
            yield f"{above}{name}"
            yield from below(value, f"{above}{name}.")

    return set(below(sections, ""))


def test_every_setting_that_a_document_names_exists() -> None:
    settings = settings_of_the_stack()
    sections = "|".join(name for name in settings if "." not in name)
    named = re.compile(rf"`(?:trainyard:)?((?:{sections})\.[A-Za-z.]+)[`:= ]")
    texts = {page.name: named.findall(without_code(page.read_text())) for page in PAGES}
    assert {name: unknown for name, found in texts.items() if (unknown := set(found) - settings)} == {}
    assert sum(len(found) for found in texts.values()) > 20


def leaves(parser: argparse.ArgumentParser, name: str) -> Iterator[str]:
    """The commands below a parser, by all their words."""
    choices = [action.choices for action in parser._actions if isinstance(action, argparse._SubParsersAction)]
    for word, child in choices[0].items() if choices else ():
        yield from leaves(child, f"{name} {word}")
    if not choices:
        yield name


def test_the_page_of_commands_lists_each_of_them_once() -> None:
    listed = re.findall(r"^\| `python -m ((?:[a-z-]+ ?)+)", COMMAND_LINE.read_text(), flags=re.MULTILINE)
    existing = [name for tool, parser in PARSERS.items() for name in leaves(parser(), tool)]
    assert sorted(name.strip() for name in listed) == sorted(existing)


def test_every_outcome_of_a_run_has_its_row_in_the_runbook() -> None:
    rows = re.findall(r"^\| (`[^|]*) \|", (ROOT / "docs/runbook.md").read_text(), flags=re.MULTILINE)
    assert {outcome.value for outcome in Outcome} <= {
        name for row in rows for name in re.findall(r"`(\w+)`", row)
    }
