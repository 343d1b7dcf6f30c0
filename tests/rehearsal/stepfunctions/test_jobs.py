"""`.sync` tasks on SageMaker jobs that really run: success, failure, stop and the permissions they need."""

from __future__ import annotations

import json

from tests.rehearsal.conftest import Account

RESOURCE = "arn:aws:states:::sagemaker:createProcessingJob.sync"
ENDLESS = "import signal; signal.pause()"


def test_a_finished_job_comes_back_as_its_description_with_the_added_tags(aws: Account) -> None:
    arguments = aws.processing_job("print('done')")
    ended = aws.run(aws.task(RESOURCE, arguments))
    result = json.loads(ended["output"])
    assert result["ProcessingJobName"] == arguments["ProcessingJobName"]
    assert result["ProcessingJobStatus"] == "Completed"
    assert isinstance(result["CreationTime"], int), "times are epoch milliseconds"
    assert result["Tags"]["AWS_STEP_FUNCTIONS_EXECUTION_ARN"] == ended["executionArn"]


def test_a_job_that_fails_is_a_failed_task_with_its_description_as_cause(aws: Account) -> None:
    ended = aws.run(aws.task(RESOURCE, aws.processing_job("raise SystemExit(3)")))
    assert ended["error"] == "States.TaskFailed"
    assert json.loads(ended["cause"])["ProcessingJobStatus"] == "Failed"
    assert "exit code: 3" in json.loads(ended["cause"])["FailureReason"]


def test_stopping_an_execution_stops_the_job_it_waits_for(aws: Account) -> None:
    arguments = aws.processing_job(ENDLESS)
    execution_arn = aws.start(aws.task(RESOURCE, arguments))
    describe = aws.client("sagemaker").describe_processing_job
    name = arguments["ProcessingJobName"]

    def submitted() -> bool:
        history = aws.client("stepfunctions").get_execution_history(executionArn=execution_arn)
        return any(event["type"] == "TaskSubmitted" for event in history["events"])

    aws.eventually(submitted)
    aws.client("stepfunctions").stop_execution(executionArn=execution_arn)
    aws.eventually(lambda: describe(ProcessingJobName=name)["ProcessingJobStatus"] == "Stopped")


def test_a_task_that_times_out_stops_its_job(aws: Account) -> None:
    arguments = aws.processing_job(ENDLESS)
    # Long enough for a busy machine to create the job first.
    ended = aws.run(aws.task(RESOURCE, arguments, TimeoutSeconds=5))
    assert ended["error"] == "States.Timeout"
    describe = aws.client("sagemaker").describe_processing_job
    name = arguments["ProcessingJobName"]
    aws.eventually(lambda: describe(ProcessingJobName=name)["ProcessingJobStatus"] == "Stopped")


def test_a_role_that_may_not_tag_or_pass_the_jobs_role_fails_the_task(aws: Account) -> None:
    allowed = ["sagemaker:CreateProcessingJob", "sagemaker:DescribeProcessingJob", "events:*"]
    for missing, granted in (("sagemaker:AddTags", []), ("iam:PassRole", ["sagemaker:AddTags"])):
        role_arn = aws.role("states", *allowed, *granted)
        ended = aws.run(aws.task(RESOURCE, aws.processing_job("pass"), role_arn))
        assert ended["error"] == "SageMaker.AmazonSageMakerException"
        assert missing in ended["cause"]


def test_a_job_role_without_the_right_to_write_fails_the_job(aws: Account) -> None:
    s3, bucket = aws.client("s3"), aws.name("bucket")
    s3.create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    output = {
        "OutputName": "out",
        "S3Output": {
            "S3Uri": f"s3://{bucket}/out",
            "LocalPath": "/opt/ml/processing/output",
            "S3UploadMode": "EndOfJob",
        },
    }
    program = "import os; open(os.environ.get('OPT_ML', '/opt/ml') + '/processing/output/a', 'w').close()"
    arguments = aws.processing_job(program) | {
        "RoleArn": aws.role("sagemaker"),
        "ProcessingOutputConfig": {"Outputs": [output]},
    }
    ended = aws.run(aws.task(RESOURCE, arguments))
    assert ended["error"] == "States.TaskFailed"
    assert "AccessDenied" in json.loads(ended["cause"])["FailureReason"]
