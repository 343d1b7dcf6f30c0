"""What AWS says to who may not do what was asked."""

from __future__ import annotations


def denial(
    service: str, action: str, principal_arn: str, resource_arn: str, *, is_explicit: bool = False
) -> str:
    """A denial that identity-based policies decided, in the service's own spelling of action and resource."""
    prefix, _, name = action.partition(":")
    spelled = {"sqs": f"{prefix}:{name.lower()}", "sns": f"SNS:{name}"}.get(service, action)
    resource = f'"{resource_arn}"' if service == "s3" else resource_arn
    reason = (
        "with an explicit deny in an identity-based policy"
        if is_explicit
        else f"because no identity-based policy allows the {spelled} action"
    )
    return f"User: {principal_arn} is not authorized to perform: {spelled} on resource: {resource} {reason}"
