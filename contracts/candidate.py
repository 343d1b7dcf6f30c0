"""Model candidates: what training is asked to try, and what it reports about one that was trained."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from contracts.document import Document, Number, read_document
from contracts.failures import ConfigurationRejected

TAKEN = ("training_seconds", "lost_seconds", "interruptions", "spot_windows")
CANDIDATE_ID = r"[a-z0-9](-?[a-z0-9]){0,39}"


@dataclass(frozen=True, kw_only=True)
class Candidate:
    """One configuration to train; hyperparameters are strings, as SageMaker takes them."""

    id: str
    algorithm: str
    hyperparameters: Mapping[str, str]

    @classmethod
    def from_dict(cls, value: object) -> Candidate:
        """Reads a candidate; raises ConfigurationRejected with the path, the value seen and the rule."""
        return read_document(value, "candidate", ConfigurationRejected, cls.read)

    @classmethod
    def read(cls, document: Document) -> Candidate:
        """Reads a candidate as a part of another document."""
        return cls(
            id=document.text("id", CANDIDATE_ID),
            algorithm=document.text("algorithm"),
            hyperparameters=_texts(document, "hyperparameters"),
        )

    def to_dict(self) -> dict[str, Any]:
        """The JSON form; `from_dict` of it gives an equal candidate."""
        return asdict(self)


@dataclass(frozen=True, kw_only=True)
class TrainedCandidate:
    """A trained candidate: its last job, its model and what all attempts took together, on all their hosts.

    `spot_windows` counts the attempts on spot, `interruptions` how often SageMaker lost a machine within one;
    `recoveries` are the ladder's rungs in the order they were taken (`smaller_batch`, `on_demand`…).
    `lost_seconds` were trained and came to nothing, because no checkpoint had kept them.
    """

    id: str
    job_name: str
    model_uri: str
    metrics: Mapping[str, Number]
    hyperparameters: Mapping[str, str]
    instance_type: str
    billable_seconds: int
    attempts: int
    is_spot: bool
    training_seconds: int = 0
    lost_seconds: int = 0
    interruptions: int = 0
    spot_windows: int = 0
    recoveries: tuple[str, ...] = ()

    @classmethod
    def from_dict(cls, value: object) -> TrainedCandidate:
        """Reads a trained candidate; raises ConfigurationRejected naming the field."""
        return read_document(value, "trained candidate", ConfigurationRejected, cls.read)

    @classmethod
    def read(cls, document: Document) -> TrainedCandidate:
        """Reads a trained candidate as a part of another document."""
        return cls(
            id=document.text("id", CANDIDATE_ID),
            job_name=document.text("job_name"),
            model_uri=document.text("model_uri", r"s3://.+"),
            metrics=_numbers(document, "metrics"),
            hyperparameters=_texts(document, "hyperparameters"),
            instance_type=document.text("instance_type"),
            billable_seconds=document.whole("billable_seconds"),
            attempts=document.whole("attempts", 1),
            is_spot=document.flag("is_spot"),
            **{name: document.whole(name) for name in TAKEN if document.has(name)},
            recoveries=_names(document, "recoveries") if document.has("recoveries") else (),
        )

    def to_dict(self) -> dict[str, Any]:
        """The JSON form; `from_dict` of it gives an equal candidate."""
        return {**asdict(self), "recoveries": list(self.recoveries)}


def _names(document: Document, name: str) -> tuple[str, ...]:
    value = document.value(name)
    if not isinstance(value, Sequence) or not all(isinstance(one, str) and one for one in value):
        raise document.refuse(name, "it must be a list of names")
    return tuple(value)


def _texts(document: Document, name: str) -> dict[str, str]:
    value = document.value(name)
    if not isinstance(value, Mapping) or not all(isinstance(text, str) for text in value.values()):
        raise document.refuse(name, "it must be an object of strings")
    return dict(value)


def _numbers(document: Document, name: str) -> dict[str, Number]:
    value = document.value(name)
    if not isinstance(value, Mapping) or not all(type(number) in (int, float) for number in value.values()):
        raise document.refuse(name, "it must be an object of numbers")
    return dict(value)
