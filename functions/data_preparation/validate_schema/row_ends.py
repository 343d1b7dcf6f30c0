"""Where the rows of a CSV file end, with quotes read as Arrow's parser reads them: one opens only where a
field starts, is closed by the next that is not doubled, and is a character like any other elsewhere."""

from __future__ import annotations

import re
from functools import cache

_QUOTE = ord('"')
# How many quotes are looked at, from the back, for one that is certain to lie at the end of a value.
_MOST_QUOTES = 1_000


class RowEnds:
    """Finds them in a buffer that begins with a row, without reading all of it where that can be helped."""

    def __init__(self, delimiter: str) -> None:
        mark = re.escape(delimiter).encode()
        bare = rb"[^%b\r\n]*+" % mark
        field = rb'(?:"[^"]*+(?:""[^"]*+)*+"%b|(?!")%b)' % (bare, bare)
        quoted = rb'(?<![^%b\r\n])"[^"]*+(?:""[^"]*+)*+"' % mark
        self._row = re.compile(rb"%b(?:%b%b)*+(?:\r\n|\n|\r)" % (field, mark, field))
        self._quoted = re.compile(quoted)
        self._outside = re.compile(rb'(?:[^"]++|%b|(?<=[^%b\r\n])")*+' % (quoted, mark))
        self._around = frozenset(f'{delimiter}\r\n"'.encode())

    def first(self, buffer: bytearray) -> int:
        """The end of the first row, or of the buffer where that comes before."""
        match = self._row.match(buffer)
        return match.end() if match else len(buffer)

    def last(self, buffer: bytearray) -> int:
        """The end of the last whole row; 0 where there is none."""
        end = buffer.rfind(b"\n")
        while end >= 0 and (opened := self.open_quote(buffer, end)) is not None:
            end = buffer.rfind(b"\n", 0, opened)
        return end + 1

    def open_quote(self, buffer: bytearray, position: int) -> int | None:
        """Where the quoted value begins that the position lies in; None outside of quotes."""
        quote = last = buffer.rfind(b'"', 0, position)
        for _ in range(_MOST_QUOTES):
            if quote < 0 or self._is_end_of_value(buffer, quote):
                break
            quote = buffer.rfind(b'"', 0, quote)
        else:
            quote = -1
        if quote == last:
            return None
        match = self._outside.match(buffer, quote + 1, position)
        return match.end() if match and match.end() < position else None

    def without_quoted(self, data: bytes) -> bytes:
        """The rows without what stands in quotes."""
        return self._quoted.sub(b"", data)

    def _is_end_of_value(self, buffer: bytearray, quote: int) -> bool:
        """Whether no quoted value is open behind a quote, whatever comes before.

        Inside of quotes it closes them, since it is not one of a doubled pair; outside it opens none, since
        it does not stand at a field's start.
        """
        before, after = buffer[quote - 1 : quote], buffer[quote + 1 : quote + 2]
        return bool(before) and before[0] not in self._around and after[:1] != b'"'


@cache
def row_ends(delimiter: str) -> RowEnds:
    """The patterns for a delimiter, made once."""
    return RowEnds(delimiter)
