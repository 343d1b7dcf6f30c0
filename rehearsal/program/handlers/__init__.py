"""How each declared resource type is created in the embedded AWS; one module per service, one function per
type.
"""

import importlib
import pkgutil
from functools import cache
from typing import TYPE_CHECKING

from rehearsal.program.handlers.registry import Created, Handler, creates, handlers

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["Created", "Handler", "all_handlers", "creates"]


@cache
def all_handlers() -> "Mapping[str, Handler]":
    """The handler of every supported resource type, by type token."""
    for module in pkgutil.iter_modules(__path__):
        importlib.import_module(f"{__name__}.{module.name}")
    return handlers()
