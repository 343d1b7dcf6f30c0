"""Build the container images, push them to the stack's repositories, pin their digests in its settings.

Needs Docker with buildx, the AWS CLI and the Pulumi CLI, and a stack that has been brought up once: that
made the repositories.
"""

from __future__ import annotations

import argparse
import json
import shutil
import subprocess
import time
from pathlib import Path

from delivery import ROOT

REMEDIES = {
    "docker": "Install Docker with buildx, and start its engine.",
    "aws": "Install the AWS CLI and sign in to the stack's account.",
    "pulumi": "Install the Pulumi CLI and log in to the state backend.",
}


def container_folders(root: Path = ROOT) -> list[Path]:
    """Every `containers/<stage>/` with a Dockerfile, sorted."""
    return sorted(path.parent for path in (root / "containers").glob("*/Dockerfile"))


def build_command(folder: Path, tagged: str, metadata: Path) -> list[str]:
    """The buildx call for one image; the context is the repository root, for `contracts`."""
    return [
        *("docker", "buildx", "build", "--platform", "linux/amd64", "--provenance=false", "--push"),
        *("--file", str(folder / "Dockerfile"), "--tag", tagged),
        *("--metadata-file", str(metadata), str(ROOT)),
    ]


def setting_path(folder: Path) -> str:
    """The stack setting that pins this image, for `pulumi config set --path`."""
    first, *rest = folder.name.split("_")
    return f"trainyard:images.{first}{''.join(word.title() for word in rest)}"


def push(stack: str) -> None:
    """Build, push and pin every image of the stack."""
    for tool, remedy in REMEDIES.items():
        if shutil.which(tool) is None:
            raise SystemExit(f"`{tool}` is not on this machine, and `make images` needs it. {remedy}")
    outputs = _output("pulumi", "stack", "output", "imageRepositories", "--json", "--stack", stack)
    repositories = json.loads(outputs)
    _sign_in(registry=next(iter(repositories.values())).split("/")[0])
    tag = new_tag(_output("git", "rev-parse", "--short=12", "HEAD").strip())
    for folder in container_folders():
        metadata = ROOT / "build" / "images" / f"{folder.name}.json"
        metadata.parent.mkdir(parents=True, exist_ok=True)
        subprocess.run(build_command(folder, f"{repositories[folder.name]}:{tag}", metadata), check=True)
        digest = json.loads(metadata.read_text())["containerimage.digest"]
        pin = ["pulumi", "config", "set", "--path", setting_path(folder), digest, "--stack", stack]
        subprocess.run(pin, check=True)
        print(f"{folder.name}: {digest}")


def new_tag(commit: str) -> str:
    """A tag never used before: the repositories' tags are immutable, and untagged images expire."""
    return f"{commit}-{time.strftime('%Y%m%d%H%M%S', time.gmtime())}"


def _sign_in(registry: str) -> None:
    token = _output("aws", "ecr", "get-login-password", "--region", registry.split(".")[3])
    command = ["docker", "login", "--username", "AWS", "--password-stdin", registry]
    subprocess.run(command, input=token, text=True, check=True)


def _output(*command: str) -> str:
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def main() -> None:
    """Parse the command line and push."""
    parser = argparse.ArgumentParser(prog="make images", description=__doc__)
    parser.add_argument("--stack", default="dev")
    push(parser.parse_args().stack)


if __name__ == "__main__":
    main()
