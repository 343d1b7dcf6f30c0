"""Python starts with this in a container under test: the libraries that only this machine has are not to be
found, as in the image. Several libraries import them wherever they are, which takes a second or two."""

import sys
from importlib.machinery import ModuleSpec, PathFinder
from typing import Any

ABSENT = {"boto3", "matplotlib", "pandas", "pytest", "sklearn"}


class InImage(PathFinder):
    """Finds what an image may have."""

    @classmethod
    def find_spec(cls, fullname: str, path: Any = None, target: Any = None) -> ModuleSpec | None:
        """Nothing for what is absent, as if it were not installed."""
        return None if fullname in ABSENT else super().find_spec(fullname, path, target)


sys.meta_path[:] = [InImage if finder is PathFinder else finder for finder in sys.meta_path]
