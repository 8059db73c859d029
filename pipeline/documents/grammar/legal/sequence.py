"""Decides which heads begin a provision: those that continue the numbering of their part.

Takes the heads (numbers at the start of a line, see `heads`) and the parts. Returns `Numbered` heads with their depth,
and the parts. Parts are added that are recognised only because the numbers start over (an annexed licence, the order of
a judgment); schedules that are only named in a list are removed. A line that begins with a reference to a provision
usually does not continue the numbering, so it is dropped. Used by `reading`. Time grows linearly with the heads and
lines.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from copy import deepcopy
from dataclasses import dataclass, field
from functools import cached_property

from pipeline.documents.grammar.legal.heads import Head
from pipeline.documents.grammar.legal.lines import Line, is_blank, without_markup
from pipeline.documents.grammar.legal.parts import Part
from pipeline.languages.provision_rules import PartSort, ProvisionRules, Role

MAX_GAP = 3
"""The maximum number of missing numbers between two provisions. Consolidated texts often leave out repealed ones."""
_WITHOUT_NUMBERS = frozenset({PartSort.COMPARISON, PartSort.ENTRY, PartSort.REPORT})
_TITLE_REACH = 2_500
"""The maximum number of characters between the title of an annexed document and the first number below."""
_MAX_TITLE_CHARS = 90
_MAX_INDENT = 60


@dataclass(frozen=True, slots=True)
class Numbered:
    """A head that begins a provision."""

    head: Head
    depth: int
    """The depth: 1 for the outermost provisions, 0 or less for containers."""
    part: int
    """The index of the part to whose numbering the head belongs."""


@dataclass(slots=True)
class _Numbering:
    """The last numbers seen in one part."""

    has_articles: bool = False
    """True if the part has articles, in which case plain numbers are items inside articles."""
    articles: tuple[int, int] = (0, 0)
    """The last article, with the second number of an inserted article: (4, 2) for 제4조의2."""
    top: int = 0
    """The last outermost number."""
    below: dict[tuple[int, ...], int] = field(default_factory=dict)
    """The last number below each dotted number: `{(4,): 2}` after 4.2."""
    list_item: int = 0
    """The last number in a list of items that are not provisions."""
    list_indent: int = -1
    top_indent: int = -1
    bracket: int = 0
    """The last number in brackets."""

    def allows(self, number: int) -> bool:
        """Return whether an outermost number may come next. The first may have any value, as in an excerpt."""
        return not self.top or self.top < number <= self.top + 1 + MAX_GAP


@dataclass(frozen=True, slots=True)
class _Waiting:
    """The state before one or more schedules in which no head has occurred yet."""

    numbering: _Numbering
    numbered_part: int
    first_part: int
    """The index of the first of these schedules."""


def number_parts(
    *, lines: Sequence[Line], heads: Sequence[Head], parts: Sequence[Part], rules: ProvisionRules
) -> tuple[list[Part], list[Numbered]]:
    """Return the parts, some of them added or removed (see the module), and the heads that begin a provision."""
    return _Reader(lines, heads, parts, rules).read()


class _Reader:
    """Goes through the heads of one document in order and keeps the state of the numbering."""

    def __init__(
        self, lines: Sequence[Line], heads: Sequence[Head], parts: Sequence[Part], rules: ProvisionRules
    ) -> None:
        self._lines, self._heads, self._rules = lines, heads, rules
        self._parts = list(parts)
        self._starts = [part.start for part in parts]
        self._starts_of_heads = [head.start for head in heads]
        self._numbering = _Numbering()
        self._found: list[Numbered] = []
        self._out: list[Part] = []
        self._numbered_part = 0
        self._waiting: _Waiting | None = None

    def read(self) -> tuple[list[Part], list[Numbered]]:
        with_articles = {self._part_of(head) for head in self._heads if head.role is Role.ARTICLE}
        given = 0
        self._open(self._parts[0], 0 in with_articles)
        for head in self._heads:
            while given < self._part_of(head):
                given += 1
                self._open(self._parts[given], given in with_articles)
            if self._out[-1].sort not in _WITHOUT_NUMBERS:
                self._read(head)
        while given + 1 < len(self._parts):
            given += 1
            self._open(self._parts[given], False)
        return self._out, self._found

    def _part_of(self, head: Head) -> int:
        return bisect_right(self._starts, head.start) - 1

    def _open(self, part: Part, has_articles: bool) -> None:
        if part.sort is not PartSort.SCHEDULE:
            self._waiting = None
        elif self._waiting is None:
            self._waiting = _Waiting(self._numbering, self._numbered_part, len(self._out))
        self._out.append(part)
        if part.restarts:
            self._numbering = _Numbering(has_articles=has_articles)
            self._numbered_part = len(self._out) - 1

    def _read(self, head: Head) -> None:
        self._close_listed(head)
        depth = self._depth(head)
        if depth is None and self._starts_over(head):
            depth = self._depth(head)
        if depth is not None:
            self._found.append(Numbered(head=head, depth=depth, part=self._numbered_part))

    def _close_listed(self, head: Head) -> None:
        """Drop the waiting schedules if the head continues the numbering from before them: a list only names them."""
        waiting, self._waiting = self._waiting, None
        if waiting is None or _is_first(head) or not self._found or not waiting.numbering.top:
            return
        inner = self._numbering
        self._numbering = deepcopy(waiting.numbering)
        if self._depth(head) is None:
            self._numbering = inner
            return
        self._numbering, self._numbered_part = waiting.numbering, waiting.numbered_part
        del self._out[waiting.first_part :]

    def _starts_over(self, head: Head) -> bool:
        """Start a new numbering if a first number begins a document or part, and return whether it does."""
        if not _is_first(head) or not self._found or self._found[-1].part != self._numbered_part:
            return False
        here = len(self._out) - 1
        if not self._out[here].restarts and self._numbered_part != here:
            self._numbered_part = here
            self._numbering = _Numbering()
            return True
        title = self._title_above(head)
        if title is None and not self._is_sure_start(head):
            return False
        start = title.content if title else head.start
        name = " ".join(without_markup(title.text).split()) if title else ""
        body = title.end if title else head.start
        self._out.append(Part(PartSort.DOCUMENT, name=name, title="", start=start, body=body))
        self._numbered_part = len(self._out) - 1
        self._numbering = _Numbering(has_articles=head.role is Role.ARTICLE)
        return True

    def _is_sure_start(self, head: Head) -> bool:
        """Return whether a first number cannot be a list item: an article with a title, or a number followed by 1.1.

        In both cases, the numbering before it must have reached at least 2.
        """
        if head.role is Role.ARTICLE:
            return bool(head.title) and self._numbering.articles[0] > 1
        at = bisect_right(self._starts_of_heads, head.start)
        following = self._heads[at] if at < len(self._heads) else None
        is_article = following is not None and following.role is Role.ARTICLE
        has_first_below = following is not None and not is_article and following.numbers == (1, 1)
        return len(head.numbers) == 1 and has_first_below and self._numbering.top > 1

    def _title_above(self, head: Head) -> Line | None:
        """Return the nearest line above that names a document.

        Return None if that line is far away, or not below the last provision's number and the start of the last part.
        """
        at = bisect_left(self._titles, head.line) - 1
        if at < 0:
            return None
        line = self._lines[self._titles[at]]
        floor = max(self._found[-1].head.start if self._found else 0, self._out[-1].start)
        return line if line.start > floor and head.start - line.start <= _TITLE_REACH else None

    @cached_property
    def _titles(self) -> list[int]:
        """The indexes of lines that name a document: after a blank line, and before a blank line or a head."""
        pattern = self._rules.document_title
        heads = {head.line for head in self._heads}
        return [
            index
            for index, line in enumerate(self._lines)
            if pattern is not None
            and 0 < len(line.text) <= _MAX_TITLE_CHARS + _MAX_INDENT
            and is_blank(self._lines, index - 1)
            and (is_blank(self._lines, index + 1) or index + 1 in heads)
            and len(content := without_markup(line.text)) <= _MAX_TITLE_CHARS
            and pattern.fullmatch(content)
        ]

    def _depth(self, head: Head) -> int | None:
        """Return the depth of a head that continues the numbering, and update the numbering; otherwise return None."""
        match head.role:
            case Role.CONTAINER:
                return head.rank - 4
            case Role.ARTICLE:
                return self._article(head)
            case Role.SECTION:
                return self._section(head)
            case Role.SIGN:
                self._numbering.list_item = 0
                return 1
        if head.noun == self._rules.paragraph and self._rules.paragraph:
            return self._bracket(head)
        if len(head.numbers) == 2 and head.numbers[1] == 0 and self._rules.decimals:
            return self._round(head.numbers[0])
        if len(head.numbers) > 1:
            return self._nested(head.numbers) if self._rules.decimals else None
        return self._integer(head)

    def _article(self, head: Head) -> int | None:
        numbering = self._numbering
        number, branch = head.numbers
        last = numbering.articles
        follows_branch = number == last[0] and branch > last[1]
        is_sure = bool(head.title)
        follows = not last[0] or last[0] < number <= last[0] + 1 + MAX_GAP or (is_sure and number > last[0])
        if not (follows or follows_branch):
            return None
        numbering.articles = (number, branch)
        numbering.has_articles = True
        numbering.top = number
        numbering.list_item = 0
        return 1

    def _section(self, head: Head) -> int | None:
        numbering = self._numbering
        if len(head.numbers) == 1 and not numbering.has_articles:
            if not numbering.allows(head.numbers[0]):
                return None
            numbering.top, numbering.list_item = head.numbers[0], 0
            return 1
        if len(head.numbers) == 1:
            last = numbering.below.get((), 0)
            if last and not last < head.numbers[0] <= last + 1 + MAX_GAP and head.numbers[0] != 1:
                return None
            numbering.below[()] = head.numbers[0]
            return 2
        return self._nested(head.numbers)

    def _nested(self, numbers: tuple[int, ...]) -> int | None:
        """Return the depth of a dotted number that continues the numbering, such as 4.2 after 4.1, or None."""
        numbering = self._numbering
        parent, last = numbers[:-1], numbers[-1]
        previous = numbering.below.get(parent, 0 if numbering.top else last - 1)
        if not previous < last <= previous + 1 + MAX_GAP:
            return None
        if numbers[0] != numbering.top:
            if not numbering.allows(numbers[0]) or (numbering.top and last != 1):
                return None
            numbering.top = numbers[0]
        if len(numbers) > 2 and numbering.below.get(parent[:-1]) != parent[-1]:
            return None
        numbering.below[parent] = last
        numbering.list_item = 0
        return len(numbers)

    def _round(self, number: int) -> int | None:
        """Return the depth of a number such as `3.0`, whose provision contains 3.1, or None."""
        numbering = self._numbering
        if numbering.has_articles or not numbering.allows(number):
            return None
        numbering.top, numbering.list_item = number, 0
        return 1

    def _integer(self, head: Head) -> int | None:
        numbering = self._numbering
        number = head.numbers[0]
        line = self._lines[head.line]
        indent = head.start - line.start
        in_list = numbering.list_item and number == numbering.list_item + 1
        if in_list and number == numbering.top + 1 and indent == numbering.top_indent != numbering.list_indent:
            in_list = False
        rest = line.text.rstrip()
        is_next = number == numbering.top + 1 or (not numbering.top and not rest.endswith((".", ";", ",")))
        if in_list or not is_next or numbering.has_articles or numbering.bracket:
            numbering.list_item, numbering.list_indent = number, indent
            return None
        numbering.top, numbering.list_item, numbering.top_indent = number, 0, indent
        return 1

    def _bracket(self, head: Head) -> int | None:
        if head.numbers[0] != self._numbering.bracket + 1:
            return None
        self._numbering.bracket = head.numbers[0]
        return 1


def _is_first(head: Head) -> bool:
    """Return whether a head has the first number of its kind, such as `Article 1` or `1.1`.

    False for containers and for sections of a code (§), which do not start a numbering.
    """
    if head.role is Role.CONTAINER or head.role is Role.SIGN:
        return False
    if head.role is Role.ARTICLE:
        return head.numbers == (1, 0)
    return all(number == 1 for number in head.numbers)
