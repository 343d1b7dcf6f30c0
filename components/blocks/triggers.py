"""What starts a run, or a clean-up after one: the request of the schedule and the patterns of events."""

from typing import Any

from pulumi import Input, Output

from components.blocks.ground import Ground


def scheduled_request() -> dict[str, Any]:
    """What the schedule asks; EventBridge Scheduler fills in the time, the same for every try of one date."""
    return {
        "context": {
            "trigger": "schedule",
            "reason": "the schedule of <aws.scheduler.scheduled-time>",
            "requested_by": "schedule",
        },
        "identity": "<aws.scheduler.scheduled-time>",
    }


def landed_pattern(ground: Ground) -> Output[str]:
    """Objects created in the landing bucket where data arrives; quarantined files lie elsewhere."""
    detail = {"bucket": {"name": [ground.landing_bucket]}, "object": {"key": [{"prefix": "incoming/"}]}}
    return Output.json_dumps({"source": ["aws.s3"], "detail-type": ["Object Created"], "detail": detail})


def alarm_pattern(ground: Ground) -> dict[str, Any]:
    """Alarms about the model that went off: by convention those whose names begin with `<prefix>-model-`.

    CloudWatch announces every change of every alarm, so monitors are hooked in by their names alone.
    """
    detail = {"alarmName": [{"prefix": ground.physical_name("model-")}], "state": {"value": ["ALARM"]}}
    return {
        "source": ["aws.cloudwatch"],
        "detail-type": ["CloudWatch Alarm State Change"],
        "detail": detail,
    }


def unfinished_pattern(machine_arn: Input[str]) -> Output[str]:
    """Runs that skipped every Catch, stopped by somebody or by their deadline; and failed ones, since Step
    Functions only tries to stop the jobs beside a failure, and a compensation may have failed, too. Also
    those that were redriven and succeeded: what earlier attempts made is left."""
    unfinished = {"status": ["ABORTED", "TIMED_OUT", "FAILED"]}
    redriven = {"status": ["SUCCEEDED"], "redriveCount": [{"numeric": [">", 0]}]}
    detail = {"stateMachineArn": [machine_arn], "$or": [unfinished, redriven]}
    return Output.json_dumps(
        {
            "source": ["aws.states"],
            "detail-type": ["Step Functions Execution Status Change"],
            "detail": detail,
        }
    )
