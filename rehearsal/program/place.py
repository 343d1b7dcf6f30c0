"""Where a program is run for: region and account, and the ARNs that follow from them."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Place:
    """One region of one account."""

    region: str
    account_id: str

    def arn(self, service: str, resource: str) -> str:
        """The ARN of a regional resource."""
        return f"arn:aws:{service}:{self.region}:{self.account_id}:{resource}"
