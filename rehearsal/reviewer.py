"""A reviewer as a rehearsal plays one: a role with the stack's approver policy that signs its calls."""

from __future__ import annotations

import contextlib
import json
import threading
from typing import Any

import urllib3
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from rehearsal.errors import RehearsalError
from rehearsal.workplace import Site

ROLE = "rehearsal-reviewer"
WAIT_SECONDS, POLL_SECONDS = 20, 0.2


def decide(site: Site, decision: str, reason: str) -> dict[str, Any]:
    """Take the one decision that waits; `decision` is `approve` or `reject`. Returns the API's answer."""
    credentials = _reviewer_credentials(site)
    request = _the_waiting_request(site, credentials)
    body = {"decision": decision, "reason": reason, "report_sha256": request["report_sha256"]}
    return _call(site, credentials, "POST", f"/approvals/{request['approval_id']}/decision", body)


def _the_waiting_request(site: Site, credentials: Credentials) -> dict[str, Any]:
    pause = threading.Event()
    for _ in range(int(WAIT_SECONDS / POLL_SECONDS)):
        waiting = _call(site, credentials, "GET", "/approvals")["approvals"]
        if waiting:
            request: dict[str, Any] = waiting[0]
            return request
        pause.wait(POLL_SECONDS)
    raise RehearsalError(
        f"The run waits for an approval, but no request appeared within {WAIT_SECONDS} s. "
        f"The embedded AWS's log is {site.folder}/emulator.log."
    )


def _reviewer_credentials(site: Site) -> Credentials:
    iam = site.client("iam")
    account = site.emulator.account_id
    trust = {
        "Effect": "Allow",
        "Principal": {"AWS": f"arn:aws:iam::{account}:root"},
        "Action": "sts:AssumeRole",
    }
    document = json.dumps({"Version": "2012-10-17", "Statement": [trust]})
    with contextlib.suppress(iam.exceptions.EntityAlreadyExistsException):
        iam.create_role(RoleName=ROLE, AssumeRolePolicyDocument=document)
    iam.attach_role_policy(RoleName=ROLE, PolicyArn=site.output("approverPolicyArn"))
    role_arn = f"arn:aws:iam::{account}:role/{ROLE}"
    given = site.client("sts").assume_role(RoleArn=role_arn, RoleSessionName="reviewer")["Credentials"]
    return Credentials(given["AccessKeyId"], given["SecretAccessKey"], given["SessionToken"])


def _call(
    site: Site, credentials: Credentials, method: str, path: str, body: dict[str, Any] | None = None
) -> dict[str, Any]:
    """One signed call. The embedded AWS serves an API below a path, where AWS gives it a host of its own."""
    url = f"{site.output('reviewApiUrl')}{path}".replace("$", "%24")
    data = json.dumps(body) if body else None
    request = AWSRequest(method=method, url=url, data=data, headers={"content-type": "application/json"})
    SigV4Auth(credentials, "execute-api", site.emulator.region).add_auth(request)
    answer = urllib3.request(method, url, body=data, headers=dict(request.headers), timeout=30)
    if answer.status != 200:
        raise RehearsalError(
            f"{method} {path} of the approvals API answered {answer.status}: {answer.data.decode()}"
        )
    parsed: dict[str, Any] = answer.json()
    return parsed
