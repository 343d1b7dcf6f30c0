"""The kinds of value a setting may have, each with the rule that AWS or reason puts on it."""

from functools import partial
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints
from pydantic.alias_generators import to_camel
from pydantic_core import PydanticCustomError

from contracts.failures import ConfigurationRejected
from contracts.instances import catalogue

# The periods CloudWatch Logs accepts (PutRetentionPolicy).
RETENTION_DAYS = (
    1,
    3,
    5,
    7,
    14,
    30,
    60,
    90,
    120,
    150,
    180,
    365,
    400,
    545,
    731,
    1096,
    1827,
    2192,
    2557,
    2922,
    3288,
    3653,
)


def _in_catalogue(use: str, instance_type: str) -> str:
    try:
        return catalogue().instance(instance_type, use, "it").type
    except ConfigurationRejected as refused:
        rule = refused.message.removeprefix(f"it is {instance_type}: ")
        raise PydanticCustomError("instance", "{rule}", {"rule": rule}) from refused


def _is_retention(days: int) -> int:
    if days not in RETENTION_DAYS:
        allowed = ", ".join(map(str, RETENTION_DAYS))
        raise PydanticCustomError("retention", "CloudWatch Logs keeps {allowed} days", {"allowed": allowed})
    return days


_NAME = StringConstraints(pattern=r"^ml\.[a-z0-9-]+\.[a-z0-9]+$")
ProcessingType = Annotated[str, _NAME, AfterValidator(partial(_in_catalogue, "processing"))]
TrainingType = Annotated[str, _NAME, AfterValidator(partial(_in_catalogue, "training"))]
EndpointType = Annotated[str, _NAME, AfterValidator(partial(_in_catalogue, "endpoint"))]
RetentionDays = Annotated[int, AfterValidator(_is_retention)]
Digest = Annotated[str, StringConstraints(pattern=r"^(|sha256:[0-9a-f]{64})$")]
Share = Annotated[float, Field(ge=0, le=1)]
EmailAddress = Annotated[str, StringConstraints(pattern=r"^[^@\s]+@[^@\s]+\.[^@\s]+$")]
Cidr = Annotated[str, StringConstraints(pattern=r"^(\d{1,3}\.){3}0/16$")]


class Section(BaseModel):
    """A group of settings: nothing optional, nothing unknown, nothing coerced."""

    model_config = ConfigDict(alias_generator=to_camel, extra="forbid", frozen=True, strict=True)

    def refuse(self, field: str, message: str) -> PydanticCustomError:
        """The error for a rule between fields, laid at `field` (its name in the stack file)."""
        return PydanticCustomError("between_fields", "{message}", {"message": message, "field": field})
