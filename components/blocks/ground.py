"""What every stage and loop is given: the names, ARNs and limits of the ground it stands on."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from pulumi import Input, Output


@dataclass(frozen=True, kw_only=True)
class Ground:
    """The ground under the stages. Plain strings are known at preview, the rest may be outputs."""

    project: str
    stack: str
    prefix: str
    account_id: str
    region: str

    key_arn: Input[str]
    messages_key_arn: Input[str]

    subnet_ids: Sequence[Input[str]]
    security_group_ids: Sequence[Input[str]]

    landing_bucket: Input[str]
    landing_bucket_arn: Input[str]
    artifacts_bucket: Input[str]
    artifacts_bucket_arn: Input[str]
    audit_bucket: Input[str]
    audit_bucket_arn: Input[str]

    alerts_topic_arn: Input[str]
    log_retention_days: int
    permissions_boundary_arn: Input[str]
    control_layer_arn: Input[str]
    data_layer_arn: Input[str]

    @property
    def pipeline(self) -> str:
        """The value of the `pipeline` tag: one pipeline per environment."""
        return self.prefix

    @property
    def metrics_namespace(self) -> str:
        """Where the functions' own metrics go: stacks of one account don't see each other's."""
        return f"Trainyard/{self.stack}"

    @property
    def job_prefix(self) -> str:
        """What every job, model and endpoint configuration name starts with; roles are scoped by it."""
        return self.prefix

    @property
    def live_endpoint(self) -> str:
        """The endpoint that answers production traffic; the deployment workflow creates and updates it."""
        return self.physical_name("live")

    @property
    def job_facts(self) -> dict[str, Any]:
        """What every workflow that starts jobs puts into their requests."""
        return {
            "JobPrefix": self.job_prefix,
            "Project": self.project,
            "Pipeline": self.pipeline,
            "ArtifactsBucket": self.artifacts_bucket,
            "KeyArn": self.key_arn,
            "SubnetIds": self.subnet_ids,
            "SecurityGroupIds": self.security_group_ids,
        }

    def physical_name(self, word: str) -> str:
        """The name in the account: `plan_training` → `trainyard-dev-plan-training`."""
        return f"{self.prefix}-{word.replace('_', '-')}"

    def arn(self, service: str, resource: str) -> str:
        """An ARN in this account and region, known before the resource exists (for self references)."""
        return f"arn:aws:{service}:{self.region}:{self.account_id}:{resource}"

    def function_arn(self, word: str) -> str:
        """The ARN of the function `word`."""
        return self.arn("lambda", f"function:{self.physical_name(word)}")

    def machine_arn(self, word: str) -> str:
        """The ARN of the state machine `word`."""
        return self.arn("states", f"stateMachine:{self.physical_name(word)}")

    def executions_arn(self, word: str) -> str:
        """All executions of the state machine `word`."""
        return self.arn("states", f"execution:{self.physical_name(word)}:*")

    def landing_objects(self, pattern: str) -> Output[str]:
        """The objects of the landing bucket below `pattern`, such as `incoming/*`."""
        return Output.concat(self.landing_bucket_arn, "/", pattern)

    def artifact_objects(self, pattern: str) -> Output[str]:
        """The objects of the artifacts bucket below `pattern`, such as `pipeline/*`."""
        return Output.concat(self.artifacts_bucket_arn, "/", pattern)
