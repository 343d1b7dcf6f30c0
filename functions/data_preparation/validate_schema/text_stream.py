"""A CSV file's bytes on their way to the parser, watched for what a parser passes over or stops at: a byte
order mark, bytes that are no UTF-8, NUL, mixed line ends, a last line without an end."""

from __future__ import annotations

import codecs
import io
from collections.abc import Iterator

from contracts.file_report import Violation


class WatchedText(io.RawIOBase):
    """Readable; what is no UTF-8 is replaced so that the parser can go on to the other violations."""

    def __init__(self, chunks: Iterator[bytes]) -> None:
        super().__init__()
        self._chunks = chunks
        self._pending = b""
        self._decoder = codecs.getincrementaldecoder("utf-8")("strict")
        self._is_broken = False
        self._offset = 0
        self._last = b""
        self._crlf = self._lf = self._nul = 0
        self._first_broken: int | None = None
        self._has_mark = False

    def readable(self) -> bool:
        """True."""
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        """Fills the buffer with what is left of the current chunk, or with the next one."""
        if not self._pending:
            self._pending = self._next()
        size = min(len(buffer), len(self._pending))
        buffer[:size], self._pending = self._pending[:size], self._pending[size:]
        return size

    def peek(self, size: int) -> bytes:
        """The bytes that the next reads will give, without taking them: at least `size`, or all there are."""
        while len(self._pending) < size:
            more = self._next()
            if not more:
                break
            self._pending += more
        return self._pending[:size]

    def drain(self) -> None:
        """Reads to the end, so that what the parser did not ask for is watched too."""
        while self._next():
            pass
        self._pending = b""

    def violations(self) -> list[Violation]:
        """What was seen on the way; complete after the last byte."""
        found = []
        if self._has_mark:
            found.append(_of_file("encoding", "a byte order mark", "UTF-8 without a mark"))
        if self._first_broken is not None:
            seen = f"bytes that are no UTF-8, first at {self._first_broken}"
            found.append(_of_file("encoding", seen, "UTF-8"))
        if self._nul:
            found.append(_of_file("encoding", f"{self._nul} NUL byte(s)", "text"))
        if self._crlf and self._lf:
            seen = f"{self._crlf} lines end in CR LF, {self._lf} in LF"
            found.append(_of_file("line_ends", seen, "one kind of line end"))
        if self._last not in (b"", b"\n"):
            found.append(_of_file("complete", "a last line without an end", "a line end after every line"))
        return found

    def _next(self) -> bytes:
        chunk = next(self._chunks, b"")
        if not chunk:
            return self._flush()
        self._watch(chunk)
        if self._offset == 0 and chunk.startswith(codecs.BOM_UTF8):
            self._has_mark = True
            self._offset, chunk = 3, chunk[3:]
        clean = self._clean(chunk)
        self._offset += len(chunk)
        # A chunk may end inside a character: then its bytes come with the next one.
        return clean or self._next()

    def _watch(self, chunk: bytes) -> None:
        crlf = chunk.count(b"\r\n") + (self._last == b"\r" and chunk.startswith(b"\n"))
        self._crlf += crlf
        self._lf += chunk.count(b"\n") - crlf
        self._nul += chunk.count(b"\0")
        self._last = chunk[-1:]

    def _clean(self, chunk: bytes) -> bytes:
        try:
            return self._decoder.decode(chunk).encode()
        except UnicodeDecodeError as error:
            # The decoder may have held back the start of a character, so the offset is within three bytes.
            self._first_broken = self._offset + error.start
            self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
            return self._decoder.decode(chunk).encode()

    def _flush(self) -> bytes:
        if not self._is_broken:
            self._is_broken = True
            try:
                self._decoder.decode(b"", final=True)
            except UnicodeDecodeError:
                self._first_broken = self._offset
        return b""


def _of_file(rule: str, seen: str, allowed: str) -> Violation:
    return Violation(column="", rule=rule, seen=seen, allowed=allowed)
