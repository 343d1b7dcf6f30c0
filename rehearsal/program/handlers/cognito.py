"""Who may sign in: user pools, their clients, domains and groups."""

from rehearsal.program.account import Account
from rehearsal.program.handlers.registry import Created, creates
from rehearsal.program.inputs import Declared


@creates("aws:cognito/userPool:UserPool")
def user_pool(declared: Declared, account: Account) -> Created:
    """A user pool with its password rules and second factor."""
    client = account.client("cognito-idp")
    name = declared.physical_name(128)
    parameters = declared.to_aws(
        "accountRecoverySetting", "adminCreateUserConfig", "aliasAttributes", "autoVerifiedAttributes",
        "deletionProtection", "emailConfiguration", "usernameAttributes", "usernameConfiguration",
        "userPoolAddOns",
        "userPoolTier", "userAttributeUpdateSettings", schemas="Schema",
    )  # fmt: skip
    if "passwordPolicy" in declared:
        parameters["Policies"] = declared.to_aws("passwordPolicy")
    made = client.create_user_pool(PoolName=name, UserPoolTags=declared.tags(), **parameters)["UserPool"]
    factors = declared.to_aws("softwareTokenMfaConfiguration", "mfaConfiguration")
    if factors:
        client.set_user_pool_mfa_config(UserPoolId=made["Id"], **factors)
    region = account.place.region
    arn = account.arn("cognito-idp", f"userpool/{made['Id']}")
    return Created(
        made["Id"], {"name": name, "arn": arn, "endpoint": f"cognito-idp.{region}.amazonaws.com/{made['Id']}"}
    )


@creates("aws:cognito/userPoolClient:UserPoolClient")
def user_pool_client(declared: Declared, account: Account) -> Created:
    """An application that people sign in to."""
    name = declared.physical_name(128)
    made = account.client("cognito-idp").create_user_pool_client(
        ClientName=name,
        **declared.to_aws(
            "userPoolId", "accessTokenValidity", "idTokenValidity", "refreshTokenValidity",
            "tokenValidityUnits",
            "explicitAuthFlows", "generateSecret", "enableTokenRevocation", "preventUserExistenceErrors",
            "supportedIdentityProviders", "readAttributes", "writeAttributes", "authSessionValidity",
            allowedOauthFlows="AllowedOAuthFlows", allowedOauthScopes="AllowedOAuthScopes",
            allowedOauthFlowsUserPoolClient="AllowedOAuthFlowsUserPoolClient", callbackUrls="CallbackURLs",
            logoutUrls="LogoutURLs", defaultRedirectUri="DefaultRedirectURI",
        ),
    )["UserPoolClient"]  # fmt: skip
    secret = {"clientSecret": made["ClientSecret"]} if "ClientSecret" in made else {}
    return Created(made["ClientId"], {"name": name} | secret)


@creates("aws:cognito/userPoolDomain:UserPoolDomain")
def user_pool_domain(declared: Declared, account: Account) -> Created:
    """The address of the sign-in page."""
    domain = declared.require("domain")
    parameters = declared.to_aws("userPoolId", "managedLoginVersion")
    account.client("cognito-idp").create_user_pool_domain(Domain=domain, **parameters)
    return Created(domain)


@creates("aws:cognito/userGroup:UserGroup")
def user_group(declared: Declared, account: Account) -> Created:
    """A group, such as the people who may approve."""
    name = declared.physical_name(128)
    parameters = declared.to_aws("userPoolId", "description", "precedence", "roleArn")
    account.client("cognito-idp").create_group(GroupName=name, **parameters)
    return Created(f"{parameters['UserPoolId']}/{name}", {"name": name})
