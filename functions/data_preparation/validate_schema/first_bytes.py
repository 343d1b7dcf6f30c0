"""What a file is by its first bytes, where its name says otherwise: a packed file, a workbook, another
encoding. Told apart so that the report says so, instead of what a parser makes of such bytes."""

from __future__ import annotations

import re

from contracts.file_report import Violation

LONGEST = 16
SHEET = "text: save the sheet as CSV"
UNPACKED = "text: unpack the file"
# Signatures that no CSV file in UTF-8 begins with: the rule that is broken, what the file is, what is taken.
_SIGNATURES = (
    (rb"\x1f\x8b", "format", "gzip", UNPACKED),
    (rb"PK\x03\x04", "format", "ZIP (an archive, or Excel's .xlsx)", f"{UNPACKED}, or save the sheet as CSV"),
    (rb"BZh[1-9]1AY&SY", "format", "bzip2", UNPACKED),
    (rb"\x28\xb5\x2f\xfd", "format", "Zstandard", UNPACKED),
    (rb"\xfd7zXZ\x00", "format", "xz", UNPACKED),
    (rb"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "format", "an Excel workbook (.xls)", SHEET),
    (rb"PAR1\x15", "format", "Parquet", "text, or a name that ends in .parquet"),
    (rb"Obj\x01", "format", "Avro", "text"),
    (rb"\xff\xfe|\xfe\xff", "encoding", "UTF-16", "UTF-8"),
)


def told_by_first_bytes(start: bytes) -> Violation | None:
    """What is wrong with a text file that begins so; None for what may be text in UTF-8."""
    for signature, rule, seen, allowed in _SIGNATURES:
        if re.match(signature, start):
            return Violation(column="", rule=rule, seen=seen, allowed=allowed)
    return None
