"""A message to people, as Amazon SNS takes it."""

from __future__ import annotations

from collections.abc import Iterable

SUBJECT_CHARACTERS = 100  # SNS refuses longer ones
# Half of what Step Functions takes for a Cause, which the message of a failed run becomes.
MESSAGE_CHARACTERS = 16_000


def message(subject: str, lines: Iterable[str]) -> dict[str, str]:
    """`{"subject", "message"}`; what is too long is cut, and the message says so."""
    text = "\n".join(lines)
    if len(text) > MESSAGE_CHARACTERS:
        text = f"{text[:MESSAGE_CHARACTERS]}\n… and {len(text) - MESSAGE_CHARACTERS} characters more"
    return {"subject": subject[:SUBJECT_CHARACTERS], "message": text}
