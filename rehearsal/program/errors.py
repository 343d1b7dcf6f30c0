"""What can go wrong while a Pulumi program runs, in the words of whoever has to fix it."""

import re
from dataclasses import dataclass


class ConfigError(Exception):
    """The project or stack configuration can't be used; the message names file, key, value and rule."""


class RefusedError(Exception):
    """The program asks for something that the rehearsal doesn't do; it is never dropped silently."""


@dataclass(frozen=True)
class Failure:
    """One resource that could not be registered."""

    urn: str
    message: str

    def __str__(self) -> str:
        return f"{self.urn}\n    {self.message}"


class DeploymentError(Exception):
    """At least one resource could not be created."""

    def __init__(self, failures: tuple[Failure, ...]) -> None:
        lines = [str(failure) for failure in failures]
        if any(re.search("already ?(exists|owned)", line, re.IGNORECASE) for line in lines):
            lines.append("The stack seems to be deployed there already: deploy into a fresh embedded AWS.")
        super().__init__("\n".join(lines))
        self.failures = failures

    def __reduce__(self) -> tuple[type["DeploymentError"], tuple[tuple[Failure, ...]]]:
        # Exceptions cross from the program's process to ours.
        return DeploymentError, (self.failures,)


class ProgramError(Exception):
    """The program itself raised or exited; `exit_code` 2 means that its settings were refused."""

    def __init__(self, message: str, exit_code: int) -> None:
        super().__init__(message)
        self.exit_code = exit_code

    def __reduce__(self) -> tuple[type["ProgramError"], tuple[str, int]]:
        return ProgramError, (str(self), self.exit_code)
