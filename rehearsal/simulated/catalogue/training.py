"""The ladder: every rung, and the ends where it has none left."""

from __future__ import annotations

from rehearsal.simulated.faults import Fault
from rehearsal.simulated.scenario import Simulated

TRAIN = "train_candidate/Train"
FOLDS = {"sweep": {"folds": {"count": 2, "by": "time", "window": "expanding"}}}
TUNED = {"sweep": {"manager": "tuning_job"}}


def _faults(what: str, times: int = 1, **more: bool) -> tuple[Fault, ...]:
    return (Fault(place=TRAIN, what=what, times=times, **more),)


TRAINING = (
    Simulated(
        name="spot interruptions inside the job",
        outcome="Deployed",
        faults=_faults("interrupted"),
        trained=1,
    ),
    Simulated(
        name="spot window ends with progress",
        outcome="Deployed",
        faults=_faults("max_wait", 3),
        path=(TRAIN, "train_candidate/WaitBeforeRetry", TRAIN, "train_candidate/Trained"),
        trained=4,
    ),
    Simulated(
        name="no spot capacity at all",
        outcome="Deployed",
        faults=_faults("max_wait", 2, saves_checkpoint=False),
        path=("train_candidate/ChooseRung", "train_candidate/WaitBeforeRetry", TRAIN, TRAIN),
        trained=3,
    ),
    Simulated(name="spot quota is used up", outcome="Deployed", faults=_faults("quota", 7)),
    Simulated(
        name="machine type without capacity", outcome="Deployed", faults=_faults("capacity"), trained=2
    ),
    Simulated(
        name="no machine type has capacity",
        outcome="TrainingFailed",
        error="CapacityUnavailable",
        faults=_faults("capacity", 9),
        path=("train_candidate/TrainingFailed", "training/RemovePartials"),
    ),
    Simulated(
        name="out of memory with a batch to halve",
        outcome="Deployed",
        training={"algorithm": "torch", "hyperparameters": {"batch_size": 4096, "learning_rate": 0.001}},
        faults=_faults("out_of_memory"),
        trained=2,
    ),
    Simulated(
        name="out of memory on the last machine scales out",
        outcome="Deployed",
        training={
            "algorithm": "torch",
            "hyperparameters": {"batch_size": 16, "parallelism": "sharded"},
            "ladder": {"instance_types": ["ml.m5.xlarge"], "max_instance_count": 2},
        },
        faults=_faults("out_of_memory"),
        path=("train_candidate/ClassifyFailure", "train_candidate/ChooseRung", TRAIN, "pipeline/Deployed"),
        trained=2,
    ),
    Simulated(
        name="out of memory on every host there may be",
        outcome="TrainingFailed",
        error="OutOfMemory",
        training={
            "algorithm": "torch",
            "hyperparameters": {"batch_size": 16, "parallelism": "sharded"},
            "ladder": {"instance_types": ["ml.m5.xlarge"], "max_instance_count": 2},
        },
        faults=_faults("out_of_memory", 9),
        trained=2,
    ),
    Simulated(
        name="machine out of memory", outcome="Deployed", faults=_faults("host_out_of_memory"), trained=2
    ),
    Simulated(
        name="no machine has the memory",
        outcome="TrainingFailed",
        error="HostOutOfMemory",
        faults=_faults("host_out_of_memory", 9),
    ),
    Simulated(name="loss becomes nan", outcome="Deployed", faults=_faults("nan"), trained=2),
    Simulated(
        name="loss stays nan", outcome="TrainingFailed", error="TrainingDiverged", faults=_faults("nan", 9)
    ),
    Simulated(name="internal error", outcome="Deployed", faults=_faults("internal_error"), trained=2),
    Simulated(
        name="internal errors without end",
        outcome="TrainingFailed",
        error="ServiceUnavailable",
        faults=_faults("internal_error", 99),
    ),
    Simulated(
        name="all attempts are used",
        outcome="TrainingFailed",
        error="SpotExhausted",
        faults=_faults("max_wait", 99),
        path=("train_candidate/ChooseRung", "train_candidate/TrainingFailed"),
    ),
    Simulated(
        name="an operator stops the job",
        outcome="TrainingFailed",
        error="OperatorStopped",
        faults=_faults("stopped"),
        trained=1,
    ),
    Simulated(
        name="a stopped job comes back as if it were well",
        outcome="TrainingFailed",
        error="OperatorStopped",
        faults=_faults("stopped_quietly"),
        path=("train_candidate/HasCompleted", "train_candidate/ClassifyFailure"),
    ),
    Simulated(
        name="training reaches its time limit",
        outcome="TrainingFailed",
        error="RuntimeExceeded",
        faults=_faults("runtime"),
    ),
    Simulated(name="slow training", outcome="Deployed", faults=_faults("slow"), trained=1),
    Simulated(
        name="nobody hears from the job",
        outcome="TrainingFailed",
        error="JobTimedOut",
        faults=_faults("timed_out"),
    ),
    Simulated(name="disk full", outcome="TrainingFailed", error="DiskFull", faults=_faults("disk_full")),
    Simulated(
        name="a sweep left to SageMaker's tuner",
        outcome="Deployed",
        stack="prod",
        training=TUNED,
        path=(
            "training/TuneHyperparameters",
            "training/DescribeTuned",
            "training/Trained",
            "deployment/Live",
        ),
        trained=0,
    ),
    Simulated(
        name="a tuning job is stopped by an operator",
        outcome="TrainingFailed",
        stack="prod",
        training=TUNED,
        faults=(Fault(place="training/TuneHyperparameters", what="stopped_quietly"),),
        path=("training/HasTuned", "training/RemovePartials"),
    ),
    Simulated(
        name="folds name a configuration that is trained on everything",
        outcome="Deployed",
        stack="prod",
        training=FOLDS,
        path=(
            "training/SweepCandidates",
            "training/ChooseBest",
            "training/TrainBestConfiguration",
            "training/Trained",
            "pipeline/Deployed",
        ),
        trained=13,
    ),
    Simulated(
        name="a fold fails and its configuration is not compared",
        outcome="Deployed",
        stack="prod",
        training=FOLDS,
        faults=(
            Fault(place="training/TrainItem", what="denied"),
            Fault(place="training/TrainBestConfiguration", what="throttled"),
        ),
        path=("training/Missed", "training/TrainBestConfiguration", "pipeline/Deployed"),
        trained=12,
    ),
    Simulated(
        name="the best configuration cannot be trained on everything",
        outcome="TrainingFailed",
        stack="prod",
        training=FOLDS,
        faults=(Fault(place="training/TrainBestConfiguration", what="denied"),),
        path=("training/TrainBestConfiguration", "training/RemovePartials"),
    ),
    Simulated(
        name="another attempt could cost more than is allowed",
        outcome="TrainingFailed",
        error="ServiceUnavailable",
        training={"ladder": {"max_runtime_seconds": 1800, "max_cost_usd": 0.7}},
        faults=_faults("internal_error", 9),
        trained=1,
    ),
    Simulated(
        name="one candidate of a sweep fails",
        outcome="Deployed",
        stack="prod",
        faults=(Fault(place="training/TrainItem", what="denied"),),
        path=("training/Missed", "training/ChooseBest", "pipeline/Deployed"),
    ),
    Simulated(
        name="most candidates of a sweep fail",
        outcome="TrainingFailed",
        stack="prod",
        faults=(Fault(place="training/TrainItem", what="denied", times=4),),
        path=("training/Missed", "training/ChooseBest", "training/RemovePartials"),
    ),
)
