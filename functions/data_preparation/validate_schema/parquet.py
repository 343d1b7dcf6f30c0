"""Facts about a Parquet file: from the footer, then from the dictionaries of bounded columns, then from the
values of only those chunks that neither of them settles. Strict mode reads every value of the contract."""

from __future__ import annotations

import math
import os
import struct
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import islice

from contracts.dataset import Contract
from contracts.document import Number
from contracts.file_report import Violation
from contracts.servable import LINE_BREAKS
from functions.data_preparation.validate_schema.facts import ColumnFacts, FileFacts, Unreadable
from functions.data_preparation.validate_schema.footer import Chunk, Footer, Source, read_footer
from functions.data_preparation.validate_schema.index_pages import are_more_used
from functions.data_preparation.validate_schema.judged import Judged, judged
from functions.data_preparation.validate_schema.leaf import DOUBLE, FLOAT, INT32, INT64, Leaf, microseconds
from functions.data_preparation.validate_schema.pages import check_chunk, dictionary_values
from functions.data_preparation.validate_schema.thrift import DamagedError

# In how many row groups the first rows are looked at before whole columns are read.
CONFIRMED_GROUPS = 3
_PACKED = {INT32: "<i", INT64: "<q", FLOAT: "<f", DOUBLE: "<d"}


@dataclass(frozen=True, slots=True)
class _Wanted:
    """A column of the contract, where the file has it, and its chunks."""

    column: Judged
    leaf: Leaf
    chunks: list[Chunk]

    @property
    def has_extremes(self) -> bool:
        """Whether a rule asks for its least and its greatest value."""
        may_exceed = self.leaf.may_exceed_endpoint if self.column.is_input else self.leaf.may_exceed_type
        return self.column.column.has_range or may_exceed


def parquet_facts(source: Source, contract: Contract, is_strict: bool = False) -> FileFacts:
    """Facts about every column of the contract that the file has once; Unreadable for a damaged file."""
    try:
        footer = read_footer(source)
        wanted = _collect(footer, contract)
    except DamagedError as damage:
        raise Unreadable([_violation("", str(damage), "a complete Parquet file")]) from damage
    # Then bytes were lost or added, and the footer may point to the wrong ones.
    is_strict = is_strict or footer.has_bytes_unaccounted_for
    facts = FileFacts(rows=footer.rows, names=footer.names, columns={})

    def judge(one: _Wanted) -> ColumnFacts | Violation:
        try:
            return _column_facts(source, footer, one, is_strict)
        except DamagedError as damage:
            return _violation(one.column.name, str(damage), "pages that hold what the footer says")

    for result in _each(judge, wanted, is_strict):
        if isinstance(result, Violation):
            facts.violations.append(result)
        else:
            facts.columns[result.name] = result
    return facts


def _each(
    judge: Callable[[_Wanted], ColumnFacts | Violation], wanted: Sequence[_Wanted], is_parallel: bool
) -> list[ColumnFacts | Violation]:
    if not is_parallel:
        return [judge(one) for one in wanted]
    with ThreadPoolExecutor(os.cpu_count()) as threads:
        return list(threads.map(judge, wanted))


def _collect(footer: Footer, contract: Contract) -> list[_Wanted]:
    times = Counter(footer.names)
    leaves = {leaf.name: leaf for leaf in footer.leaves if times[leaf.name] == 1}
    wanted = [_Wanted(one, leaves[one.name], []) for one in judged(contract) if one.name in leaves]
    flat = {one.leaf.index: one.leaf for one in wanted if one.leaf.kinds}
    rows = 0
    for group_rows, chunks in footer.groups(flat):
        rows += group_rows
        for one in wanted:
            if one.leaf.index in chunks:
                one.chunks.append(chunks[one.leaf.index])
    if rows != footer.rows:
        raise DamagedError(f"the footer claims {footer.rows} rows, its row groups have {rows}")
    return wanted


def _column_facts(source: Source, footer: Footer, wanted: _Wanted, is_strict: bool) -> ColumnFacts:
    column, leaf = wanted.column, wanted.leaf
    if column.type not in leaf.kinds:
        from functions.data_preparation.validate_schema.column_data import arrow_type

        return ColumnFacts(
            name=column.name, stored_as=arrow_type(source, column.name), has_fitting_type=False
        )
    facts = ColumnFacts(name=column.name, stored_as="", has_fitting_type=True, narrow_float=leaf.narrow_float)
    unsettled: list[Chunk] = []
    for chunk in wanted.chunks:
        if chunk.rows == chunk.values == 0:
            continue
        check_chunk(chunk, column.name, footer, leaf.physical)
        part = None if is_strict else _from_metadata(source, wanted, chunk)
        if part is None:
            unsettled.append(chunk)
        else:
            facts.add(part, column.bound)
            facts.evidence = part.evidence
    is_by_dictionary = facts.evidence == "dictionary"
    if unsettled:
        _add_values(source, wanted, unsettled, facts)
    if is_by_dictionary and _breaks_rule(column, facts):
        _confirm_levels(source, wanted, facts)
    return facts


