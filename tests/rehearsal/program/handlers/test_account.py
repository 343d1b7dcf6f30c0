"""APIs, sign-in, trails, budgets and parameters keep what the program declares about them."""

from collections.abc import Callable

import pytest

from rehearsal.program.account import Account
from rehearsal.program.handlers.registry import Created

pytestmark = pytest.mark.rehearsal
Make = Callable[..., Created]


def test_an_api_calls_its_function_at_the_address_it_tells(make: Make, account: Account) -> None:
    api = make("aws:apigatewayv2/api:Api", protocolType="HTTP", corsConfiguration={"allowOrigins": ["*"]})
    arn = account.arn("lambda", "function:one")
    uri = f"arn:aws:apigateway:eu-west-1:lambda:path/2015-03-31/functions/{arn}/invocations"
    backend = {"integrationType": "AWS_PROXY", "integrationUri": uri, "timeoutMilliseconds": 5000}
    make("aws:apigatewayv2/integration:Integration", apiId=api.id, **backend)
    limits = {"throttlingBurstLimit": 5, "throttlingRateLimit": 2}
    settings = {"name": "$default", "autoDeploy": True, "defaultRouteSettings": limits}
    stage = make("aws:apigatewayv2/stage:Stage", apiId=api.id, **settings)
    integrations = account.client("apigatewayv2").get_integrations(ApiId=api.id)["Items"]
    assert [integration["IntegrationUri"] for integration in integrations] == [arn]
    assert stage.outputs["invokeUrl"] == api.outputs["apiEndpoint"]
    assert api.outputs["apiEndpoint"].startswith(account.endpoint_url)


def test_a_route_keeps_who_may_call_it(make: Make, account: Account) -> None:
    api = make("aws:apigatewayv2/api:Api", protocolType="HTTP").id
    token = {"audiences": ["app"], "issuer": "http://127.0.0.1/issuer"}
    bearer = {"jwtConfiguration": token, "identitySources": ["$request.header.Authorization"]}
    kind = "aws:apigatewayv2/authorizer:Authorizer"
    authorizer = make(kind, apiId=api, authorizerType="JWT", **bearer).id
    route = {"routeKey": "GET /x", "authorizerId": authorizer, "authorizationType": "JWT"}
    make("aws:apigatewayv2/route:Route", apiId=api, **route)
    kept = account.client("apigatewayv2").get_routes(ApiId=api)["Items"][0]
    assert (kept["AuthorizerId"], kept["AuthorizationType"]) == (authorizer, "JWT")


def test_a_user_pool_keeps_its_rules_its_client_and_its_groups(make: Make, account: Account) -> None:
    admin = {"allowAdminCreateUserOnly": True}
    rules = {"minimumLength": 14, "requireSymbols": True}
    second = {"softwareTokenMfaConfiguration": {"enabled": True}, "mfaConfiguration": "ON"}
    pool = make(
        "aws:cognito/userPool:UserPool", passwordPolicy=rules, adminCreateUserConfig=admin, **second
    ).id
    flows = {"allowedOauthFlows": ["code"], "callbackUrls": ["https://example.com"]}
    client_id = make("aws:cognito/userPoolClient:UserPoolClient", userPoolId=pool, **flows).id
    make("aws:cognito/userGroup:UserGroup", userPoolId=pool, name="approvers")
    make("aws:cognito/userPoolDomain:UserPoolDomain", userPoolId=pool, domain="trainyard-test")
    cognito = account.client("cognito-idp")
    kept = cognito.describe_user_pool(UserPoolId=pool)["UserPool"]
    assert kept["Policies"]["PasswordPolicy"]["MinimumLength"] == 14
    app = cognito.describe_user_pool_client(UserPoolId=pool, ClientId=client_id)["UserPoolClient"]
    assert app["CallbackURLs"] == ["https://example.com"]
    assert cognito.list_groups(UserPoolId=pool)["Groups"][0]["GroupName"] == "approvers"


def test_a_trail_records_the_data_events_it_selects(make: Make, account: Account) -> None:
    bucket = make("aws:s3/bucket:Bucket").id
    fields = [
        {"field": "eventCategory", "equals": ["Data"]},
        {"field": "resources.ARN", "startsWiths": ["arn:aws:s3"]},
    ]
    selectors = [{"name": "objects", "fieldSelectors": fields}]
    made = make(
        "aws:cloudtrail/trail:Trail",
        s3BucketName=bucket,
        enableLogFileValidation=True,
        advancedEventSelectors=selectors,
    )
    client = account.client("cloudtrail")
    kept = client.get_event_selectors(TrailName=made.outputs["name"])["AdvancedEventSelectors"][0]
    assert kept["FieldSelectors"][1] == {"Field": "resources.ARN", "StartsWith": ["arn:aws:s3"]}
    assert client.get_trail_status(Name=made.outputs["name"])["IsLogging"] is True


def test_a_budget_keeps_its_limit_and_who_is_told(make: Make, account: Account) -> None:
    topic = account.arn("sns", "alerts")
    notice = {"comparisonOperator": "GREATER_THAN", "notificationType": "ACTUAL"}
    notice |= {"threshold": 80, "thresholdType": "PERCENTAGE", "subscriberSnsTopicArns": [topic]}
    filters = [{"name": "TagKeyValue", "values": ["user:project$demo"]}]
    limits = {"budgetType": "COST", "timeUnit": "MONTHLY", "limitAmount": "250", "limitUnit": "USD"}
    rules = {"notifications": [notice], "costFilters": filters, "timePeriodStart": "2026-01-01_00:00"}
    named = {"BudgetName": make("aws:budgets/budget:Budget", **limits, **rules).outputs["name"]}
    budgets, owner = account.client("budgets"), {"AccountId": "111122223333"}
    found = budgets.describe_budget(**owner, **named)["Budget"]
    assert float(found["BudgetLimit"]["Amount"]) == 250
    [kept] = budgets.describe_notifications_for_budget(**owner, **named)["Notifications"]
    assert (kept["NotificationType"], kept["Threshold"]) == ("ACTUAL", 80)
    told = budgets.describe_subscribers_for_notification(**owner, **named, Notification=kept)["Subscribers"]
    assert told == [{"SubscriptionType": "SNS", "Address": topic}]


def test_a_parameter_is_stored_with_its_value(make: Make, account: Account) -> None:
    make("aws:ssm/parameter:Parameter", name="/trainyard/one", type="SecureString", value="v")
    kept = account.client("ssm").get_parameter(Name="/trainyard/one", WithDecryption=True)["Parameter"]
    assert (kept["Value"], kept["Type"]) == ("v", "SecureString")
