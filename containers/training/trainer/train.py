"""One training job from its folders to its model."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable

from trainer.boosting import Boosting
from trainer.checkpoints import Checkpoints
from trainer.data import Channels
from trainer.hyperparameters import Hyperparameters
from trainer.model import write_model
from trainer.paths import Paths
from trainer.progress import metrics_line


def train(paths: Paths, should_stop: Callable[[], bool], say: Callable[[str], None]) -> bool:
    """Runs the job; false when it was stopped before the end and left a checkpoint instead of a model."""
    settings = Hyperparameters.read(paths.hyperparameters)
    channels = Channels.read(paths)
    checkpoints = Checkpoints(paths.checkpoints, settings.identity | _identity(channels))
    boosting = Boosting(settings, checkpoints, should_stop, say)
    trained = boosting.run(*channels.matrices(settings.max_bin))
    if not trained.is_complete:
        return False
    metadata = write_model(paths.model, trained, channels, settings)
    # SageMaker keeps the last value of each metric: it has to be that of the model that is kept.
    say(f"best {metrics_line(trained.best_round, metadata['metrics'])} epochs={metadata['rounds']}")
    return True


def _identity(channels: Channels) -> dict[str, str]:
    encoding = json.dumps(channels.encoding.to_dict(), sort_keys=True)
    samples = channels.train, channels.validation
    content = b"".join(part.tobytes() for one in samples for part in (one.features, one.labels))
    return {
        "encoding": hashlib.sha256(encoding.encode()).hexdigest(),
        "data": hashlib.sha256(content).hexdigest(),
    }
