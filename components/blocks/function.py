"""One Lambda function with all it needs: archive, role, log group, tracing, place in the network."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pulumi_aws as aws
from pulumi import ComponentResource, FileArchive, Input, Output, ResourceOptions

from components.blocks.ground import Ground
from components.blocks.log_group import log_group
from components.blocks.role import Role, RoleArgs
from components.blocks.statements import Statement, allow

ROOT = Path(__file__).resolve().parents[2]
# The newest one pulumi-aws 7.51 knows; every wheel of the data layer exists for it on arm64.
RUNTIME = "python3.14"
ARCHITECTURE = "arm64"


@dataclass(frozen=True, kw_only=True)
class FunctionArgs:
    """`folder` is `functions/<stage>/<verb_noun>`; `statements` is what the code in it calls."""

    folder: str
    description: str
    ground: Ground
    environment: Mapping[str, Input[str]] = field(default_factory=dict)
    statements: Sequence[Statement] = ()
    timeout_seconds: int = 30
    memory_mb: int = 256
    uses_data_layer: bool = False


class Function(ComponentResource):
    """A function of the pipeline, named for its folder's verb and noun."""

    arn: Output[str]
    name: Output[str]
    role_arn: Output[str]

    def __init__(self, name: str, args: FunctionArgs, opts: ResourceOptions | None = None) -> None:
        super().__init__("trainyard:block:Function", name, None, opts)
        ground = args.ground
        path = f"/aws/lambda/{ground.physical_name(name)}"
        logs = log_group(name, path, ground, ResourceOptions(parent=self))
        role = self._build_role(name, args, logs)
        function = self._build_function(name, args, role, logs)
        self.arn, self.name, self.role_arn = function.arn, function.name, role.arn
        self.register_outputs({"arn": self.arn, "name": self.name, "role_arn": self.role_arn})

    def _build_role(self, name: str, args: FunctionArgs, logs: aws.cloudwatch.LogGroup) -> Role:
        ground = args.ground
        role_args = RoleArgs(
            service="lambda.amazonaws.com",
            statements=[*running_a_function(ground, logs.arn), *args.statements],
            account_id=ground.account_id,
            role_name=ground.physical_name(name),
            boundary_arn=ground.permissions_boundary_arn,
            description=f"What the function {name} may do",
        )
        return Role(name, role_args, ResourceOptions(parent=self))

    def _build_function(
        self, name: str, args: FunctionArgs, role: Role, logs: aws.cloudwatch.LogGroup
    ) -> aws.lambda_.Function:
        ground = args.ground
        layers = [ground.control_layer_arn] + ([ground.data_layer_arn] if args.uses_data_layer else [])
        return aws.lambda_.Function(
            name,
            name=ground.physical_name(name),
            description=args.description,
            code=FileArchive(archive_path(args.folder)),
            handler=args.folder.replace("/", ".") + ".handler.handle",
            runtime=RUNTIME,
            architectures=[ARCHITECTURE],
            role=role.arn,
            timeout=args.timeout_seconds,
            memory_size=args.memory_mb,
            layers=layers,
            kms_key_arn=ground.key_arn,
            environment=aws.lambda_.FunctionEnvironmentArgs(
                variables={**powertools(name, ground), **args.environment}
            ),
            tracing_config={"mode": "Active"},
            logging_config={"log_format": "Text", "log_group": logs.name},
            vpc_config=aws.lambda_.FunctionVpcConfigArgs(
                subnet_ids=ground.subnet_ids, security_group_ids=ground.security_group_ids
            ),
            opts=ResourceOptions(parent=self, depends_on=[role.policy] if role.policy else []),
        )


def powertools(name: str, ground: Ground) -> dict[str, str]:
    """What Powertools reads from the environment: who logs, and where metrics go."""
    return {"POWERTOOLS_SERVICE_NAME": name, "POWERTOOLS_METRICS_NAMESPACE": ground.metrics_namespace}


def running_a_function(ground: Ground, log_group_arn: Input[str]) -> list[Statement]:
    """What Lambda does with the role beside our code: log, trace, join the network, read the environment."""
    return [
        allow(["logs:CreateLogStream", "logs:PutLogEvents"], Output.concat(log_group_arn, ":*")),
        allow(["xray:PutTraceSegments", "xray:PutTelemetryRecords"], "*"),
        allow(
            [
                "ec2:CreateNetworkInterface",
                "ec2:DeleteNetworkInterface",
                "ec2:DescribeNetworkInterfaces",
                "ec2:DescribeSubnets",
                "ec2:AssignPrivateIpAddresses",
                "ec2:UnassignPrivateIpAddresses",
            ],
            "*",
        ),
        allow("kms:Decrypt", ground.key_arn),
    ]


def archive_path(folder: str) -> str:
    """Where `make build` leaves the archive of a function: `build/functions/<stage>.<verb_noun>.zip`."""
    _, stage, name = folder.split("/")
    if not (ROOT / folder / "handler.py").is_file():
        raise FileNotFoundError(f"{folder}/handler.py does not exist; a function's folder has one")
    return f"build/functions/{stage}.{name}.zip"
