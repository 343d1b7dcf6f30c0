"""Text delimited files, by the rules AWS documents: quotes are optional, a backslash escapes.

https://docs.aws.amazon.com/step-functions/latest/dg/example-csv-parse-dist-map.html
"""

from __future__ import annotations

import csv
import io

QUOTE, BACKSLASH = '"', "\\"


def parse_rows(text: str, delimiter: str) -> list[list[str]]:
    """Return the fields of each record; empty lines are none."""
    if BACKSLASH in text or QUOTE * 2 in text:
        return _Reader(text, delimiter).rows()
    return [row for row in csv.reader(io.StringIO(text), delimiter=delimiter) if row]


class _Reader:
    """Goes through a file once; `_at` is the next character to read."""

    def __init__(self, text: str, delimiter: str) -> None:
        self._text = text.replace("\r\n", "\n")
        self._delimiter = delimiter
        self._at = 0

    def rows(self) -> list[list[str]]:
        rows: list[list[str]] = []
        while self._at < len(self._text):
            start = self._at
            row = [self._field()]
            while self._next() == self._delimiter:
                self._at += 1
                row.append(self._field())
            if self._at > start:
                rows.append(row)
            self._at += 1  # past the end of the line
        return rows

    def _field(self) -> str:
        """Read up to the delimiter or the end of the line that isn't quoted or escaped."""
        is_quoted = self._opens_quotes()
        self._at += is_quoted
        parts: list[str] = []
        while (character := self._next()) and (is_quoted or character not in (self._delimiter, "\n")):
            following = self._next(1)
            if character == BACKSLASH:
                is_escape = following in (BACKSLASH, QUOTE, self._delimiter)
                parts.append(following if is_escape else "")
                self._at += 1 + is_escape
            elif character == QUOTE and following == QUOTE:
                parts.append(QUOTE)
                self._at += 2
            elif character == QUOTE and is_quoted:
                is_quoted = False
                self._at += 1
            else:
                parts.append(character)
                self._at += 1
        return "".join(parts)

    def _opens_quotes(self) -> bool:
        """A quote opens a field, unless it is the first of two that stand for one."""
        if self._next() != QUOTE:
            return False
        return self._next(1) != QUOTE or self._next(2) in (QUOTE, self._delimiter, "\n", "")

    def _next(self, ahead: int = 0) -> str:
        place = self._at + ahead
        return self._text[place] if place < len(self._text) else ""
