"""The samples as xgboost holds them."""

from __future__ import annotations

import xgboost

from trainer.data import Channels


def matrices(channels: Channels, max_bin: int) -> tuple[xgboost.DMatrix, xgboost.DMatrix]:
    """Training and validation in bins; the validation uses the training's."""
    names = list(channels.encoding.feature_names)
    train = xgboost.QuantileDMatrix(
        channels.train.features, channels.train.labels, feature_names=names, max_bin=max_bin
    )
    validation = xgboost.QuantileDMatrix(
        channels.validation.features,
        channels.validation.labels,
        feature_names=names,
        ref=train,
        max_bin=max_bin,
    )
    return train, validation