def _from_metadata(source: Source, wanted: _Wanted, chunk: Chunk) -> ColumnFacts | None:
    """What footer and dictionary say about one chunk; None where they do not say enough."""
    column = wanted.column
    facts = ColumnFacts(name=column.name, stored_as="", has_fitting_type=True, evidence="statistics")
    if chunk.nulls is None and column.max_null_ratio < 1:
        return None
    facts.nulls = chunk.nulls or 0
    is_empty = chunk.nulls == chunk.values
    if wanted.has_extremes and not is_empty:
        extremes = _extremes(wanted.leaf, chunk)
        if extremes is None:
            return None
        facts.widen(*extremes)
    bound = column.bound
    if bound is not None:
        values = set() if is_empty else dictionary_values(source, chunk, bound)
        if values is None:
            return None
        _refuse_foreign_statistics(chunk, values, bound)
        levels = _texts(values)
        facts.add_categories(levels, bound)
        if column.has_lines:
            facts.add_several_lines(min(filter(_has_line_break, levels), default=None))
        facts.evidence = "dictionary"
    return facts


def _add_values(source: Source, wanted: _Wanted, chunks: Sequence[Chunk], facts: ColumnFacts) -> None:
    """Reads the chunks that metadata did not settle, and holds what the footer says against their values."""
    from functions.data_preparation.validate_schema.column_data import ColumnData

    data = ColumnData(source, wanted.column, wanted.has_extremes)
    for chunk in chunks:
        part = data.facts(chunk)
        claimed = _extremes(wanted.leaf, chunk)
        if claimed and part.minimum is not None and part.maximum is not None:
            low, high = claimed
            if part.minimum < low or part.maximum > high:
                raise DamagedError(
                    f"the footer claims values from {low} to {high} in row group {chunk.group}, "
                    f"its pages hold {part.minimum} to {part.maximum}"
                )
        facts.add(part, wanted.column.bound)
    facts.evidence = "data"


def _confirm_levels(source: Source, wanted: _Wanted, facts: ColumnFacts) -> None:
    """A dictionary may hold values that no row uses, so what breaks a rule is looked for in the rows."""
    chunks, bound, suspected = wanted.chunks, wanted.column.bound, facts.several_lines
    if bound is not None and facts.is_beyond_bound and suspected is None:
        used = (one for one in chunks if one.nulls != one.values and one.is_all_dictionary)
        if any(are_more_used(source, one, wanted.leaf, bound) for one in islice(used, CONFIRMED_GROUPS)):
            facts.evidence = "data"
            return
    from functions.data_preparation.validate_schema.column_data import ColumnData

    data = ColumnData(source, wanted.column, wanted.has_extremes)
    facts.categories, facts.is_beyond_bound, facts.several_lines, facts.evidence = set(), False, None, "data"
    for chunk in chunks:
        if facts.is_beyond_bound and suspected is None:
            return
        if chunk.nulls != chunk.values:
            data.add_levels(chunk, facts, to_the_end=suspected is not None)


def _texts(values: set[bytes]) -> set[str]:
    try:
        return {value.decode() for value in values}
    except UnicodeDecodeError as error:
        raise DamagedError(f"a value of the dictionary is no UTF-8: {error.object[:40]!r}") from error


def _has_line_break(level: str) -> bool:
    return any(one in level for one in LINE_BREAKS)


def _breaks_rule(column: Judged, facts: ColumnFacts) -> bool:
    foreign = (facts.categories or set()) - set(column.column.categories or facts.categories or ())
    return facts.is_beyond_bound or bool(foreign) or facts.several_lines is not None


def _refuse_foreign_statistics(chunk: Chunk, values: set[bytes], bound: int) -> None:
    """The least value is one of the dictionary's, or the start of one where the writer cuts long texts."""
    if chunk.low is not None and len(values) <= bound and not any(v.startswith(chunk.low) for v in values):
        raise DamagedError("the footer's least value is not in the dictionary: they are not of the same data")


def _extremes(leaf: Leaf, chunk: Chunk) -> tuple[Number, Number] | None:
    """The least and the greatest value that the footer names; None where it names none that are numbers or
    moments. No writer is to name any for moments of 96 bits."""
    packed = _PACKED.get(leaf.physical)
    if packed is None or not leaf.has_known_extremes or chunk.low is None or chunk.high is None:
        return None
    if leaf.is_unsigned and "integer" in leaf.kinds:
        packed = packed.upper()
    try:
        low, high = (struct.unpack(packed, one)[0] for one in (chunk.low, chunk.high))
    except (struct.error, TypeError):
        raise DamagedError(f"the footer's least and greatest value are no {leaf.physical}") from None
    if math.isnan(low) or math.isnan(high):
        return None
    if low > high:
        raise DamagedError(f"the footer claims values from {low} to {high}")
    if leaf.ticks_per_second is not None:
        return microseconds(low, leaf.ticks_per_second), microseconds(high, leaf.ticks_per_second)
    return low, high


def _violation(column: str, seen: str, allowed: str) -> Violation:
    return Violation(column=column, rule="readable", seen=seen[:400], allowed=allowed)
