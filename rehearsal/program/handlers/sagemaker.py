"""What SageMaker resources the program itself owns: registry groups, feature groups, monitoring."""

import time

from rehearsal.program.account import Account
from rehearsal.program.handlers.registry import Created, creates
from rehearsal.program.inputs import Declared

POLL_SECONDS = 0.1


@creates("aws:sagemaker/modelPackageGroup:ModelPackageGroup")
def model_package_group(declared: Declared, account: Account) -> Created:
    """A group in the model registry."""
    name = declared.physical_name(63, "modelPackageGroupName")
    made = account.client("sagemaker").create_model_package_group(
        ModelPackageGroupName=name,
        Tags=declared.tag_list(),
        **declared.to_aws("modelPackageGroupDescription"),
    )
    return Created(name, {"modelPackageGroupName": name, "arn": made["ModelPackageGroupArn"]})


@creates("aws:sagemaker/modelPackageGroupPolicy:ModelPackageGroupPolicy")
def model_package_group_policy(declared: Declared, account: Account) -> Created:
    """Who may use a registry group."""
    name = declared.require("modelPackageGroupName")
    account.client("sagemaker").put_model_package_group_policy(
        ModelPackageGroupName=name, ResourcePolicy=declared.require("resourcePolicy")
    )
    return Created(name)


@creates("aws:sagemaker/featureGroup:FeatureGroup")
def feature_group(declared: Declared, account: Account) -> Created:
    """A feature group."""
    name = declared.physical_name(63, "featureGroupName")
    parameters = declared.to_aws(
        "eventTimeFeatureName", "recordIdentifierFeatureName", "featureDefinitions", "roleArn", "description",
        "offlineStoreConfig", "onlineStoreConfig", "throughputConfig",
    )  # fmt: skip
    sagemaker = account.client("sagemaker")
    made = sagemaker.create_feature_group(FeatureGroupName=name, Tags=declared.tag_list(), **parameters)
    while sagemaker.describe_feature_group(FeatureGroupName=name)["FeatureGroupStatus"] == "Creating":
        time.sleep(POLL_SECONDS)
    return Created(name, {"featureGroupName": name, "arn": made["FeatureGroupArn"]})


@creates("aws:sagemaker/monitoringSchedule:MonitoringSchedule")
def monitoring_schedule(declared: Declared, account: Account) -> Created:
    """When an endpoint's captured data is compared with its baseline."""
    name = declared.physical_name(63)
    made = account.client("sagemaker").create_monitoring_schedule(
        MonitoringScheduleName=name, Tags=declared.tag_list(), **declared.to_aws("monitoringScheduleConfig")
    )
    return Created(name, {"name": name, "arn": made["MonitoringScheduleArn"]})
