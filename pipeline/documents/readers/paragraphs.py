"""Turns the content of a paragraph, in reading order, into blocks: the paragraph, and what is anchored in it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import groupby

from pipeline.documents.marks import MarkKind
from pipeline.documents.readers.blocks import Block, PageStart, Paragraph
from pipeline.documents.text_builder import Run


class Split:
    """The place where a page break of the author divides a paragraph."""


def assembled(
    items: Iterable[Run | Block | Split], made: Callable[[tuple[Run, ...], bool], Paragraph]
) -> Iterator[Block]:
    """Yield the runs of a paragraph as a paragraph, and its notes and drawings after it.

    A page that starts before the text comes before the paragraph; a page that starts later is a run of it. A `Split`
    after text begins another paragraph.

    Args:
        items: runs, and the blocks that are anchored between them.
        made: returns the paragraph, given its runs and whether they are the first of the paragraph.
    """
    runs: list[Run] = []
    after: list[Block] = []
    is_first, has_text = True, False
    for item in items:
        if isinstance(item, Run):
            runs.append(item)
            has_text = has_text or bool(item.text.strip())
        elif isinstance(item, Split):
            if has_text:
                yield made(_merged(runs), is_first)
                yield from after
                runs, after, is_first, has_text = [], [], False, False
        elif isinstance(item, PageStart) and has_text:
            runs.append(Run("", MarkKind.PAGE, item.label))
        elif isinstance(item, PageStart):
            yield item
        else:
            after.append(item)
    if runs:
        yield made(_merged(runs), is_first)
    yield from after


def _merged(runs: Sequence[Run]) -> tuple[Run, ...]:
    """Join neighbouring runs that have the same mark."""
    groups = groupby(runs, key=lambda run: (run.kind, run.value))
    return tuple(Run("".join(run.text for run in group), *key) for key, group in groups)
