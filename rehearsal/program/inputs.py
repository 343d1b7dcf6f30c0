"""The properties of one declared resource, read strictly: what no handler has read is refused, never silently
dropped.
"""

from collections.abc import Mapping
from typing import Any

from rehearsal.program.errors import RefusedError
from rehearsal.program.names import physical_name


class Inputs:
    """One object of properties; reading a property marks it as honoured."""

    def __init__(self, properties: Mapping[str, Any], path: str = "") -> None:
        self._properties = dict(properties)
        self._path = path
        self._read: set[str] = set()
        self._blocks: list[Inputs] = []
        self._ignored: dict[str, str] = {}

    def __contains__(self, name: str) -> bool:
        return self._properties.get(name) is not None

    def take(self, name: str, default: Any = None) -> Any:
        """The value of a property, or the default where the program left it out."""
        self._read.add(name)
        value = self._properties.get(name)
        return default if value is None else value

    def require(self, name: str) -> Any:
        """The value of a property without which AWS refuses the resource."""
        value = self.take(name)
        if value is None:
            raise RefusedError(f"property {self._path}{name} is missing; AWS requires it")
        return value

    def block(self, name: str) -> "Inputs | None":
        """A nested object, read as strictly as this one."""
        value = self.take(name)
        return None if value is None else self._nest(value, f"{self._path}{name}.")

    def blocks(self, name: str) -> list["Inputs"]:
        """A list of nested objects, each read as strictly as this one."""
        values = self.take(name, [])
        return [self._nest(value, f"{self._path}{name}[{index}].") for index, value in enumerate(values)]

    def _nest(self, value: Mapping[str, Any], path: str) -> "Inputs":
        nested = Inputs(value, path)
        self._blocks.append(nested)
        return nested

    def to_aws(self, *names: str, **renamed: str) -> dict[str, Any]:
        """API parameters of the properties that are present, nested keys in PascalCase.

        Names are spelt as AWS does with a capital first letter unless `renamed` says otherwise. botocore
        refuses
        parameters that it doesn't know, so that nested keys are checked too.
        """
        wanted = {name: pascal(name) for name in names} | renamed
        return {aws: to_aws(self.take(name)) for name, aws in wanted.items() if self._seen(name)}

    def verbatim(self, **renamed: str) -> dict[str, Any]:
        """API parameters of the properties that are present, with values left as they are (maps with free
        keys).
        """
        return {aws: self.take(name) for name, aws in renamed.items() if self._seen(name)}

    def as_declared(self, *names: str) -> dict[str, Any]:
        """The properties that are present, for services whose API is spelt in camelCase as well."""
        return {name: self.take(name) for name in names if self._seen(name)}

    def _seen(self, name: str) -> bool:
        self._read.add(name)
        return name in self

    def ignore(self, name: str, reason: str) -> None:
        """State why a property has no effect in the rehearsal; the deployment's summary repeats it."""
        if name in self:
            self._ignored[self._path + name] = reason
        self._read.add(name)

    def expect(self, name: str, *accepted: Any) -> None:
        """Honour a property whose accepted values need no call; any other value is refused."""
        value = self.take(name)
        if value is not None and value not in accepted:
            raise RefusedError(
                f"property {self._path}{name} is {value!r}; supported: {', '.join(map(repr, accepted))}"
            )

    def unread(self) -> list[str]:
        """Paths of the properties that nothing has read."""
        mine = [self._path + name for name in self._properties if name not in self._read and name in self]
        return mine + [path for block in self._blocks for path in block.unread()]

    def ignored(self) -> dict[str, str]:
        """Reason by path of the properties that have no effect here."""
        reasons = dict(self._ignored)
        for block in self._blocks:
            reasons |= block.ignored()
        return reasons


class Declared(Inputs):
    """A declared resource: its properties, its type token, its logical name and its tags with the provider's
    defaults.
    """

    def __init__(
        self,
        resource_type: str,
        name: str,
        properties: Mapping[str, Any],
        default_tags: Mapping[str, str],
        scope: str,
    ) -> None:
        super().__init__(properties)
        self.resource_type = resource_type
        self.name = name
        self._default_tags = default_tags
        self._scope = scope
        self.has_read_tags = False

    def physical_name(self, max_length: int = 64, name: str = "name", prefix: str = "namePrefix") -> str:
        """The name AWS gets: as declared, or derived from the logical name as the Pulumi engine does."""
        given: str | None = self.take(name)
        stem = self.take(prefix, f"{self.name}-")
        return given or physical_name(self._scope, self.name, stem, max_length)

    def tags(self) -> dict[str, str]:
        """The resource's tags over the provider's default tags."""
        self.has_read_tags = True
        return {**self._default_tags, **self.take("tags", {})}

    def tag_list(self, key: str = "Key", value: str = "Value") -> list[dict[str, str]]:
        """The tags as the list of pairs that most services take."""
        return [{key: name, value: text} for name, text in self.tags().items()]

    def refuse_unread(self) -> None:
        """Raise when a property would have been dropped."""
        unread = self.unread()
        if unread:
            raise RefusedError(
                f"the rehearsal's handler for {self.resource_type} does not honour {', '.join(unread)}; "
                "teach the handler the property, or let it ignore the property with a reason"
            )


def pascal(name: str) -> str:
    """`cidrBlock` as `CidrBlock`."""
    return name[:1].upper() + name[1:]


def to_aws(value: Any) -> Any:
    """Nested keys in PascalCase; the values are left alone."""
    if isinstance(value, Mapping):
        return {pascal(key): to_aws(item) for key, item in value.items()}
    return [to_aws(item) for item in value] if isinstance(value, list) else value
