"""How endpoints scale."""

from rehearsal.program.account import Account
from rehearsal.program.handlers.registry import Created, creates
from rehearsal.program.identities import declared_only
from rehearsal.program.inputs import Declared

_REASON = "the embedded AWS has no Application Auto Scaling"


@creates("aws:appautoscaling/target:Target")
def scalable_target(declared: Declared, account: Account) -> Created:
    """What may scale, and between which bounds."""
    return declared_only(declared, account.place, _REASON)


@creates("aws:appautoscaling/policy:Policy")
def scaling_policy(declared: Declared, account: Account) -> Created:
    """When it scales."""
    return declared_only(declared, account.place, _REASON)
