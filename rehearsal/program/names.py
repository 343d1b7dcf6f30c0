"""Physical names for resources that the program leaves unnamed: the logical name and seven characters, as the
engine's.
"""

import hashlib

_SUFFIX_LENGTH = 7


def physical_name(scope: str, logical_name: str, prefix: str, max_length: int) -> str:
    """A name of at most `max_length`, the same at each run of the same stack, so that reports can be
    compared.
    """
    digest = hashlib.sha256(f"{scope}/{logical_name}".encode()).hexdigest()
    return prefix[: max_length - _SUFFIX_LENGTH] + digest[:_SUFFIX_LENGTH]
