"""SageMaker's request and response shapes, from botocore: what AWS would refuse is refused here."""

from __future__ import annotations

from typing import Any

from rehearsal.emulator.requests import RequestModel, violations


class ServiceModel(RequestModel):
    """The operations of SageMaker."""

    def __init__(self) -> None:
        super().__init__("sagemaker")

    def faults_of_answer(self, action: str, answer: dict[str, Any]) -> list[str]:
        """Return where an answer of ours breaks the operation's response.

        AWS's own break it in one place, as recorded: a training job without channels shows an empty list.
        """
        told = {name: value for name, value in answer.items() if (name, value) != ("InputDataConfig", [])}
        return violations(self.operation(action).output_shape, told)

    def respond(self, action: str, details: dict[str, Any]) -> dict[str, Any]:
        """Keep what the operation's response has: top-level members by name."""
        shape = self.operation(action).output_shape
        return {name: details[name] for name in shape.members if details.get(name) is not None}

    def listing(self, action: str, rows: list[dict[str, Any]]) -> dict[str, Any]:
        """Answer a List operation: its one list member, each row cut to the summary's members."""
        shape = self.operation(action).output_shape
        name, member = next((n, m) for n, m in shape.members.items() if m.type_name == "list")
        fields = member.member.members
        return {name: [{f: row[f] for f in fields if row.get(f) is not None} for row in rows]}
