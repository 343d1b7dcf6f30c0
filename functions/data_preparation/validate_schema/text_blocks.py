"""Cuts a CSV file into blocks of whole rows while it streams by, and watches the bytes for what a parser
passes over or stops at: a mark, bytes that are no UTF-8, NUL, mixed line ends, a last line without an end."""

from __future__ import annotations

import codecs
import csv
from collections.abc import Container, Iterator, Sequence
from dataclasses import dataclass

from contracts.file_report import Violation
from functions.data_preparation.validate_schema.facts import Unreadable
from functions.data_preparation.validate_schema.first_bytes import LONGEST, told_by_first_bytes
from functions.data_preparation.validate_schema.row_ends import RowEnds, row_ends

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
    has_cr: bool = False

    def add(self, other: TextFindings) -> None:
        """Takes what was seen in a later part."""
        if self.first_broken is None:
            self.first_broken = other.first_broken
        self.nul += other.nul
        self.has_crlf |= other.has_crlf
        self.has_lf |= other.has_lf
        self.has_cr |= other.has_cr

    def violations(self) -> list[Violation]:
        """The broken rules about the text as a whole."""
        found = []
        if self.first_broken is not None:
            seen = f"bytes that are no UTF-8, first at {self.first_broken}"
            found.append(of_file("encoding", seen, "UTF-8"))
        if self.nul:
            found.append(of_file("encoding", f"{self.nul} NUL byte(s)", "text"))
        kinds = {"CR LF": self.has_crlf, "LF": self.has_lf, "CR alone": self.has_cr}
        used = [kind for kind, is_used in kinds.items() if is_used]
        if len(used) > 1 or self.has_cr:
            mixed = f"some lines end in {', others in '.join(used)}"
            seen = mixed if len(used) > 1 else "lines that end in CR alone"
            found.append(of_file("line_ends", seen, "one kind of line end, LF or CR LF"))
        return found

    def add_ends(self, data: bytes, rows: RowEnds) -> None:
        """Looks at how lines end; those inside of quotes are text and may be of another kind."""
        if b"\r" not in data:
            self.has_lf |= b"\n" in data
            return
        used = _line_ends(data)
        if (used[2] or used.count(True) > 1) and b'"' in data:
            used = _line_ends(rows.without_quoted(data))
        is_crlf, is_lf, is_cr = used
        self.has_crlf, self.has_lf = self.has_crlf or is_crlf, self.has_lf or is_lf
        self.has_cr |= is_cr


@dataclass(frozen=True, slots=True)
class Block:
    """Whole rows, and where in the file they begin."""

    data: bytes
    offset: int


def watch(block: Block, rows: RowEnds) -> tuple[bytes, TextFindings]:
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
    found.add_ends(data, rows)
    return data, found


def _line_ends(data: bytes) -> tuple[bool, bool, bool]:
    """Whether there are line ends of CR LF, of LF, of CR alone."""
    crlf = data.count(b"\r\n")
    return crlf > 0, data.count(b"\n") > crlf, data.count(b"\r") > crlf


class TextBlocks:
    """The header, then the rows in blocks; complete findings about marks and ends after the last block."""

    def __init__(self, chunks: Iterator[bytes], delimiter: str, block_bytes: int = BLOCK_BYTES) -> None:
        self._chunks, self._block_bytes = chunks, block_bytes
        self._rows = row_ends(delimiter)
        self._buffer, self._offset, self._is_at_end = bytearray(), 0, False
        self._has_mark = False
        self._last = b""
        self._open_quote: int | None = None
        self.head = TextFindings()

    def header(self) -> bytes:
        """The first row without its line end; raises Unreadable for a file without one, or without lines, and
        for one that its first bytes show to be no text in UTF-8."""
        while not self._is_at_end and len(self._buffer) < self._block_bytes:
            self._fill()
        other = told_by_first_bytes(bytes(self._buffer[:LONGEST]))
        if other is not None:
            raise Unreadable([other])
        if self._buffer.startswith(codecs.BOM_UTF8):
            self._has_mark = True
            self._drop(3)
        end = self._rows.first(self._buffer)
        head = bytes(self._buffer[:end])
        if not head.strip(b"\r\n\0"):
            raise Unreadable([of_file("readable", "a file without a header", "a header and rows")])
        _, self.head = watch(Block(head, self._offset), self._rows)
        if self.head.has_cr:
            raise Unreadable(self.head.violations())
        self._drop(end)
        return head.rstrip(b"\r\n")

    def read_with(self, delimiter: str) -> None:
        """Tells the rows below the header apart by another delimiter."""
        self._rows = row_ends(delimiter)

    def __iter__(self) -> Iterator[Block]:
        while self._buffer or not self._is_at_end:
            while not self._is_at_end and len(self._buffer) < self._block_bytes:
                self._fill()
            end = self._end_of_file() if self._is_at_end else self._rows.last(self._buffer)
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
        if self._open_quote is not None:
            seen = f"a quote that opens at byte {self._open_quote} and is not closed"
            found.append(of_file("complete", seen, "a closing quote after every opening one"))
        if self._last not in (b"", b"\n"):
            found.append(of_file("complete", "a last line without an end", "a line end after every line"))
        return found

    def _fill(self) -> None:
        chunk = next(self._chunks, b"")
        self._is_at_end = not chunk
        self._last = chunk[-1:] or self._last
        self._buffer += chunk

    def _end_of_file(self) -> int:
        opened = self._rows.open_quote(self._buffer, len(self._buffer))
        self._open_quote = None if opened is None else self._offset + opened
        return len(self._buffer)

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


def names_in(header: bytes, delimiter: str) -> list[str]:
    """The names of the columns; raises Unreadable for a header that holds none."""
    text = header.decode("utf-8", "replace").replace("\0", "")
    try:
        return next(csv.reader([text], delimiter=delimiter))
    except (csv.Error, StopIteration) as error:
        raise Unreadable([of_file("readable", f"a header that makes no sense: {error}", "names")]) from error


def delimiter_of(header: bytes, candidates: Sequence[str], known: Container[str] | None = None) -> str:
    """The delimiter that makes the most names of a header, or the most of those that are known; of several
    that make as many, the first."""

    def found(delimiter: str) -> int:
        try:
            names = names_in(header, delimiter)
        except Unreadable:
            return 0
        return len(names) if known is None else sum(name in known for name in names)

    return max(candidates, key=found)


def of_file(rule: str, seen: str, allowed: str) -> Violation:
    """A violation that is about the whole file."""
    return Violation(column="", rule=rule, seen=seen, allowed=allowed)
