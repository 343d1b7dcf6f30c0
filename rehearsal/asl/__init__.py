"""The Step Functions engine: pure, over asyncio, in real or virtual time."""
