"""What a check found, spelled as AWS's diagnostics are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

JSONPATH_FIELDS = frozenset(
    {"InputPath", "OutputPath", "ResultPath", "ResultSelector", "Parameters", "Result", "ItemsPath",
     "SecondsPath", "TimestampPath", "TimeoutSecondsPath", "HeartbeatSecondsPath", "MaxConcurrencyPath",
     "ErrorPath", "CausePath", "ToleratedFailureCountPath", "ToleratedFailurePercentagePath", "Iterator",
     "MaxItemsPath", "MaxItemsPerBatchPath", "MaxInputBytesPerBatchPath"}
)  # fmt: skip
UNSUPPORTED = "UnsupportedByRehearsal"  # no code of AWS: it accepts what has it
_TYPES: dict[type, str] = {str: "STRING", dict: "OBJECT", list: "ARRAY", bool: "BOOLEAN"}


@dataclass(frozen=True)
class Finding:
    """One diagnostic; `location` is a path like `/States/Train/Retry[0]`."""

    code: str
    message: str
    location: str | None
    severity: Literal["ERROR", "WARNING"] = "ERROR"

    def __str__(self) -> str:
        """As CreateStateMachine words it: `CODE: message at /States/Train`."""
        if self.location and self.message.endswith(self.location):  # of broken JSON
            return f"{self.code}: {self.message}"
        return f"{self.code}: {self.message} at {self.location or 'null'}"


class Findings:
    """Collects findings."""

    def __init__(self) -> None:
        self.all: list[Finding] = []

    def add(self, code: str, message: str, location: str | None) -> None:
        """Add an error under its own code."""
        self.all.append(Finding(code, message, location))

    def schema(self, message: str, location: str) -> None:
        """Add an error of shape."""
        self.add("SCHEMA_VALIDATION_FAILED", message, location)

    def unsupported(self, message: str, location: str) -> None:
        """Add what AWS accepts and the rehearsal doesn't."""
        self.add(UNSUPPORTED, message, location)

    def warn(self, code: str, message: str, location: str) -> None:
        """Add what AWS accepts although it can't be meant."""
        self.all.append(Finding(code, message, location, "WARNING"))

    def require(self, holder: dict[str, Any], fields: list[str], location: str) -> None:
        """Refuse a holder that lacks one of the fields."""
        missing = [field for field in fields if field not in holder]
        if missing:
            self.schema(f"These fields are required: [{', '.join(missing)}]", location)

    def allow(self, holder: dict[str, Any], fields: frozenset[str], location: str) -> None:
        """Refuse fields that don't belong there; those that JSONPath alone has by that reason."""
        for field in holder:
            if field in fields:
                continue
            if field in JSONPATH_FIELDS:
                self.schema(
                    f"The QueryLanguage is set to 'JSONata', but field '{field}' is only supported "
                    "for the 'JSONPath' QueryLanguage",
                    location,
                )
            else:
                self.schema(f"Field '{field}' is not supported", location)

    def at_most_one(self, holder: dict[str, Any], fields: list[str], location: str) -> None:
        """Refuse a holder that has more than one of the fields."""
        if sum(field in holder for field in fields) > 1:
            self.schema(f"There should only be one of the following fields: [{', '.join(fields)}]", location)

    def type_of(self, value: Any, wanted: type, location: str) -> bool:
        """Refuse a value of another type; whether it has the type."""
        fits = isinstance(value, wanted)
        if not fits:
            self.schema(f"Expected value of type [{_TYPES[wanted]}]", location)
        return fits

    def one_of(self, value: Any, choices: tuple[str, ...], location: str) -> None:
        """Refuse a value that isn't among the choices."""
        if value not in choices:
            self.schema(f"Value should be one of the following: [{', '.join(choices)}]", location)
