"""ResultWriter: what became of the child executions, exported to S3 or reshaped in place."""

from __future__ import annotations

import json
from typing import Any

from rehearsal.asl.execution import Execution
from rehearsal.asl.map_runs import MapRun
from rehearsal.asl.program import Writer
from rehearsal.asl.strand import Visit
from rehearsal.asl.wire import dumps, iso_timestamp

_FAILED = ("FAILED", "TIMED_OUT", "ABORTED")


async def collect(visit: Visit, writer: Writer | None, map_run: MapRun, children: list[Execution]) -> Any:
    """The Map's result: where the export lies if there is one, else the children's outputs in item order."""
    map_run.written()
    if writer is None:
        return _outputs([child for child in children if child.status == "SUCCEEDED"], "COMPACT")
    if writer.destination is not None:
        return await _export(visit, writer, visit.value(writer.destination), map_run, children)
    if writer.transformation == "NONE":
        return [_record(child) for child in children]
    return _outputs([child for child in children if child.status == "SUCCEEDED"], writer.transformation)


async def _export(
    visit: Visit, writer: Writer, destination: dict[str, Any], map_run: MapRun, children: list[Execution]
) -> dict[str, Any]:
    bucket, prefix = destination["Bucket"], destination.get("Prefix", "")
    folder = "/".join(part for part in (prefix.strip("/"), map_run.arn.rsplit(":", 1)[1]) if part)
    files: dict[str, list[dict[str, Any]]] = {"FAILED": [], "PENDING": [], "SUCCEEDED": []}
    for name, statuses in (("SUCCEEDED", ("SUCCEEDED",)), ("FAILED", _FAILED)):
        chosen = [child for child in children if child.status in statuses]
        if chosen:
            is_raw = writer.transformation == "NONE" or name == "FAILED"
            rows = [_record(child) for child in chosen] if is_raw else _outputs(chosen, writer.transformation)
            body = "\n".join(dumps(row) for row in rows) if writer.is_jsonl else dumps(rows)
            key = f"{folder}/{name}_0.json"
            await visit.run.host.write_object(bucket, key, body, visit.run.execution)
            files[name].append({"Key": key, "Size": len(body.encode())})
    manifest = {"DestinationBucket": bucket, "MapRunArn": map_run.arn, "ResultFiles": files}
    await visit.run.host.write_object(bucket, f"{folder}/manifest.json", dumps(manifest), visit.run.execution)
    details = {"Bucket": bucket, "Key": f"{folder}/manifest.json"}
    return {"MapRunArn": map_run.arn, "ResultWriterDetails": details}


def _outputs(children: list[Execution], transformation: str) -> list[Any]:
    outputs = [json.loads(child.output) for child in children if child.output is not None]
    if transformation != "FLATTEN":
        return outputs
    return [item for output in outputs for item in (output if isinstance(output, list) else [output])]


def _record(child: Execution) -> dict[str, Any]:
    record = {
        "ExecutionArn": child.arn,
        "Input": child.input,
        "InputDetails": {"Included": True},
        "Name": child.name,
        "Output": child.output,
        "OutputDetails": {"Included": True} if child.output is not None else None,
        "RedriveCount": child.redrive_count,
        "RedriveStatus": child.redrive_status[0],
        "RedriveStatusReason": child.redrive_status[1],
        "StartDate": iso_timestamp(child.start_date),
        "StateMachineArn": child.machine_arn,
        "Status": child.status,
        "StopDate": None if child.stop_date is None else iso_timestamp(child.stop_date),
        "Error": child.error,
        "Cause": child.cause,
    }
    return {key: value for key, value in record.items() if value is not None}
