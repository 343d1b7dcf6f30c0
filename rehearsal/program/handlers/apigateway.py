"""HTTP APIs. Their address in the embedded AWS is a path below its endpoint, which any client resolves."""

import re

from rehearsal.program.account import Account
from rehearsal.program.handlers.registry import Created, creates
from rehearsal.program.inputs import Declared, Inputs


@creates("aws:apigatewayv2/api:Api")
def api(declared: Declared, account: Account) -> Created:
    """An HTTP API; `apiEndpoint` leads to its $default stage."""
    parameters = declared.to_aws(
        "protocolType",
        "description",
        "disableExecuteApiEndpoint",
        "corsConfiguration",
        "version",
        "ipAddressType",
    )
    name = declared.physical_name(128)
    made = account.client("apigatewayv2").create_api(Name=name, Tags=declared.tags(), **parameters)["ApiId"]
    outputs = {
        "name": name,
        "executionArn": account.arn("execute-api", made),
        "apiEndpoint": _url(account, made, "$default"),
    }
    return Created(made, outputs | {"arn": f"arn:aws:apigateway:{account.place.region}::/apis/{made}"})


def _url(account: Account, api_id: str, stage_name: str) -> str:
    return f"{account.endpoint_url}/_aws/execute-api/{api_id}/{stage_name}"


@creates("aws:apigatewayv2/authorizer:Authorizer")
def authorizer(declared: Declared, account: Account) -> Created:
    """A JWT or Lambda authorizer."""
    parameters = declared.to_aws(
        "apiId", "authorizerType", "authorizerCredentialsArn", "authorizerPayloadFormatVersion",
        "authorizerResultTtlInSeconds", "authorizerUri", "enableSimpleResponses",
        identitySources="IdentitySource",
    )  # fmt: skip
    token = declared.block("jwtConfiguration")
    if token:
        parameters["JwtConfiguration"] = token.verbatim(audiences="Audience", issuer="Issuer")
    made = account.client("apigatewayv2").create_authorizer(Name=declared.physical_name(128), **parameters)
    return Created(made["AuthorizerId"])


@creates("aws:apigatewayv2/integration:Integration")
def integration(declared: Declared, account: Account) -> Created:
    """A backend; the invoke ARN that AWS expects is given to the embedded AWS as the function's own."""
    uri = re.sub(r"^.*/functions/(arn:.*)/invocations$", r"\1", declared.take("integrationUri", ""))
    parameters = declared.to_aws(
        "apiId", "integrationType", "integrationMethod", "integrationSubtype", "payloadFormatVersion",
        "connectionType",
        "connectionId", "credentialsArn", "description", timeoutMilliseconds="TimeoutInMillis",
    ) | declared.verbatim(requestParameters="RequestParameters")  # fmt: skip
    made = account.client("apigatewayv2").create_integration(
        **parameters, **({"IntegrationUri": uri} if uri else {})
    )
    return Created(made["IntegrationId"])


@creates("aws:apigatewayv2/route:Route")
def route(declared: Declared, account: Account) -> Created:
    """A method and path, and who may call it."""
    parameters = declared.to_aws(
        "apiId", "routeKey", "target", "authorizationType", "authorizerId", "authorizationScopes",
        "apiKeyRequired",
        "operationName",
    )  # fmt: skip
    return Created(account.client("apigatewayv2").create_route(**parameters)["RouteId"])


@creates("aws:apigatewayv2/stage:Stage")
def stage(declared: Declared, account: Account) -> Created:
    """A stage of an API."""
    api_id, name = declared.require("apiId"), declared.physical_name(128)
    parameters = declared.to_aws("autoDeploy", "description", "accessLogSettings", "defaultRouteSettings")
    parameters |= declared.verbatim(stageVariables="StageVariables")
    routes = {entry.require("routeKey"): _route_settings(entry) for entry in declared.blocks("routeSettings")}
    if routes:
        parameters["RouteSettings"] = routes
    account.client("apigatewayv2").create_stage(
        ApiId=api_id, StageName=name, Tags=declared.tags(), **parameters
    )
    arn = f"arn:aws:apigateway:{account.place.region}::/apis/{api_id}/stages/{name}"
    execution_arn = f"{account.arn('execute-api', api_id)}/{name}"
    return Created(
        name,
        {"name": name, "arn": arn, "executionArn": execution_arn, "invokeUrl": _url(account, api_id, name)},
    )


def _route_settings(entry: Inputs) -> dict[str, object]:
    return entry.to_aws(
        "dataTraceEnabled",
        "detailedMetricsEnabled",
        "loggingLevel",
        "throttlingBurstLimit",
        "throttlingRateLimit",
    )
