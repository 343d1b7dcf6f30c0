"""The identity AWS would give each resource type: id, ARN and the names other resources refer to it by.

Recordings of the program use it for every resource, handlers for those that the embedded AWS has no API for.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from rehearsal.program.handlers.registry import Created
from rehearsal.program.inputs import Declared
from rehearsal.program.place import Place


@dataclass(frozen=True)
class Shape:
    """Templates over {name}, {hex}, {id}, {region}, {account}; `name_property` is where the program may give
    the name.
    """

    arn: str = ""
    id: str = "{name}"
    name_property: str = "name"
    outputs: Mapping[str, str] = field(default_factory=dict)


_REGIONAL = "{region}:{account}"
_LAMBDA = f"arn:aws:lambda:{_REGIONAL}"
_EC2 = f"arn:aws:ec2:{_REGIONAL}"
_CLOUDWATCH = f"arn:aws:cloudwatch:{_REGIONAL}"
_SAGEMAKER = f"arn:aws:sagemaker:{_REGIONAL}"
_ECR = "{account}.dkr.ecr.{region}.amazonaws.com/{name}"
_INVOKE = (
    "arn:aws:apigateway:{region}:lambda:path/2015-03-31/functions/" + _LAMBDA + ":function:{name}/invocations"
)

SHAPES: Mapping[str, Shape] = {
    "aws:apigatewayv2/api:Api": Shape(
        "arn:aws:apigateway:{region}::/apis/{id}",
        id="{hex}",
        outputs={
            "apiEndpoint": "https://{id}.execute-api.{region}.amazonaws.com",
            "executionArn": f"arn:aws:execute-api:{_REGIONAL}:{{id}}",
        },
    ),
    "aws:apigatewayv2/stage:Stage": Shape(),
    "aws:budgets/budget:Budget": Shape("arn:aws:budgets::{account}:budget/{name}", id="{account}:{name}"),
    "aws:cfg/rule:Rule": Shape(f"arn:aws:config:{_REGIONAL}:config-rule/{{name}}"),
    "aws:cloudtrail/trail:Trail": Shape(
        f"arn:aws:cloudtrail:{_REGIONAL}:trail/{{name}}", id=f"arn:aws:cloudtrail:{_REGIONAL}:trail/{{name}}"
    ),
    "aws:cloudwatch/compositeAlarm:CompositeAlarm": Shape(
        f"{_CLOUDWATCH}:alarm:{{name}}", name_property="alarmName"
    ),
    "aws:cloudwatch/dashboard:Dashboard": Shape(
        name_property="dashboardName",
        outputs={"dashboardArn": "arn:aws:cloudwatch::{account}:dashboard/{name}"},
    ),
    "aws:cloudwatch/eventArchive:EventArchive": Shape(f"arn:aws:events:{_REGIONAL}:archive/{{name}}"),
    "aws:cloudwatch/eventBus:EventBus": Shape(f"arn:aws:events:{_REGIONAL}:event-bus/{{name}}"),
    "aws:cloudwatch/eventRule:EventRule": Shape(f"arn:aws:events:{_REGIONAL}:rule/{{name}}"),
    "aws:cloudwatch/logGroup:LogGroup": Shape(f"arn:aws:logs:{_REGIONAL}:log-group:{{name}}"),
    "aws:cloudwatch/metricAlarm:MetricAlarm": Shape(f"{_CLOUDWATCH}:alarm:{{name}}"),
    "aws:cognito/userPool:UserPool": Shape(
        f"arn:aws:cognito-idp:{_REGIONAL}:userpool/{{id}}",
        id="{region}_{hex}",
        outputs={"endpoint": "cognito-idp.{region}.amazonaws.com/{id}"},
    ),
    "aws:cognito/userPoolClient:UserPoolClient": Shape(id="{hex}"),
    "aws:dynamodb/table:Table": Shape(f"arn:aws:dynamodb:{_REGIONAL}:table/{{name}}"),
    "aws:ec2/flowLog:FlowLog": Shape(f"{_EC2}:vpc-flow-log/{{id}}", id="fl-{hex}"),
    "aws:ec2/routeTable:RouteTable": Shape(f"{_EC2}:route-table/{{id}}", id="rtb-{hex}"),
    "aws:ec2/securityGroup:SecurityGroup": Shape(f"{_EC2}:security-group/{{id}}", id="sg-{hex}"),
    "aws:ec2/subnet:Subnet": Shape(f"{_EC2}:subnet/{{id}}", id="subnet-{hex}"),
    "aws:ec2/vpc:Vpc": Shape(
        f"{_EC2}:vpc/{{id}}", id="vpc-{hex}", outputs={"defaultSecurityGroupId": "sg-{hex}"}
    ),
    "aws:ec2/vpcEndpoint:VpcEndpoint": Shape(
        f"{_EC2}:vpc-endpoint/{{id}}", id="vpce-{hex}", outputs={"prefixListId": "pl-{hex}"}
    ),
    "aws:ecr/repository:Repository": Shape(
        f"arn:aws:ecr:{_REGIONAL}:repository/{{name}}",
        outputs={"repositoryUrl": _ECR, "registryId": "{account}"},
    ),
    "aws:iam/openIdConnectProvider:OpenIdConnectProvider": Shape(
        "arn:aws:iam::{account}:oidc-provider/{name}"
    ),
    "aws:iam/policy:Policy": Shape(
        "arn:aws:iam::{account}:policy/{name}", id="arn:aws:iam::{account}:policy/{name}"
    ),
    "aws:iam/role:Role": Shape("arn:aws:iam::{account}:role/{name}", outputs={"uniqueId": "AROA{hex}"}),
    "aws:kms/alias:Alias": Shape(f"arn:aws:kms:{_REGIONAL}:{{name}}"),
    "aws:kms/key:Key": Shape(f"arn:aws:kms:{_REGIONAL}:key/{{id}}", id="{hex}", outputs={"keyId": "{id}"}),
    "aws:lambda/alias:Alias": Shape(f"{_LAMBDA}:function:{{name}}"),
    "aws:lambda/function:Function": Shape(
        f"{_LAMBDA}:function:{{name}}",
        outputs={
            "invokeArn": _INVOKE,
            "qualifiedArn": f"{_LAMBDA}:function:{{name}}:$LATEST",
            "version": "$LATEST",
        },
    ),
    "aws:lambda/layerVersion:LayerVersion": Shape(
        f"{_LAMBDA}:layer:{{name}}:1",
        id=f"{_LAMBDA}:layer:{{name}}:1",
        name_property="layerName",
        outputs={"layerArn": f"{_LAMBDA}:layer:{{name}}", "version": "1"},
    ),
    "aws:s3/bucket:Bucket": Shape(
        "arn:aws:s3:::{name}",
        name_property="bucket",
        outputs={
            "bucketDomainName": "{name}.s3.amazonaws.com",
            "bucketRegionalDomainName": "{name}.s3.{region}.amazonaws.com",
        },
    ),
    "aws:s3/bucketObjectv2:BucketObjectv2": Shape(id="{name}", name_property="key"),
    "aws:sagemaker/dataQualityJobDefinition:DataQualityJobDefinition": Shape(
        f"{_SAGEMAKER}:data-quality-job-definition/{{name}}"
    ),
    "aws:sagemaker/featureGroup:FeatureGroup": Shape(
        f"{_SAGEMAKER}:feature-group/{{name}}", name_property="featureGroupName"
    ),
    "aws:sagemaker/modelPackageGroup:ModelPackageGroup": Shape(
        f"{_SAGEMAKER}:model-package-group/{{name}}", name_property="modelPackageGroupName"
    ),
    "aws:sagemaker/monitoringSchedule:MonitoringSchedule": Shape(
        f"{_SAGEMAKER}:monitoring-schedule/{{name}}"
    ),
    "aws:scheduler/schedule:Schedule": Shape(f"arn:aws:scheduler:{_REGIONAL}:schedule/default/{{name}}"),
    "aws:scheduler/scheduleGroup:ScheduleGroup": Shape(
        f"arn:aws:scheduler:{_REGIONAL}:schedule-group/{{name}}"
    ),
    "aws:sfn/alias:Alias": Shape(f"arn:aws:states:{_REGIONAL}:stateMachine:alias/{{name}}"),
    "aws:sfn/stateMachine:StateMachine": Shape(
        f"arn:aws:states:{_REGIONAL}:stateMachine:{{name}}",
        id=f"arn:aws:states:{_REGIONAL}:stateMachine:{{name}}",
        outputs={"stateMachineVersionArn": f"arn:aws:states:{_REGIONAL}:stateMachine:{{name}}:1"},
    ),
    "aws:sns/topic:Topic": Shape(f"arn:aws:sns:{_REGIONAL}:{{name}}", id=f"arn:aws:sns:{_REGIONAL}:{{name}}"),
    "aws:sns/topicSubscription:TopicSubscription": Shape(
        f"arn:aws:sns:{_REGIONAL}:{{name}}:{{hex}}", id=f"arn:aws:sns:{_REGIONAL}:{{name}}:{{hex}}"
    ),
    "aws:sqs/queue:Queue": Shape(
        f"arn:aws:sqs:{_REGIONAL}:{{name}}",
        id="https://sqs.{region}.amazonaws.com/{account}/{name}",
        outputs={"url": "https://sqs.{region}.amazonaws.com/{account}/{name}"},
    ),
    "aws:ssm/parameter:Parameter": Shape(f"arn:aws:ssm:{_REGIONAL}:parameter/{{name}}"),
}


def identity(declared: Declared, place: Place) -> Created:
    """Id and computed properties of a resource that was never created; the same at each run."""
    shape = SHAPES.get(declared.resource_type, Shape())
    name = declared.physical_name(name=shape.name_property)
    facts = {
        "name": name,
        "hex": hashlib.sha256(f"{declared.resource_type}/{declared.name}".encode()).hexdigest()[:17],
        "region": place.region,
        "account": place.account_id,
    }
    facts["id"] = shape.id.format(**facts)
    outputs = {key: template.format(**facts) for key, template in shape.outputs.items()}
    if shape.arn:
        outputs["arn"] = shape.arn.format(**facts)
    if declared.resource_type in SHAPES:
        outputs[shape.name_property] = name
    if shape.arn or "tags" in declared:
        declared.tags()
    return Created(facts["id"], outputs)


def declared_only(declared: Declared, place: Place, reason: str) -> Created:
    """The identity of a resource that the embedded AWS has no API for."""
    return replace(identity(declared, place), declared_only=reason)
