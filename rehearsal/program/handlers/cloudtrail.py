"""Trails; the embedded AWS keeps their settings and selectors."""

from typing import Any

from rehearsal.program.account import Account
from rehearsal.program.handlers.registry import Created, creates
from rehearsal.program.inputs import Declared, Inputs

_FIELD_RENAMES = {
    "field": "Field",
    "equals": "Equals",
    "notEquals": "NotEquals",
    "startsWiths": "StartsWith",
    "notStartsWiths": "NotStartsWith",
    "endsWiths": "EndsWith",
    "notEndsWiths": "NotEndsWith",
}


@creates("aws:cloudtrail/trail:Trail")
def trail(declared: Declared, account: Account) -> Created:
    """A trail that records calls, data events included."""
    client = account.client("cloudtrail")
    name = declared.physical_name(128)
    parameters = declared.to_aws(
        "s3BucketName", "s3KeyPrefix", "snsTopicName", "includeGlobalServiceEvents", "isMultiRegionTrail",
        "isOrganizationTrail", "enableLogFileValidation", "kmsKeyId", "cloudWatchLogsRoleArn",
        cloudWatchLogsGroupArn="CloudWatchLogsLogGroupArn",
    )  # fmt: skip
    made = client.create_trail(Name=name, TagsList=declared.tag_list(), **parameters)["TrailARN"]
    selectors: dict[str, Any] = declared.to_aws("eventSelectors")
    advanced = [_advanced(selector) for selector in declared.blocks("advancedEventSelectors")]
    if advanced:
        selectors["AdvancedEventSelectors"] = advanced
    if selectors:
        client.put_event_selectors(TrailName=name, **selectors)
    if declared.take("enableLogging", True):
        client.start_logging(Name=name)
    return Created(made, {"name": name, "arn": made, "homeRegion": account.place.region})


def _advanced(selector: Inputs) -> dict[str, Any]:
    fields = [field.verbatim(**_FIELD_RENAMES) for field in selector.blocks("fieldSelectors")]
    return selector.to_aws("name") | {"FieldSelectors": fields}
