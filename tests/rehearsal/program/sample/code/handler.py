"""What the sample's function runs."""


def handle(event: dict[str, object], _context: object) -> dict[str, object]:
    """Give back what came in."""
    return {"got": event}
