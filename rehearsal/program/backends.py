"""What becomes of a declared resource: created in the embedded AWS, left unknown as in a preview, or given
made-up facts.
"""

from collections.abc import Mapping
from typing import Any, Protocol

from rehearsal.program.account import Account
from rehearsal.program.errors import RefusedError
from rehearsal.program.handlers import all_handlers
from rehearsal.program.handlers.registry import Created, Handler
from rehearsal.program.identities import identity
from rehearsal.program.inputs import Declared
from rehearsal.program.invokes import invoke
from rehearsal.program.place import Place


def _handler(declared: Declared) -> Handler:
    handler = all_handlers().get(declared.resource_type)
    if handler is None:
        raise RefusedError(f"the rehearsal has no handler for {declared.resource_type}")
    return handler


class Backend(Protocol):
    """The provider behind the monitor."""

    def create(self, declared: Declared) -> Created | None:
        """Id and computed properties of a resource; None leaves them unknown."""

    def invoke(self, token: str, arguments: Mapping[str, Any]) -> Mapping[str, Any]:
        """The result of a data function."""


class Creation:
    """Creates every resource through the API of the embedded AWS, and refuses what it would drop."""

    def __init__(self, account: Account) -> None:
        self._account = account
        self._place = account.place

    def create(self, declared: Declared) -> Created:
        """Run the type's handler; RefusedError names an unknown type or the properties nobody read."""
        created = _handler(declared)(declared, self._account)
        if not created.declared_only:
            declared.refuse_unread()
        return created

    def invoke(self, token: str, arguments: Mapping[str, Any]) -> Mapping[str, Any]:
        """Data functions depend on region and account alone."""
        return invoke(token, arguments, self._place)


class Unknown:
    """A preview: whatever only the creation would tell stays unknown."""

    def __init__(self, place: Place) -> None:
        self._place = place

    def create(self, declared: Declared) -> None:
        """Nothing is known before the creation; types that no handler creates are refused all the same."""
        _handler(declared)

    def invoke(self, token: str, arguments: Mapping[str, Any]) -> Mapping[str, Any]:
        """Data functions depend on region and account alone."""
        return invoke(token, arguments, self._place)


class Recording:
    """For tests over declared resources: ids and ARNs in AWS's form, and no network."""

    def __init__(self, place: Place) -> None:
        self._place = place

    def create(self, declared: Declared) -> Created:
        """Made-up facts that agree with each other: the ARN ends in the name, the id is what AWS would use as
        id.
        """
        _handler(declared)
        return identity(declared, self._place)

    def invoke(self, token: str, arguments: Mapping[str, Any]) -> Mapping[str, Any]:
        """Data functions depend on region and account alone."""
        return invoke(token, arguments, self._place)
