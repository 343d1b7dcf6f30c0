"""The approval stage: the requests, the function that asks, and the HTTP API that takes the decision."""

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi_aws as aws
from pulumi import ComponentResource, Input, Output, ResourceOptions

from components.blocks import grants
from components.blocks.function import Function, FunctionArgs
from components.blocks.ground import Ground
from components.blocks.log_group import log_group
from components.blocks.role import policy_document
from components.blocks.statements import allow
from components.blocks.table import Index, Table, TableArgs

ROUTES = ("GET /approvals", "GET /approvals/{approval_id}", "POST /approvals/{approval_id}/decision")
# Requests a second, over all callers: people and their tools.
RATE_LIMIT, BURST_LIMIT = 10, 20


@dataclass(frozen=True, kw_only=True)
class ApprovalArgs:
    """Everybody in `approver_emails` is told of each request, once the subscription is confirmed."""

    ground: Ground
    can_starter_approve: bool
    approver_emails: Sequence[str]


class Approval(ComponentResource):
    """Who may decide is who holds `approver_policy_arn`; every decision leaves an immutable record."""

    request_approval_function_arn: Output[str]
    api_url: Output[str]
    approver_policy_arn: Output[str]
    topic_arn: Output[str]

    def __init__(self, name: str, args: ApprovalArgs, opts: ResourceOptions | None = None) -> None:
        super().__init__("trainyard:stage:Approval", name, None, opts)
        self._args, self._child = args, ResourceOptions(parent=self)
        self._requests = self._build_table()
        self.topic_arn = self._build_topic()
        decide = self._decide_approval()
        api = self._build_api(name, decide)
        self.api_url = api.api_endpoint
        self.approver_policy_arn = self._build_approver_policy(api)
        self.request_approval_function_arn = self._request_approval().arn
        self.register_outputs({"api_url": self.api_url, "approver_policy_arn": self.approver_policy_arn})

    def _build_table(self) -> Table:
        index = Index(name="by-state", hash_key="state", range_key="created_at")
        args = TableArgs(ground=self._args.ground, hash_key="approval_id", index=index)
        return Table("approvals", args, self._child)

    def _build_topic(self) -> Output[str]:
        ground = self._args.ground
        topic = aws.sns.Topic(
            "approvers",
            name=ground.physical_name("approvers"),
            kms_master_key_id=ground.messages_key_arn,
            opts=self._child,
        )
        for email in self._args.approver_emails:
            aws.sns.TopicSubscription(
                f"approver-{email}", topic=topic.arn, protocol="email", endpoint=email, opts=self._child
            )
        return topic.arn

    def _request_approval(self) -> Function:
        ground = self._args.ground
        args = FunctionArgs(
            folder="functions/approval/request_approval",
            description="Keeps the task token and asks the approvers",
            ground=ground,
            environment={
                "APPROVALS_TABLE": self._requests.name,
                "APPROVERS_TOPIC_ARN": self.topic_arn,
                "API_URL": self.api_url,
            },
            statements=[
                self._requests.grant("PutItem"),
                grants.use_key(ground),
                allow("sns:Publish", self.topic_arn),
                allow(["kms:Decrypt", "kms:GenerateDataKey"], ground.messages_key_arn),
            ],
        )
        return Function("request_approval", args, self._child)

    def _decide_approval(self) -> Function:
        ground = self._args.ground
        args = FunctionArgs(
            folder="functions/approval/decide_approval",
            description="Takes a decision once and answers the waiting run",
            ground=ground,
            environment={
                "APPROVALS_TABLE": self._requests.name,
                "AUDIT_BUCKET": ground.audit_bucket,
                "CAN_STARTER_APPROVE": str(self._args.can_starter_approve).lower(),
            },
            statements=[
                self._requests.grant("GetItem", "Query", "UpdateItem"),
                grants.use_key(ground),
                grants.write_objects(Output.concat(ground.audit_bucket_arn, "/decisions/*")),
                allow("states:SendTaskSuccess", "*"),
            ],
        )
        return Function("decide_approval", args, self._child)

    def _build_api(self, name: str, decide: Function) -> aws.apigatewayv2.Api:
        ground = self._args.ground
        api = aws.apigatewayv2.Api(
            name,
            name=ground.physical_name("approvals"),
            description="Requests for approval: list, read, decide; callers sign with AWS_IAM",
            protocol_type="HTTP",
            opts=self._child,
        )
        integration = aws.apigatewayv2.Integration(
            name,
            api_id=api.id,
            integration_type="AWS_PROXY",
            integration_uri=decide.arn,
            payload_format_version="2.0",
            opts=self._child,
        )
        for route in ROUTES:
            aws.apigatewayv2.Route(
                route,
                api_id=api.id,
                route_key=route,
                target=Output.concat("integrations/", integration.id),
                authorization_type="AWS_IAM",
                opts=self._child,
            )
        self._build_stage(name, api)
        aws.lambda_.Permission(
            name,
            function=decide.name,
            action="lambda:InvokeFunction",
            principal="apigateway.amazonaws.com",
            source_arn=Output.concat(api.execution_arn, "/*/*"),
            source_account=ground.account_id,
            opts=self._child,
        )
        return api

    def _build_stage(self, name: str, api: aws.apigatewayv2.Api) -> None:
        ground = self._args.ground
        logs = log_group(
            "approvals-api", f"/aws/apigateway/{ground.physical_name('approvals')}", ground, self._child
        )
        fields = ["requestId", "requestTime", "httpMethod", "path", "status", "identity.userArn"]
        aws.apigatewayv2.Stage(
            name,
            api_id=api.id,
            name="$default",
            auto_deploy=True,
            access_log_settings={
                "destination_arn": logs.arn,
                "format": Output.json_dumps({field.split(".")[-1]: f"$context.{field}" for field in fields}),
            },
            default_route_settings={
                "throttling_rate_limit": RATE_LIMIT,
                "throttling_burst_limit": BURST_LIMIT,
            },
            opts=self._child,
        )

    def _build_approver_policy(self, api: aws.apigatewayv2.Api) -> Output[str]:
        policy = aws.iam.Policy(
            "approver",
            name=self._args.ground.physical_name("approver"),
            description="Read and decide requests for approval: attach it to the approvers' role",
            policy=policy_document([allow("execute-api:Invoke", approver_routes(api.execution_arn))]),
            opts=self._child,
        )
        return policy.arn


def approver_routes(execution_arn: Input[str]) -> list[Output[str]]:
    """What an approver may call."""
    return [Output.concat(execution_arn, path) for path in ("/*/GET/approvals*", "/*/POST/approvals/*")]
