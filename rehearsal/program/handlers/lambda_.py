"""Functions, layers, and who may call them. The embedded AWS runs the real handler code in a process of its
own.
"""

import base64
import hashlib
from typing import Any

from rehearsal.program.account import Account
from rehearsal.program.assets import zipped
from rehearsal.program.handlers.registry import ON_DESTROY, Created, creates
from rehearsal.program.inputs import Declared

_CHANGE_MARK = "only tells the provider when the code has changed"


def _code(declared: Declared) -> tuple[dict[str, Any], str]:
    """The code parameters, and the hash AWS reports for the archive."""
    declared.ignore("sourceCodeHash", _CHANGE_MARK)
    declared.ignore("skipDestroy", ON_DESTROY)
    if "code" not in declared:
        return declared.to_aws("s3Bucket", "s3Key", "s3ObjectVersion", "imageUri"), ""
    body = zipped(declared.take("code"))
    return {"ZipFile": body}, base64.b64encode(hashlib.sha256(body).digest()).decode()


@creates("aws:lambda/function:Function")
def function(declared: Declared, account: Account) -> Created:
    """A function with its code."""
    client = account.client("lambda")
    name = declared.physical_name()
    code, digest = _code(declared)
    parameters = declared.to_aws(
        "role", "handler", "runtime", "timeout", "memorySize", "description", "architectures", "layers",
        "packageType", "publish", "tracingConfig", "vpcConfig", "loggingConfig", "deadLetterConfig",
        "ephemeralStorage", "imageConfig", "snapStart", kmsKeyArn="KMSKeyArn",
    )  # fmt: skip
    environment = declared.block("environment")
    if environment:
        parameters["Environment"] = environment.verbatim(variables="Variables")
    made = client.create_function(FunctionName=name, Code=code, Tags=declared.tags(), **parameters)
    reserved = declared.take("reservedConcurrentExecutions", -1)
    if reserved >= 0:
        client.put_function_concurrency(FunctionName=name, ReservedConcurrentExecutions=reserved)
    arn, version = made["FunctionArn"], made["Version"]
    path = f"arn:aws:apigateway:{account.place.region}:lambda:path/2015-03-31/functions"
    outputs = {
        "name": name,
        "arn": arn,
        "version": version,
        "qualifiedArn": f"{arn}:{version}",
        "codeSha256": digest,
    }
    return Created(name, outputs | {"invokeArn": f"{path}/{arn}/invocations"})


@creates("aws:lambda/layerVersion:LayerVersion")
def layer_version(declared: Declared, account: Account) -> Created:
    """A layer: dependencies shared by functions."""
    name = declared.physical_name(140, "layerName")
    code, digest = _code(declared)
    made = account.client("lambda").publish_layer_version(
        LayerName=name,
        Content=code,
        **declared.to_aws("description", "compatibleRuntimes", "compatibleArchitectures", "licenseInfo"),
    )
    arn = made["LayerVersionArn"]
    outputs = {
        "arn": arn,
        "layerArn": made["LayerArn"],
        "version": str(made["Version"]),
        "codeSha256": digest,
    }
    return Created(arn, outputs | {"layerName": name})


@creates("aws:lambda/permission:Permission")
def permission(declared: Declared, account: Account) -> Created:
    """A statement in a function's resource policy."""
    statement = declared.physical_name(100, "statementId", "statementIdPrefix")
    account.client("lambda").add_permission(
        FunctionName=declared.require("function"),
        StatementId=statement,
        **declared.to_aws(
            "action", "principal", "sourceArn", "sourceAccount", "qualifier", "functionUrlAuthType",
            principalOrgId="PrincipalOrgID",
        ),
    )  # fmt: skip
    return Created(statement, {"statementId": statement})


@creates("aws:lambda/eventSourceMapping:EventSourceMapping")
def event_source_mapping(declared: Declared, account: Account) -> Created:
    """A queue or stream that calls a function."""
    made = account.client("lambda").create_event_source_mapping(
        Tags=declared.tags(),
        **declared.to_aws(
            "functionName", "eventSourceArn", "batchSize", "maximumBatchingWindowInSeconds", "enabled",
            "filterCriteria", "functionResponseTypes", "scalingConfig", "startingPosition",
            "destinationConfig",
            "bisectBatchOnFunctionError", "maximumRecordAgeInSeconds", "maximumRetryAttempts",
            "parallelizationFactor", kmsKeyArn="KMSKeyArn",
        ),
    )  # fmt: skip
    arn = account.arn("lambda", f"event-source-mapping:{made['UUID']}")
    return Created(made["UUID"], {"uuid": made["UUID"], "arn": arn, "functionArn": made["FunctionArn"]})


@creates("aws:lambda/functionEventInvokeConfig:FunctionEventInvokeConfig")
def event_invoke_config(declared: Declared, account: Account) -> Created:
    """Retries and destinations of asynchronous calls."""
    parameters = declared.to_aws(
        "qualifier", "maximumEventAgeInSeconds", "maximumRetryAttempts", "destinationConfig"
    )
    name = declared.require("functionName")
    account.client("lambda").put_function_event_invoke_config(FunctionName=name, **parameters)
    return Created(name)


@creates("aws:lambda/alias:Alias")
def alias(declared: Declared, account: Account) -> Created:
    """A name for a published version."""
    name, function_name = declared.physical_name(128), declared.require("functionName")
    made = account.client("lambda").create_alias(
        Name=name, FunctionName=function_name, **declared.to_aws("functionVersion", "description")
    )
    return Created(f"{function_name}/{name}", {"name": name, "arn": made["AliasArn"]})
