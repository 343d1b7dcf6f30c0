"""Which AWS a command asks, and with whose credentials; what is missing for it is said with its remedy."""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

import boto3
from botocore import exceptions as aws_errors
from botocore.config import Config

from contracts.failures import ConfigurationRejected, ServiceUnavailable
from trainyard.stack_file import stack_region

EPILOG = (
    "Region: --region, else aws:region of Pulumi.STACK.yaml, else AWS_DEFAULT_REGION or the profile's. "
    "Credentials: as the AWS CLI finds them (AWS_PROFILE, AWS_ACCESS_KEY_ID…); an --endpoint-url on this "
    "machine is an embedded AWS and needs none."
)
LOCAL_HOSTS = ("127.0.0.1", "localhost", "::1")
# The embedded AWS's root user (docs/rehearsal.md).
LOCAL_KEY = "test"
FEW_SECONDS = Config(connect_timeout=5, read_timeout=20, retries={"mode": "standard", "max_attempts": 3})
# On this machine somebody answers at once, or nobody does.
ONE_TRY = FEW_SECONDS.merge(Config(retries={"mode": "standard", "total_max_attempts": 1}))
SIGN_IN = (
    "set AWS_PROFILE to a profile of the stack's account (`aws sso login --profile NAME` renews it), or "
    "AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY; for an embedded AWS give --endpoint-url instead"
)
NO_CREDENTIALS = (
    aws_errors.NoCredentialsError,
    aws_errors.PartialCredentialsError,
    aws_errors.CredentialRetrievalError,
    aws_errors.ProfileNotFound,
    aws_errors.SSOError,
    aws_errors.TokenRetrievalError,
)
NO_ANSWER = (aws_errors.ConnectionError, aws_errors.HTTPClientError)
SIGN_IN_AGAIN = ("ExpiredToken", "ExpiredTokenException", "InvalidClientTokenId", "SignatureDoesNotMatch")
REMEDIES: Mapping[str, str] = {
    **dict.fromkeys(SIGN_IN_AGAIN, SIGN_IN),
    "InvalidAccessKeyId": SIGN_IN,
    "AccessDenied": "your identity lacks the permission: use another profile, or have it granted",
}


def add_options(verb: argparse.ArgumentParser) -> None:
    """The options of every command that asks AWS; `opened` reads them."""
    verb.add_argument("--stack", default="dev", help="of which environment (default: %(default)s)")
    verb.add_argument("--region", help="of the stack's resources, where it isn't that of its file")
    verb.add_argument(
        "--endpoint-url",
        metavar="URL",
        type=_address,
        help="an embedded AWS: the address that `rehearsal run --keep` or `rehearsal serve` prints",
    )


@contextmanager
def opened(options: argparse.Namespace) -> Iterator[Access]:
    """The AWS that the options mean.

    Raises ConfigurationRejected or ServiceUnavailable, for whatever botocore raises within the block.
    """
    try:
        yield Access(options)
    except aws_errors.ClientError as error:
        remedy = REMEDIES.get(error.response["Error"]["Code"], "")
        raise ConfigurationRejected(f"AWS refused: {error}" + (f"; {remedy}" if remedy else "")) from error
    except NO_CREDENTIALS as error:
        raise ConfigurationRejected(f"No AWS credentials ({str(error).rstrip('.')}): {SIGN_IN}") from error
    except NO_ANSWER as error:
        raise ServiceUnavailable(
            f"AWS cannot be asked: {str(error).rstrip('.')}; {_reach(options)}"
        ) from error
    except aws_errors.BotoCoreError as error:
        raise ServiceUnavailable(f"AWS cannot be asked: {error}") from error


class Access:
    """Clients of one account and region."""

    def __init__(self, options: argparse.Namespace) -> None:
        self._address: str | None = options.endpoint_url
        is_local = self._address is not None and urlsplit(self._address).hostname in LOCAL_HOSTS
        key, self._config = (LOCAL_KEY, ONE_TRY) if is_local else (None, FEW_SECONDS)
        region = options.region or stack_region(options.stack)
        self._session = boto3.session.Session(key, key, region_name=region)
        if self._session.region_name is None:
            raise ConfigurationRejected(
                f"No region: give --region, set AWS_DEFAULT_REGION, or name it as aws:region in "
                f"Pulumi.{options.stack}.yaml"
            )

    def client(self, service: str) -> Any:
        """The boto3 client of a service; it gives up after seconds, not minutes."""
        return self._session.client(service, endpoint_url=self._address, config=self._config)

    def artifacts_bucket(self, stack: str) -> str:
        """The bucket's name as the program gives it: project, stack and account."""
        account = self.client("sts").get_caller_identity()["Account"]
        return f"trainyard-{stack}-artifacts-{account}"


def _address(text: str) -> str:
    if urlsplit(text).scheme not in ("http", "https") or not urlsplit(text).hostname:
        raise argparse.ArgumentTypeError(f"{text} is no address: give one such as http://127.0.0.1:4566")
    return text


def _reach(options: argparse.Namespace) -> str:
    if options.endpoint_url:
        return "is the rehearsal still kept (`python -m rehearsal run SCENARIO --keep` prints its address)?"
    return "look at the network, a proxy (HTTPS_PROXY) and --region"
