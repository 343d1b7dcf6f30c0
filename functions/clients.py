"""AWS clients for every function: each is made once, and not before it is needed.

A cold start pays for little else. These are the clients that boto3 wraps, without what it adds for people
(transfers in parts, resources), which costs more than the client. What is relied upon is public: botocore's
`Session.register_component`, `Session.create_client` and `Loader`; the runtime's own copy is used.
"""

import gc
from functools import cache
from pathlib import Path
from typing import Any

from botocore.loaders import Loader
from botocore.session import Session


class ModelLoader(Loader):  # type: ignore[misc]  # botocore has no types
    """Loads service models without looking into the folders of all services first (870 with SDK 1.43)."""

    def list_available_services(self, type_name: str) -> list[str]:  # noqa: ARG002 - the overridden signature
        """The services that have a folder; one without a model of this type is refused when it is loaded."""
        folders = [Path(path) for path in self.search_paths]
        return [service.name for folder in folders if folder.is_dir() for service in folder.iterdir()]


@cache
def client(service: str, **settings: Any) -> Any:
    """The client of a service; `settings` are those of `Session.create_client`.

    A model is a tree of thousands of dictionaries that stay: looking for garbage while it grows finds none.
    """
    gc.disable()
    try:
        return session().create_client(service, **settings)
    finally:
        gc.freeze()
        gc.enable()


@cache
def session() -> Any:
    """The session of this process, which finds credentials and region as boto3's does."""
    made = Session()
    made.register_component("data_loader", ModelLoader())
    return made
