"""/opt/ml as a training container finds it: configuration files, channels, and the folders it writes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from rehearsal.sagemaker.jobs.channels import Host, Source, fetch, host_names, mode_of, require_whole_folder
from rehearsal.sagemaker.s3 import Files

CHECKPOINTS = "/opt/ml/checkpoints"
WRITTEN = ("input/config", "input/data", "model", "output/data", "checkpoints")


def lay_out(files: Files, request: dict[str, Any], opt_ml: Path, host: Host) -> None:
    """Prepare one host's directory; channels are downloaded with the job role's credentials."""
    for folder in WRITTEN:
        (opt_ml / folder).mkdir(parents=True, exist_ok=True)
    for channel in request.get("InputDataConfig", []):
        source = channel["DataSource"]["S3DataSource"]
        wanted = Source(
            source["S3Uri"], source["S3DataType"], source.get("S3DataDistributionType", "FullyReplicated")
        )
        if mode_of(channel, request) == "FastFile":
            require_whole_folder(files, wanted.uri)
        fetch(files, wanted, opt_ml / "input/data" / channel["ChannelName"], host)
    config = opt_ml / "input/config"
    _write(config / "hyperparameters.json", request.get("HyperParameters", {}))
    _write(config / "resourceconfig.json", resource_config(request["ResourceConfig"], host))
    _write(config / "inputdataconfig.json", input_data_config(request.get("InputDataConfig", [])))


def resource_config(resources: dict[str, Any], host: Host) -> dict[str, Any]:
    """Return resourceconfig.json. All hosts are this machine, so the network interface is the loopback."""
    names = list(host_names(host.count))
    group = {
        "instance_group_name": "homogeneousCluster",
        "instance_type": resources["InstanceType"],
        "hosts": names,
    }
    return {
        "current_host": host.name,
        "current_instance_type": resources["InstanceType"],
        "current_group_name": "homogeneousCluster",
        "hosts": names,
        "instance_groups": [group],
        "network_interface_name": "lo",
    }


def input_data_config(channels: list[dict[str, Any]]) -> dict[str, Any]:
    """Return inputdataconfig.json: how each channel is delivered; a FastFile channel is told as File.

    https://docs.aws.amazon.com/sagemaker/latest/dg/your-algorithms-training-algo-running-container.html
    """
    return {
        channel["ChannelName"]: {
            "TrainingInputMode": "File",
            "S3DistributionType": channel["DataSource"]["S3DataSource"].get(
                "S3DataDistributionType", "FullyReplicated"
            ),
            "RecordWrapperType": "None",
            **({"ContentType": channel["ContentType"]} if "ContentType" in channel else {}),
        }
        for channel in channels
    }


def _write(path: Path, content: Any) -> None:
    path.write_text(json.dumps(content))
