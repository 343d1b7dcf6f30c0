"""Lambda layers: what the functions import beyond the runtime, as wheels of the Lambda platform."""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from delivery import ROOT
from delivery.archives import write_when_changed, zip_folder
from delivery.runtime import LAMBDA_PLATFORM, LAMBDA_PYTHON

LAYERS = ROOT / "build" / "layers"
REQUIREMENTS = Path(__file__).parent / "layer-requirements"
LIMIT_BYTES = 250 * 1024**2
"""Lambda's limit for a function with its layers, unzipped (Lambda quotas)."""
UNUSED = ("tests", "include", "src", "bin")
"""Folders a wheel carries for developers of the library, not for its users."""


def build_layer(name: str, out: Path = LAYERS) -> Path:
    """Install `layer-requirements/<name>.txt` for the Lambda platform and zip it below `python/`."""
    with tempfile.TemporaryDirectory() as stage:
        site = Path(stage, "python")
        _install(REQUIREMENTS / f"{name}.txt", site)
        _drop_unused(site)
        size_bytes = sum(path.stat().st_size for path in site.rglob("*") if path.is_file())
        if size_bytes > LIMIT_BYTES:
            raise SystemExit(
                f"Layer '{name}' is {size_bytes / 1024**2:.0f} MiB unzipped, Lambda takes "
                f"{LIMIT_BYTES // 1024**2} MiB with everything: take something out of {name}.in."
            )
        out.mkdir(parents=True, exist_ok=True)
        target = out / f"{name}.zip"
        write_when_changed(target, zip_folder(Path(stage)))
        return target


def _install(requirements: Path, site: Path) -> None:
    command = [
        *(str(Path(sys.executable).parent / "uv"), "pip", "install", "--quiet", "--require-hashes"),
        *("--python-version", LAMBDA_PYTHON, "--python-platform", LAMBDA_PLATFORM),
        *("--only-binary", ":all:", "--target", str(site), "--requirement", str(requirements)),
    ]
    subprocess.run(command, check=True)


def _drop_unused(site: Path) -> None:
    for package in [path for path in site.iterdir() if path.is_dir()]:
        for unused in UNUSED:
            shutil.rmtree(package / unused, ignore_errors=True)
    for record in [
        *site.rglob("RECORD"),
        *site.rglob("INSTALLER"),
        *site.rglob("REQUESTED"),
        *site.rglob("uv_cache.json"),
    ]:
        record.unlink()
    shutil.rmtree(site / "bin", ignore_errors=True)
    (site / ".lock").unlink(missing_ok=True)


def main() -> None:
    """Build every layer and say how large it is."""
    argparse.ArgumentParser(prog="python -m delivery.layers", description=__doc__).parse_args()
    for requirements in sorted(REQUIREMENTS.glob("*.txt")):
        built = build_layer(requirements.stem)
        print(f"layer {built.stem}: {built.stat().st_size / 1024**2:.1f} MiB zipped")


if __name__ == "__main__":
    main()
