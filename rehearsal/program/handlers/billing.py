"""Budgets and cost allocation tags."""

from typing import Any

from rehearsal.program.account import Account
from rehearsal.program.handlers.registry import Created, creates
from rehearsal.program.identities import declared_only
from rehearsal.program.inputs import Declared, Inputs


@creates("aws:budgets/budget:Budget")
def budget(declared: Declared, account: Account) -> Created:
    """A monthly limit with notifications; nothing costs money here, so none is sent."""
    name, owner = declared.physical_name(100), declared.take("accountId", account.place.account_id)
    amount = {"Amount": str(declared.require("limitAmount")), "Unit": declared.take("limitUnit", "USD")}
    filters = {entry.require("name"): entry.take("values", []) for entry in declared.blocks("costFilters")}
    period = declared.verbatim(timePeriodStart="Start", timePeriodEnd="End")
    limits: dict[str, Any] = {"BudgetName": name, "BudgetLimit": amount}
    limits |= declared.to_aws("budgetType", "timeUnit", "costTypes")
    limits |= ({"CostFilters": filters} if filters else {}) | (
        {"TimePeriod": _dates(period)} if period else {}
    )
    notices = [_notice(entry) for entry in declared.blocks("notifications")]
    account.client("budgets").create_budget(
        AccountId=owner, Budget=limits, NotificationsWithSubscribers=notices, ResourceTags=declared.tag_list()
    )
    return Created(f"{owner}:{name}", {"name": name, "arn": f"arn:aws:budgets::{owner}:budget/{name}"})


def _dates(period: dict[str, str]) -> dict[str, str]:
    # The provider writes 2026-01-01_00:00, botocore reads ISO 8601.
    return {name: value.replace("_", "T") for name, value in period.items()}


def _notice(entry: Inputs) -> dict[str, Any]:
    kinds = (("EMAIL", "subscriberEmailAddresses"), ("SNS", "subscriberSnsTopicArns"))
    subscribers = [
        {"SubscriptionType": kind, "Address": address}
        for kind, name in kinds
        for address in entry.take(name, [])
    ]
    notification = entry.to_aws("comparisonOperator", "notificationType", "threshold", "thresholdType")
    return {"Notification": notification, "Subscribers": subscribers}


@creates("aws:costexplorer/costAllocationTag:CostAllocationTag")
def cost_allocation_tag(declared: Declared, account: Account) -> Created:
    """A tag that the bill is broken down by."""
    return declared_only(
        declared, account.place, "the embedded AWS has no Cost Explorer: nothing costs money here"
    )
