"""The API of map runs: list, describe, update."""

from __future__ import annotations

from rehearsal.asl.engine import Engine
from rehearsal.asl.map_runs import MapRun
from rehearsal.emulator.platform import ServiceError
from rehearsal.stepfunctions.operations import Operation, Request
from rehearsal.stepfunctions.paging import page

LIMITS = {
    "maxConcurrency": "max_concurrency",
    "toleratedFailureCount": "tolerated_failure_count",
    "toleratedFailurePercentage": "tolerated_failure_percentage",
}


class MapRunsApi:
    """Operations on map runs; on the engine's loop."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def operations(self) -> dict[str, Operation]:
        """Return the operations by their names."""
        return {
            "DescribeMapRun": self._describe,
            "ListMapRuns": self._list,
            "UpdateMapRun": self._update,
        }

    def _list(self, request: Request, _: str | None) -> Request:
        arn = request["executionArn"]
        if arn not in self._engine.executions:
            raise ServiceError("ExecutionDoesNotExist", f"Execution Does Not Exist: '{arn}'")
        rows = [_row(map_run) for map_run in self._engine.map_runs_of(arn)]
        return page("mapRuns", rows, request)

    def _describe(self, request: Request, _: str | None) -> Request:
        map_run = self._require(request["mapRunArn"])
        answer = {
            **_row(map_run),
            "status": map_run.status,
            "maxConcurrency": map_run.max_concurrency,
            "toleratedFailureCount": map_run.tolerated_failure_count or 0,
            "toleratedFailurePercentage": map_run.tolerated_failure_percentage or 0.0,
            "itemCounts": dict(map_run.item_counts),
            "executionCounts": dict(map_run.execution_counts),
            "redriveCount": map_run.redrive_count,
            "redriveDate": map_run.redrive_date,
        }
        del answer["stateMachineArn"]
        return {key: value for key, value in answer.items() if value is not None}

    def _update(self, request: Request, _: str | None) -> Request:
        map_run = self._require(request["mapRunArn"])
        if map_run.status != "RUNNING":
            raise ServiceError(
                "ValidationException",
                f"The map run has ended as {map_run.status} and can't be updated: '{map_run.arn}'",
                reason="CANNOT_UPDATE_COMPLETED_MAP_RUN",
            )
        for name, attribute in LIMITS.items():
            if request.get(name) is not None:
                setattr(map_run, attribute, request[name])
        return {}

    def _require(self, arn: str) -> MapRun:
        if arn not in self._engine.map_runs:
            raise ServiceError("ResourceNotFound", f"Map run does not exist: '{arn}'")
        return self._engine.map_runs[arn]


def _row(map_run: MapRun) -> Request:
    row = {
        "executionArn": map_run.execution_arn,
        "mapRunArn": map_run.arn,
        "stateMachineArn": map_run.machine_arn,
        "startDate": map_run.start_date,
        "stopDate": map_run.stop_date,
    }
    return {key: value for key, value in row.items() if value is not None}
