"""A small program with a component, a secret, an archive, a data function and default tags."""

import json

import pulumi
import pulumi_aws as aws
from store import Store

config = pulumi.Config()
variant = config.require("variant")
store = Store("store", retention_days=config.require_int("retentionDays"))
token = aws.sns.Topic("topic", display_name=config.require_secret("secretToken"), tags={"kind": "alert"})
role = aws.iam.Role(
    "role",
    assume_role_policy=json.dumps(
        {
            "Version": "2012-10-17",
            "Statement": [
                {
                    "Effect": "Allow",
                    "Principal": {"Service": "lambda.amazonaws.com"},
                    "Action": "sts:AssumeRole",
                }
            ],
        }
    ),
)
function = aws.lambda_.Function(
    "function",
    role=role.arn,
    handler="handler.handle",
    runtime="python3.13",
    timeout=10,
    code=pulumi.AssetArchive(
        {"handler.py": pulumi.FileAsset("code/handler.py"), "facts/note.txt": pulumi.StringAsset("hello")}
    ),
)
account = aws.get_caller_identity()

if variant == "duplicate":
    aws.sns.Topic("topic")
elif variant == "unknown-type":
    aws.glue.CatalogDatabase("catalog")
elif variant == "dropped-property":
    aws.sns.Topic("fanout", http_success_feedback_sample_rate=10)
elif variant == "existing":
    aws.s3.Bucket.get("old", "old-bucket")
elif variant == "reference":
    pulumi.export("vpcId", pulumi.StackReference("organization/network/dev").get_output("vpcId"))
elif variant == "provider":
    other = aws.Provider("other", default_tags={"tags": {"team": "ml"}})
    aws.sns.Topic("tagged", opts=pulumi.ResourceOptions(provider=other))
elif variant == "elsewhere":
    aws.Provider("elsewhere", region="us-east-1")
elif variant == "import":
    aws.sns.Topic("adopted", opts=pulumi.ResourceOptions(import_="arn:aws:sns:eu-west-1:111122223333:t"))
elif variant == "crash":
    raise ValueError("no such model")
elif variant == "exit":
    raise SystemExit(2)
elif variant == "failing-apply":
    store.bucket_name.apply(lambda name: json.loads(name))

pulumi.export("bucket", store.bucket_name)
pulumi.export("accountId", account.account_id)
pulumi.export("functionArn", function.arn)
pulumi.export("token", token.display_name)
