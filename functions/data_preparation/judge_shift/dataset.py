"""Describes the prepared dataset to the stages after it: where its parts lie, and what seals it."""

from __future__ import annotations

from typing import Any

from contracts.artifacts import BESIDE_FEATURES, Manifest, RunKeys


def describe(manifest: Manifest, keys: RunKeys, bucket: str) -> dict[str, Any]:
    """URIs, rows, number of features and content hash; small enough to be carried by every later state."""
    root = f"s3://{bucket}/"
    return {
        "data_uri": f"{root}{keys.stage('data')}",
        "manifest_uri": f"{root}{keys.manifest}",
        "sha256": manifest.sha256,
        "rows": dict(manifest.rows),
        "features": len(set(manifest.schema) - BESIDE_FEATURES),
        "train_uri": f"{root}{keys.train}",
        "validation_uri": f"{root}{keys.validation}",
        "encoding_uri": f"{root}{keys.encoding}",
        "test_inputs_uri": f"{root}{keys.test_inputs}",
        "test_labels_uri": f"{root}{keys.test_labels}",
        "statistics_uri": f"{root}{keys.statistics}statistics.json",
    }
