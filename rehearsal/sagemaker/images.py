"""Which local program stands for a container image: containers/<name>/ and its Dockerfile's ENTRYPOINT."""

from __future__ import annotations

import json
import re
import sys
from dataclasses import dataclass, field
from pathlib import Path

from rehearsal.emulator.platform import ServiceError
from rehearsal.sagemaker.absent import absent_libraries

ECR = re.compile(r"\d{12}\.dkr\.ecr\.[a-z0-9-]+\.amazonaws\.com/")
INSTRUCTION = re.compile(r"^\s*(ENTRYPOINT|CMD|ENV)\s+(.*)$", re.IGNORECASE)
# ours lead to our interpreter and sources; without byte code every job would compile its imports again
LEFT_OUT = ("PATH", "PYTHONPATH", "PYTHONDONTWRITEBYTECODE")


@dataclass(frozen=True)
class Image:
    """A container image as the rehearsal runs it: argv, default arguments, environment, import path."""

    uri: str
    entrypoint: list[str]
    default_arguments: list[str]
    folder: Path
    python_path: str
    environment: dict[str, str] = field(default_factory=dict)

    def argv(self, entrypoint: list[str] | None, arguments: list[str] | None) -> list[str]:
        """Return the command as `docker run` would: a given entry point also drops the image's CMD."""
        if entrypoint:
            return local([*entrypoint, *(arguments or [])])
        return local([*self.entrypoint, *(self.default_arguments if arguments is None else arguments)])


class Images:
    """Finds containers/<name>/ for a URI whose repository ends in <name> or trainyard-<stack>-<name>."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def find(self, uri: str) -> Image:
        """Return the image or raise ServiceError ValidationException naming it."""
        repository = re.split(r"[:@]", uri.rsplit("/", 1)[-1])[0]
        folders = sorted(path.parent for path in (self._root / "containers").glob("*/Dockerfile"))
        wanted = "-" + repository.replace("_", "-")
        fitting = [folder for folder in folders if wanted.endswith("-" + folder.name.replace("_", "-"))]
        if not fitting:
            known = ", ".join(folder.name for folder in folders) or "no containers at all"
            raise ServiceError(
                "ValidationException",
                f"Cannot find image {uri}: no folder under containers/ stands for {repository!r} ({known}).",
            )
        folder = max(fitting, key=lambda path: len(path.name))
        return self._read(uri, folder)

    def _read(self, uri: str, folder: Path) -> Image:
        found: dict[str, list[str]] = {"ENTRYPOINT": [], "CMD": []}
        environment: dict[str, str] = {}
        text = (folder / "Dockerfile").read_text().replace("\\\n", " ")
        for match in filter(None, map(INSTRUCTION.match, text.splitlines())):
            word, rest = match.group(1).upper(), match.group(2).strip()
            if word == "ENV":
                environment.update(_pairs(rest))
            else:
                found[word] = _exec_form(folder, word, rest)
        if not found["ENTRYPOINT"]:
            raise ServiceError("ValidationException", f"{folder}/Dockerfile has no ENTRYPOINT in exec form.")
        kept = {key: value.strip("'\"") for key, value in environment.items() if key not in LEFT_OUT}
        kept |= absent_libraries(folder)
        path = f"{folder}:{self._root}"
        return Image(uri, found["ENTRYPOINT"], found["CMD"], folder, path, kept)


def is_ecr(uri: str) -> bool:
    """Tell whether the image lies in ECR, where pulling needs permissions."""
    return ECR.match(uri) is not None


def repository_arn(uri: str) -> str:
    """Return the ARN of an ECR image's repository."""
    host, _, repository = uri.partition("/")
    account, _, _, region = host.split(".")[:4]
    return f"arn:aws:ecr:{region}:{account}:repository/{re.split(r'[:@]', repository)[0]}"


def local(argv: list[str]) -> list[str]:
    """Run Python by our interpreter; other programs are taken as they are."""
    is_python = Path(argv[0]).name in ("python", "python3", "python3.11")
    return [sys.executable, *argv[1:]] if is_python else argv


def _pairs(text: str) -> dict[str, str]:
    parted = [word.partition("=") for word in text.split()]
    return {name: value for name, equals, value in parted if equals}


def _exec_form(folder: Path, word: str, text: str) -> list[str]:
    try:
        words = json.loads(text)
    except ValueError:
        words = None
    if not isinstance(words, list) or not all(isinstance(item, str) for item in words):
        raise ServiceError("ValidationException", f"{folder}/Dockerfile: {word} {text} is not in exec form.")
    return words
