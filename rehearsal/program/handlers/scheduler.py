"""EventBridge Scheduler: schedules and their groups."""

from rehearsal.program.account import Account
from rehearsal.program.handlers.registry import Created, creates
from rehearsal.program.inputs import Declared


@creates("aws:scheduler/scheduleGroup:ScheduleGroup")
def schedule_group(declared: Declared, account: Account) -> Created:
    """A group of schedules."""
    name = declared.physical_name()
    made = account.client("scheduler").create_schedule_group(Name=name, Tags=declared.tag_list())
    return Created(name, {"name": name, "arn": made["ScheduleGroupArn"], "state": "ACTIVE"})


@creates("aws:scheduler/schedule:Schedule")
def schedule(declared: Declared, account: Account) -> Created:
    """A schedule and what it calls; it runs in real time."""
    name = declared.physical_name()
    parameters = declared.to_aws(
        "groupName", "description", "scheduleExpression", "scheduleExpressionTimezone", "flexibleTimeWindow",
        "startDate", "endDate", "state", "target", "kmsKeyArn", "actionAfterCompletion",
    )  # fmt: skip
    made = account.client("scheduler").create_schedule(Name=name, **parameters)
    group = parameters.get("GroupName", "default")
    return Created(f"{group}/{name}", {"name": name, "arn": made["ScheduleArn"], "groupName": group})
