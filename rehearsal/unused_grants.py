"""Why a role may do what a rehearsed path never asked for: by role, action and resource, all globs."""

from __future__ import annotations

from fnmatch import fnmatchcase

_OTHER_PATHS = {
    "*-stop-orphans": "it runs when a run does not succeed",
    "*-count-landed": "it runs on landing events, which a manual run doesn't wait for",
    "*-schedule": "it runs by the clock",
    "*-decide-approval": "it runs when a person decides",
    "*-request-approval": "it runs when a person is asked",
    "*-quarantine-files": "it runs when files break the contract",
    "*-explain-job": "it runs when a job that reads landed files fails",
    "*-collect-reports": "it runs when a job validated large files",
    "*-restore-endpoint": "it runs when a deployment is undone",
    "*-remove-evaluation": "what it removes beyond scoring models is there after failed evaluations only",
    "*-prune-generations": "it removes configurations once there are more than are kept",
    "*-classify-failure": "it runs when an attempt at training failed",
    "*-flow-logs": "nothing flows in the embedded AWS's network that could be logged",
}
_ON_AWS_ALONE = {
    "s3:PutObjectAcl": "the Feature Store gives the bucket's owner its files: here the writer is the owner",
    "xray:*": "tracing: the embedded AWS takes no segments",
    "ec2:*": "network interfaces: asked for when AWS makes them, here when a job or function is created",
    "ecr:*": "images: the embedded AWS runs their sources and asks for one repository",
    "logs:*": "log streams: the embedded AWS makes them itself and asks for the events alone",
    "kms:Encrypt": "SageMaker's documentation asks for it; objects need data keys only",
    "kms:*": "the key: nothing under it was read or written there",
    "cloudwatch:PutMetricData": "metrics of containers: here they are written by the service itself",
    "cloudwatch:GetMetricStatistics": "utilisation of GPUs is read for machines that have some",
    "cloudwatch:DescribeAlarms": "SageMaker looks at rollback alarms before it updates an endpoint",
    "sagemaker:AddTags": "tags given at creation: AWS asks for this too, the embedded one for the creation",
    "sagemaker:ListTags": "Step Functions reads the tags of jobs it waits for",
    "sqs:*": "dead letters: whatever the role delivered arrived",
    "events:*": "the managed rule by which Step Functions waits for jobs",
}
_IN_TROUBLE = {
    "iam:PassRole": "jobs are started there when a sweep is left to SageMaker's tuner",
    "sagemaker:Stop*": "a job is stopped with the execution that waits for it",
    "sagemaker:*HyperParameterTuningJob": "a sweep is left to the tuner by a setting only",
    "states:*": "child executions are watched, stopped and redriven with their parent",
    "sns:Publish": "nothing had to be told",
    "s3:DeleteObject": "nothing had to be removed there",
    "s3:PutObjectTagging": "no leftovers had to be marked",
    "s3:ListBucket": "without it S3 says forbidden where an object is missing",
    "sagemaker:DeleteEndpoint*": "only what was created and failed is deleted there",
    "sagemaker:UpdateEndpoint": "an endpoint is updated once there is one",
    "sagemaker:DescribeEndpoint*": "an endpoint is read once there is one",
    "sagemaker:UpdateModelPackage": "a package is withdrawn when its model is refused",
    "dynamodb:GetItem": "who holds a lock is read when it is refused",
    "dynamodb:DeleteItem": "an admission is withdrawn when the start fails",
}
_ONE_STATEMENT = (
    ("dynamodb:*", "*/index/*", "a table is granted with its indexes"),
    ("lambda:InvokeFunction", "*:function:*:*", "a function is granted with its versions"),
    ("lambda:InvokeFunction", "*", "the function of a path that was not taken"),
    ("s3:GetObject", "*/baselines/*", "a baseline is read once there is one"),
    ("logs:GetLogEvents", "*", "the last lines of a job are read when it failed"),
    ("logs:DescribeLogStreams", "*:log-group:/aws/sagemaker/*", "a failed job's stream is looked for"),
    ("s3:GetObject", "*/data/landed.json", "the plan is read again when a job reported nothing"),
    ("s3:GetObject", "*/data/contract.json", "the contract of the run before is read once there was one"),
    ("sagemaker:CreateModelPackage", "*", "AWS asks for the group or for the package, by kind of request"),
    ("sagemaker:DescribeModel", "*", "a baseline's model is read once there is one"),
    ("sagemaker:Describe*Job", "*", "one statement for the jobs of every kind"),
    ("sagemaker:Create*", "*", "one statement for all that one stage creates"),
    ("s3:*", "*/checkpoints/*", "checkpoints are read and written by jobs long enough to have some"),
    ("s3:GetObject", "*/outcome.json", "an earlier record is looked for when the janitor writes another"),
    ("s3:PutObject", "*/failure.json", "what failed is recorded when a run fails"),
    ("dynamodb:UpdateItem", "*-approvals", "a request is withdrawn when its run ends undecided"),
    ("s3:*", "*check.manifest", "written when a job has to validate files"),
)

REASONS: tuple[tuple[str, str, str, str], ...] = (
    *((role, "*", "*", why) for role, why in _OTHER_PATHS.items()),
    *(("*", action, resource, why) for action, resource, why in _ONE_STATEMENT),
    *(("*", action, "*", why) for action, why in _ON_AWS_ALONE.items()),
    *(("*", action, "*", why) for action, why in _IN_TROUBLE.items()),
)
"""Role, action, resource and the reason; the first that fits counts."""


def why_unused(role: str, action: str, resource: str) -> str:
    """The reason, empty if there is none."""
    for by_role, by_action, by_resource, why in REASONS:
        if (
            fnmatchcase(role, by_role)
            and fnmatchcase(action, by_action)
            and fnmatchcase(resource, by_resource)
        ):
            return why
    return ""
