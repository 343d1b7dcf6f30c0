"""The error vocabulary: the class name is the error name that Step Functions sees, matches and reports. Four
roots say what may help.

    Failure
    ├── Transient                waiting and trying again may help
    │   ├── ServiceUnavailable   throttling, internal errors, broken connections
    │   ├── SpotExhausted        a spot window ended before the job did
    │   ├── NameCollision        a job of that name exists already
    │   ├── JobsRunning          jobs of the run have not ended, so what they use has to stay
    │   ├── DeploymentLocked     another deployment holds the endpoint
    │   ├── RunSkipped           another run of the pipeline is under way
    │   └── JobTimedOut          nobody heard from the job within the task's time
    ├── Resource                 another machine, or less work at once, may help
    │   ├── CapacityUnavailable  AWS has no such instance free
    │   ├── QuotaExceeded        the account may not have one more such instance
    │   ├── OutOfMemory          the accelerator's memory, or the batch in it, is too small
    │   ├── HostOutOfMemory      the machine's memory is too small
    │   ├── DiskFull             the machine's volume is too small
    │   ├── RuntimeExceeded      the job was cut off at its own time limit
    │   └── DatasetTooLarge      beyond what this step can read within its limits
    ├── Data                     other input is needed: trying again changes nothing
    │   ├── ContextRejected      the request that starts a run is malformed
    │   ├── ContractInvalid      the dataset contract is malformed
    │   ├── DataMissing          files or objects that should be there are not
    │   ├── DataReplaced         landed files were replaced while a run worked with them
    │   ├── DataRejected         files break the dataset contract
    │   ├── DataShifted          the data is too far from the stored baseline
    │   ├── ArtifactCorrupt      an artifact is damaged, foreign or of another version
    │   └── PreparationFailed    data preparation ended without a dataset
    └── Logic                    a decision, the code or the configuration has to change
        ├── ConfigurationRejected   a setting, permission or argument is wrong
        ├── AlgorithmFailed      the container's own code failed
        ├── TrainingDiverged     the loss is no number, or rises
        ├── OperatorStopped      a person stopped the job
        ├── TrainingFailed       the ladder of attempts ended without a model
        ├── EvaluationFailed     the candidate could not be judged
        ├── ModelRejected        the candidate is not good enough
        ├── ApprovalRejected     a reviewer said no
        ├── ApprovalExpired      nobody decided in time
        ├── ApprovalConflict     the decision was taken before, or is not this person's to take
        ├── SmokeTestFailed      the endpoint answers wrongly or too slowly
        ├── DeploymentRolledBack the endpoint serves its previous configuration again
        ├── RunFailed            the run failed outside its stages
        └── UnknownFailure       not recognised: never guessed at, a person looks
"""

# ruff: noqa: N818  (the class names are Step Functions error names, which end as AWS's do: without "Error")

import json
from collections.abc import Iterator
from typing import Self


class Failure(Exception):
    """Something the pipeline has a name for. Raise a leaf or a root's subclass, never this class."""

    @classmethod
    def about(cls, path: str, value: object, rule: str, remedy: str = "") -> Self:
        """A failure that names the field, the value seen, the rule and, if given, the remedy."""
        seen = json.dumps(value, default=str)
        message = f"{path} is {seen if len(seen) <= 200 else seen[:200] + '…'}: {rule}"
        return cls(f"{message}. {remedy}" if remedy else message)

    @property
    def message(self) -> str:
        """What happened, in words."""
        return str(self.args[0]) if self.args else ""

    @property
    def told(self) -> str:
        """Its name and what happened, as people are told of it."""
        return f"{type(self).__name__}: {self.message}"


class Transient(Failure):
    """Waiting and trying again may help."""


class ServiceUnavailable(Transient):
    """AWS throttled, or failed inside."""


class SpotExhausted(Transient):
    """A spot window (MaxWaitTimeInSeconds) ended before the job did."""


class NameCollision(Transient):
    """A job of that name exists already."""


class JobsRunning(Transient):
    """Jobs of the run have not ended, so what they use has to stay."""


class DeploymentLocked(Transient):
    """Another deployment holds the endpoint."""


class RunSkipped(Transient):
    """Another run of the pipeline is under way."""


class JobTimedOut(Transient):
    """Nobody heard from the job within the task's time."""


class Resource(Failure):
    """Another machine, or less work at once, may help."""


class CapacityUnavailable(Resource):
    """AWS has no such instance free."""


class QuotaExceeded(Resource):
    """The account may not have one more such instance."""


class OutOfMemory(Resource):
    """The accelerator's memory, or what the batch may take of it, is too small."""


class HostOutOfMemory(Resource):
    """The machine's memory is too small."""


class DiskFull(Resource):
    """The machine's volume is too small."""


class RuntimeExceeded(Resource):
    """The job was cut off at its own time limit."""


class DatasetTooLarge(Resource):
    """The data is beyond what this step can read within its limits."""


class Data(Failure):
    """Other input is needed: trying again changes nothing."""


class ContextRejected(Data):
    """The request that starts a run is malformed."""


class ContractInvalid(Data):
    """The dataset contract is malformed."""


class DataMissing(Data):
    """Files or objects that should be there are not."""


class DataReplaced(Data):
    """Landed files were replaced while a run worked with them: a new run judges the new ones."""


class DataRejected(Data):
    """Files break the dataset contract."""


class DataShifted(Data):
    """The data is too far from the stored baseline."""


class ArtifactCorrupt(Data):
    """An artifact is damaged, foreign or of another version."""


class PreparationFailed(Data):
    """Data preparation ended without a dataset."""


class Logic(Failure):
    """A decision, the code or the configuration has to change."""


class ConfigurationRejected(Logic):
    """A setting, permission or argument is wrong."""


class AlgorithmFailed(Logic):
    """The container's own code failed."""


class TrainingDiverged(Logic):
    """The loss is no number, or rises."""


class OperatorStopped(Logic):
    """A person stopped the job."""


class TrainingFailed(Logic):
    """The ladder of attempts ended without a model."""


class EvaluationFailed(Logic):
    """The candidate could not be judged."""


class ModelRejected(Logic):
    """The candidate is not good enough."""


class ApprovalRejected(Logic):
    """A reviewer said no."""


class ApprovalExpired(Logic):
    """Nobody decided in time."""


class ApprovalConflict(Logic):
    """The decision was taken before, or is not this person's to take."""


class SmokeTestFailed(Logic):
    """The endpoint answers wrongly or too slowly."""


class DeploymentRolledBack(Logic):
    """The endpoint serves its previous configuration again."""


class RunFailed(Logic):
    """The run failed outside its stages."""


class UnknownFailure(Logic):
    """Not recognised: never guessed at, a person looks."""


ROOTS: tuple[type[Failure], ...] = (Transient, Resource, Data, Logic)


def _descendants(of: type[Failure]) -> Iterator[type[Failure]]:
    for child in of.__subclasses__():
        yield child
        yield from _descendants(child)


FAILURES: dict[str, type[Failure]] = {kind.__name__: kind for kind in _descendants(Failure)}


def root_of(name: str) -> str:
    """The root ("Transient", "Resource", "Data", "Logic") of an error name; an unknown name is Logic's."""
    kind = FAILURES.get(name, UnknownFailure)
    return next(root.__name__ for root in ROOTS if issubclass(kind, root))
