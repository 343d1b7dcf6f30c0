"""The account that the handlers create in: boto3 clients on the embedded AWS."""

import os
import threading
from functools import cache
from typing import Any

from rehearsal.program.errors import ProgramError
from rehearsal.program.place import Place

# The embedded AWS takes this key as its root user.
_ROOT = {"aws_access_key_id": "test", "aws_secret_access_key": "test"}
# Those with the largest models, or used by every program: worth loading ahead.
SERVICES = (
    "ec2",
    "s3",
    "iam",
    "sts",
    "lambda",
    "logs",
    "kms",
    "cloudwatch",
    "events",
    "stepfunctions",
    "sagemaker",
)


@cache
def model_session() -> Any:
    """The one boto3 session: it keeps the service models that its clients have loaded."""
    # No profile of the person's own may reach this session.
    os.environ.update(AWS_CONFIG_FILE=os.devnull, AWS_SHARED_CREDENTIALS_FILE=os.devnull)
    # Imported here because previews get along without it.
    import boto3

    return boto3.session.Session(**_ROOT)


class Account:
    """Where a deployment goes; `endpoint_url` is the embedded AWS, whose root user creates everything."""

    def __init__(self, endpoint_url: str, place: Place) -> None:
        self.endpoint_url = endpoint_url
        self.place = place
        self._clients: dict[str, Any] = {}
        self._lock = threading.Lock()
        from botocore.config import Config

        self._config = Config(
            max_pool_connections=50,
            connect_timeout=5,
            read_timeout=60,
            retries={"max_attempts": 0},
            s3={"addressing_style": "path"},
        )

    def check(self) -> None:
        """Raise ProgramError when the embedded AWS doesn't answer, or is another account."""
        from botocore.exceptions import BotoCoreError

        try:
            found = self.client("sts").get_caller_identity()["Account"]
        except BotoCoreError as error:
            raise ProgramError(f"no embedded AWS answers at {self.endpoint_url}: {error}", 1) from error
        if found != self.place.account_id:
            raise ProgramError(f"{self.endpoint_url} is account {found}, not {self.place.account_id}", 1)

    def client(self, service: str) -> Any:
        """The boto3 client of a service; one session makes them all, as it caches the service models."""
        with self._lock:
            if service not in self._clients:
                self._clients[service] = model_session().client(
                    service,
                    region_name=self.place.region,
                    endpoint_url=self.endpoint_url,
                    config=self._config,
                )
            return self._clients[service]

    def arn(self, service: str, resource: str) -> str:
        """The ARN of a regional resource."""
        return self.place.arn(service, resource)
