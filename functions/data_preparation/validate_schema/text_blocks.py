"""Cuts a CSV file into blocks of whole rows while it streams by, and watches the bytes for what a parser
passes over or stops at: a mark, bytes that are no UTF-8, NUL, mixed line ends, a last line without an end."""

from __future__ import annotations

import codecs
import csv
import re
from collections.abc import Iterator
from dataclasses import dataclass

from contracts.file_report import Violation
from functions.data_preparation.validate_schema.facts import Unreadable

# Arrow converts a block column by column: one that leaves a core's cache costs a quarter more.
BLOCK_BYTES = 2 * 1024 * 1024
# A row longer than this, or a quote that stays open for so long, ends the check.
MAX_ROW_BYTES = 32 * 1024 * 1024


@dataclass(kw_only=True)
class TextFindings:
    """What was seen in a part of the file; parts add up."""

    first_broken: int | None = None
    nul: int = 0
    has_crlf: bool = False
    has_lf: bool = False

    def add(self, other: TextFindings) -> None:
        """Takes what was seen in a later part."""
        if self.first_broken is None:
            self.first_broken = other.first_broken
        self.nul += other.nul
        self.has_crlf |= other.has_crlf
        self.has_lf |= other.has_lf

    def violations(self) -> list[Violation]:
        """The broken rules about the text as a whole."""
        found = []
        if self.first_broken is not None:
            seen = f"bytes that are no UTF-8, first at {self.first_broken}"
            found.append(of_file("encoding", seen, "UTF-8"))
        if self.nul:
            found.append(of_file("encoding", f"{self.nul} NUL byte(s)", "text"))
        if self.has_crlf and self.has_lf:
            seen = "some lines end in CR LF, others in LF"
            found.append(of_file("line_ends", seen, "one kind of line end"))
        return found


@dataclass(frozen=True, slots=True)
class Block:
    """Whole rows, and where in the file they begin."""

    data: bytes
    offset: int


def watch(block: Block) -> tuple[bytes, TextFindings]:
    """The block as UTF-8 (what is none is replaced, so that the check goes on), and what was seen in it."""
    data, found = block.data, TextFindings()
    if not data.isascii():
        try:
            data.decode("utf-8")
        except UnicodeDecodeError as error:
            found.first_broken = block.offset + error.start
            data = data.decode("utf-8", "replace").encode()
    if b"\0" in data:
        found.nul = data.count(b"\0")
    crlf = data.count(b"\r\n") if b"\r" in data else 0
    found.has_crlf = crlf > 0
    found.has_lf = data.count(b"\n") > crlf if crlf else b"\n" in data
    return data, found


class TextBlocks:
    """The header, then the rows in blocks; complete findings about marks and ends after the last block."""

    def __init__(self, chunks: Iterator[bytes], delimiter: str, block_bytes: int = BLOCK_BYTES) -> None:
        self._chunks, self._block_bytes = chunks, block_bytes
        self._row = _row_pattern(delimiter)
        self._buffer, self._offset, self._is_at_end = bytearray(), 0, False
        self._has_mark = False
        self._last = b""

    def header(self) -> bytes:
        """The first row without its line end; raises Unreadable for a file without one."""
        while not self._is_at_end and len(self._buffer) < self._block_bytes:
            self._fill()
        if self._buffer.startswith(codecs.BOM_UTF8):
            self._has_mark = True
            self._drop(3)
        end = self._first_row_end()
        head = bytes(self._buffer[:end])
        if not head.strip(b"\r\n\0"):
            raise Unreadable([of_file("readable", "a file without a header", "a header and rows")])
        self._drop(end)
        return head.rstrip(b"\r\n")

    def __iter__(self) -> Iterator[Block]:
        while self._buffer or not self._is_at_end:
            while not self._is_at_end and len(self._buffer) < self._block_bytes:
                self._fill()
            end = len(self._buffer) if self._is_at_end else self._whole_rows()
            if end:
                with memoryview(self._buffer) as view:
                    block = Block(bytes(view[:end]), self._offset)
                yield block
                self._drop(end)
            else:
                self._grow()

    def violations(self) -> list[Violation]:
        """What the ends of the file have shown."""
        found = []
        if self._has_mark:
            found.append(of_file("encoding", "a byte order mark", "UTF-8 without a mark"))
        if self._last not in (b"", b"\n"):
            found.append(of_file("complete", "a last line without an end", "a line end after every line"))
        return found

    def _fill(self) -> None:
        chunk = next(self._chunks, b"")
        self._is_at_end = not chunk
        self._last = chunk[-1:] or self._last
        self._buffer += chunk

    def _grow(self) -> None:
        if len(self._buffer) >= MAX_ROW_BYTES:
            seen = f"no end of the row that begins near byte {self._offset} in {len(self._buffer)} bytes"
            raise Unreadable([of_file("readable", seen, "rows, and quotes that are closed")])
        # Twice as much, so that looking for the row's end again stays cheap.
        wanted = min(2 * len(self._buffer), MAX_ROW_BYTES)
        while not self._is_at_end and len(self._buffer) < wanted:
            self._fill()

    def _drop(self, size: int) -> None:
        del self._buffer[:size]
        self._offset += size

    def _first_row_end(self) -> int:
        match = self._row.match(self._buffer)
        return match.end() if match else len(self._buffer)

    def _whole_rows(self) -> int:
        """Where the last whole row of the buffer ends; 0 when none does.

        Between rows the number of quotes so far is even, which is quick to count. Quotes inside of bare
        fields break that; where they make it useless, rows are read one by one.
        """
        buffer = self._buffer
        end = buffer.rfind(b"\n")
        quotes = buffer.count(b'"', 0, max(end, 0))
        while quotes % 2 and end > len(buffer) // 2:
            previous = buffer.rfind(b"\n", 0, end)
            quotes -= buffer.count(b'"', max(previous, 0), end)
            end = previous
        return end + 1 if not quotes % 2 else self._end_of_rows_one_by_one()

    def _end_of_rows_one_by_one(self) -> int:
        position = 0
        while match := self._row.match(self._buffer, position):
            position = match.end()
        return position


def _row_pattern(delimiter: str) -> re.Pattern[bytes]:
    """A whole row with its line end, quotes read as the parser does: they open only at a field's start."""
    mark = re.escape(delimiter).encode()
    bare = rb"[^%b\r\n]*+" % mark
    field = rb'(?:"[^"]*+(?:""[^"]*+)*+"%b|(?!")%b)' % (bare, bare)
    return re.compile(rb"%b(?:%b%b)*+(?:\r\n|\n|\r)" % (field, mark, field))


def names_in(header: bytes, delimiter: str) -> list[str]:
    """The names of the columns; raises Unreadable for a header that holds none."""
    text = header.decode("utf-8", "replace").replace("\0", "")
    try:
        return next(csv.reader([text], delimiter=delimiter))
    except (csv.Error, StopIteration) as error:
        raise Unreadable([of_file("readable", f"a header that makes no sense: {error}", "names")]) from error


def of_file(rule: str, seen: str, allowed: str) -> Violation:
    """A violation that is about the whole file."""
    return Violation(column="", rule=rule, seen=seen, allowed=allowed)
