"""Counts the turns and tokens of the finished rows by family, task, domain, language, bucket and more.

The export stage counts each row with `counts_of_row`; the counts become counters of the stage in `manifest.json`.
`read_tally` turns these counters back into tables, for the report page and the dataset card. Pure.

The counters are:

    turns_by/DIMENSION/GROUP, tokens_by/…, loss_tokens_by/…    what each group has
    depth/BUCKET/BIN                                           turns with evidence in a depth bin
    turns_in_row/NUMBER                                        rows with that number of turns
    arranged/WHAT                                              rows and turns by their place (see `Arranged`)
    mix/LIMIT/GROUP                                            what a limit of the recipe limits, in its measure
    mix_total/LIMIT/BASE                                       the total that its share refers to
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from pipeline.config.shares import Measure
from pipeline.export.capped import Base
from pipeline.export.limits import Limit, QuestionKind
from pipeline.export.rows import QuestionPlace, RenderedRow
from pipeline.records import Origin

DIMENSIONS: Mapping[str, Callable[[QuestionKind], str]] = {
    "family": lambda kind: kind.family,
    "needs": lambda kind: kind.reach.value,
    "origin": lambda kind: kind.origin,
    "domain": lambda kind: kind.domain,
    "language": lambda kind: kind.language,
    "bucket": lambda kind: str(kind.bucket),
    "task": lambda kind: kind.task,
}
"""The dimensions of the tables, each with the function that returns the group of a question."""
_BY = {Measure.TURNS: "turns_by", Measure.TOKENS: "tokens_by", Measure.LOSS_TOKENS: "loss_tokens_by"}
_DEPTH, _IN_ROW, _MIX, _MIX_TOTAL = "depth", "turns_in_row", "mix", "mix_total"
_ARRANGED = "arranged"


class Arranged(StrEnum):
    """What is counted of the places of questions."""

    ROWS = "rows"
    """Rows about documents."""
    QUESTION_FIRST = "question_first"
    """Those of them whose first question comes before the document."""
    TURNS_IN_BOTH = "turns_in_both"
    """Turns of rows that have both written and structural questions."""
    WRITTEN_IN_BOTH = "written_in_both"
    """Those of them that a teacher wrote."""


@dataclass(frozen=True, slots=True)
class Amount:
    """How much a group has."""

    turns: int = 0
    tokens: int = 0
    loss_tokens: int = 0

    def of(self, measure: Measure) -> int:
        """Return the amount in one measure."""
        return {Measure.TURNS: self.turns, Measure.TOKENS: self.tokens, Measure.LOSS_TOKENS: self.loss_tokens}[measure]


@dataclass(frozen=True, slots=True)
class Tally:
    """The counts of a build's rows."""

    by: Mapping[str, Mapping[str, Amount]]
    """The amount of each group, by dimension."""
    depths: Mapping[int, Mapping[int, int]]
    """Number of turns with evidence in each depth bin, by bucket and bin. A turn with evidence in several bins counts
    in each of them."""
    turns_in_row: Mapping[int, int]
    """Number of rows by their number of turns."""
    arranged: Mapping[Arranged, int]
    """The counts of the places of questions; a count of 0 may be missing."""
    mix: Mapping[str, Mapping[str, int]]
    """The amount of each group, by the name of the limit."""
    mix_totals: Mapping[str, Mapping[str, int]]
    """The total that a share refers to, by the name of the limit and the name of the total."""


EMPTY_TALLY = Tally({}, {}, {}, {}, {}, {})


def counts_of_row(
    row: RenderedRow, kinds: Sequence[QuestionKind], limits: Sequence[Limit]
) -> Iterator[tuple[str, int]]:
    """Yield the counters that a row adds to, with the amounts.

    Args:
        row: the row, with the spans of its answers.
        kinds: the properties of its turns, in order.
        limits: the recipe's limits.
    """
    amounts = amounts_of_turns(row)
    yield f"{_IN_ROW}/{len(kinds)}", 1
    for what, number in _arranged(row, kinds):
        yield f"{_ARRANGED}/{what}", number
    for kind, amount in zip(kinds, amounts, strict=True):
        for dimension, group_of in DIMENSIONS.items():
            for measure, prefix in _BY.items():
                yield f"{prefix}/{dimension}/{group_of(kind)}", amount.of(measure)
        for depth_bin in kind.depth_bins:
            yield f"{_DEPTH}/{kind.bucket}/{depth_bin}", 1
        for limit in limits:
            if limit.most >= 1 and not limit.least:
                continue
            base = str(kind.bucket) if limit.base is Base.BUCKET else Base.ALL.value
            yield f"{_MIX_TOTAL}/{limit.name}/{base}", amount.of(limit.measure)
            if group := limit.group_of(kind):
                yield f"{_MIX}/{limit.name}/{group}", amount.of(limit.measure)


def _arranged(row: RenderedRow, kinds: Sequence[QuestionKind]) -> Iterator[tuple[Arranged, int]]:
    if row.question_place is None:
        return
    yield Arranged.ROWS, 1
    if row.question_place is QuestionPlace.BEFORE:
        yield Arranged.QUESTION_FIRST, 1
    num_written = sum(kind.origin == Origin.WRITTEN for kind in kinds)
    if 0 < num_written < len(kinds):
        yield Arranged.TURNS_IN_BOTH, len(kinds)
        yield Arranged.WRITTEN_IN_BOTH, num_written


def amounts_of_turns(row: RenderedRow) -> list[Amount]:
    """Return what each turn of a row has.

    The tokens of the row are divided evenly over its turns, because all of them need the document; the amounts add up
    to the row's.
    """
    num_turns = len(row.tokens.answer_spans)
    each, rest = divmod(row.example.num_tokens, num_turns)
    return [
        Amount(turns=1, tokens=each + (number < rest), loss_tokens=span.end - span.start)
        for number, span in enumerate(row.tokens.answer_spans)
    ]


def read_tally(counters: Mapping[str, int]) -> Tally:
    """Return the counts of the rows from the counters of the export stage."""
    by: dict[str, dict[str, Amount]] = {dimension: {} for dimension in DIMENSIONS}
    for measure, prefix in _BY.items():
        for dimension, group, number in _entries(counters, prefix):
            amount = by[dimension].get(group, Amount())
            by[dimension][group] = replace(amount, **{measure.value: number})
    depths: dict[int, dict[int, int]] = {}
    for bucket, depth_bin, number in _entries(counters, _DEPTH):
        depths.setdefault(int(bucket), {})[int(depth_bin)] = number
    return Tally(
        by=by,
        depths=depths,
        turns_in_row={int(turns): number for turns, _, number in _entries(counters, _IN_ROW)},
        arranged={Arranged(what): number for what, _, number in _entries(counters, _ARRANGED)},
        mix=_nested(counters, _MIX),
        mix_totals=_nested(counters, _MIX_TOTAL),
    )


def _entries(counters: Mapping[str, int], prefix: str) -> Iterator[tuple[str, str, int]]:
    """Yield the two parts of each counter's name after the prefix, and its number; the second may be empty."""
    for name, number in sorted(counters.items()):
        first, _, rest = name.partition("/")
        if first == prefix:
            middle, _, last = rest.partition("/")
            yield middle, last, number


def _nested(counters: Mapping[str, int], prefix: str) -> dict[str, dict[str, int]]:
    nested: dict[str, dict[str, int]] = {}
    for limit, group, number in _entries(counters, prefix):
        nested.setdefault(limit, {})[group] = number
    return nested
