"""How SageMaker says that something isn't there: by one of two codes, depending on the kind of thing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def is_missing(response: Mapping[str, Any]) -> bool:
    """Whether a refused call's response (`ClientError.response`) means that the named thing doesn't exist.

    Endpoints, configurations, models and packages have no NotFound: a ValidationException says it in words.
    """
    code, message = response["Error"]["Code"], response["Error"].get("Message", "")
    return code == "ResourceNotFound" or (code == "ValidationException" and "ould not find" in message)
