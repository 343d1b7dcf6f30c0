"""Takes out of a text what may open a door: keys, tokens, signed addresses. In doubt it is taken out."""

from __future__ import annotations

import re

REMOVED = "[removed]"
SECRETS = (
    # AWS access keys: IAM's documentation of unique identifiers.
    re.compile(r"\b(?:AKIA|ASIA)[A-Z0-9]{16}\b"),
    # What is called a secret: `aws_secret_access_key=…`, `"password": "…"`, `Authorization: Bearer …`.
    re.compile(
        r"(?i)(?P<name>[\w-]*(?:secret|password|passwd|token(?!s)|api[_-]?key|authorization|credential)[\w-]*"
        r"[\"']?\s*[=:]\s*[\"']?(?:bearer\s+|basic\s+)?)(?P<value>[^\s\"',;&}]+)"
    ),
    # Signed addresses.
    re.compile(r"(?i)(?P<name>X-Amz-(?:Signature|Credential|Security-Token)=)(?P<value>[^&\s]+)"),
    # Web tokens, then task tokens and other long runs of base64: Step Functions' have hundreds of characters.
    re.compile(r"\beyJ[\w-]+\.[\w-]+\.[\w-]*"),
    re.compile(r"[A-Za-z0-9+/=]{100,}"),
)


def without_secrets(text: str) -> str:
    """The text with every secret replaced by `[removed]`; the name before it stays."""
    for pattern in SECRETS:
        text = pattern.sub(_removed, text)
    return text


def _removed(found: re.Match[str]) -> str:
    return f"{found.groupdict().get('name') or ''}{REMOVED}"
