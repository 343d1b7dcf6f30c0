"""What can be set for a network. Imports nothing of PyTorch, so that settings are checked anywhere."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from contracts.failures import ConfigurationRejected
from trainer.hyperparameters import Hyperparameters, choice, real, whole


@dataclass(frozen=True, kw_only=True)
class NetworkHyperparameters(Hyperparameters):
    """Ranges are inclusive. `batch_size` and `learning_rate` are those of one process.

    Zero switches `early_stopping_epochs` and `checkpoint_steps` off; above zero the latter waits for each
    checkpoint, so that no more steps than that are ever lost. `processes_per_host` of zero is one per GPU, or
    one.
    """

    # What shapes neither the network nor the order of its rows.
    CHANGEABLE: ClassVar[frozenset[str]] = Hyperparameters.CHANGEABLE | {
        "epochs",
        "early_stopping_epochs",
        "batch_size",
        "rate_schedule",
        "warmup_epochs",
        "weight_decay",
        "dropout",
        "precision",
        "parallelism",
        "processes_per_host",
        "cuda_graph",
        "checkpoint_steps",
    }

    algorithm: str = choice("torch")
    epochs: int = whole(20, 1, 100_000)
    early_stopping_epochs: int = whole(5, 0, 10_000)
    batch_size: int = whole(1024, 1, 1_048_576)
    learning_rate: float = real(0.003, 1e-8, 10.0)
    rate_schedule: str = choice("cosine", "constant")
    warmup_epochs: float = real(1.0, 0.0, 100.0)
    weight_decay: float = real(1e-4, 0.0, 1.0)
    hidden_layers: int = whole(2, 0, 32)
    hidden_units: int = whole(128, 1, 16_384)
    dropout: float = real(0.1, 0.0, 0.9)
    embedding_size: int = whole(8, 1, 256)
    precision: str = choice("auto", "float32", "tfloat32", "bfloat16", "float16")
    parallelism: str = choice("replicated", "sharded")
    processes_per_host: int = whole(0, 0, 16)
    cuda_graph: str = choice("auto", "off")
    checkpoint_steps: int = whole(0, 0, 1_000_000_000)

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.precision == "float16" and self.parallelism == "sharded":
            rule = "each shard would scale its gradients by itself; take bfloat16, or parallelism: replicated"
            raise ConfigurationRejected.about("hyperparameters.precision", self.precision, rule)
