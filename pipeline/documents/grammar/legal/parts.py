"""Finds the parts of a legal document, such as schedules, amendments, parts of judgments and entries of digests.

Takes the lines and the rules of the language; returns the `Part`s in order. Each ends where the next begins. Used by
`reading`; `sequence` later adds the parts that are recognised only because the numbers start over. Time grows linearly
with the text.
"""

from __future__ import annotations

import re
from collections.abc import Sequence, Set
from dataclasses import dataclass

from pipeline.documents.grammar.legal.heads import LEADER
from pipeline.documents.grammar.legal.lines import Line, is_blank, without_markup
from pipeline.languages.provision_rules import HeadFamily, PartFamily, PartSort, ProvisionRules
from pipeline.languages.ruling_rules import RulingRules

_MAX_CHARS = 180
_MAX_SQUEEZED_CHARS = 90
_SPACE = re.compile(r"\s+")
_DATED = re.compile(r"\[(?P<name>\d{4}[-./]\d{1,2}[-./]\d{1,2})\][ \t]+(?P<title>\S.*)")
"""The first line of an entry of a digest: `[2019-05-30] Whether a broker may …`."""
_LEAST_ENTRIES = 3
_SEPARATOR = re.compile(r"[ \t.:–—-]+")
_SENTENCE_END = re.compile(r"[.;]$")
_MAX_NAME_BELOW = 3
"""How many lines below the line that begins a part are searched for the part's name."""


@dataclass(frozen=True, slots=True)
class Part:
    """A section of a document, up to the next part, in which the numbers usually start over."""

    sort: PartSort
    name: str
    """The name on one line, without wide spacing between letters; empty for the main part and others without a name."""
    title: str
    start: int
    body: int
    """The end of the lines that introduce the part."""
    restarts: bool = True
    """True if numbers always start over in the part; if False, `sequence` finds out whether they do."""


MAIN = Part(sort=PartSort.MAIN, name="", title="", start=0, body=0)


def find_parts(lines: Sequence[Line], rules: ProvisionRules) -> list[Part]:
    """Return the parts of a document, the main part first."""
    entries = _entries(lines, rules)
    if entries:
        return [MAIN, *entries]
    parts = [MAIN]
    listed: set[int] = set()
    squeezed = [family for family in rules.parts if family.squeezed]
    plain = [family for family in rules.parts if not family.squeezed]
    for index, line in enumerate(lines):
        if not line.text or len(line.text) > _MAX_CHARS:
            continue
        content = without_markup(line.text)
        if not content:
            continue
        part = _opened(lines, index, content, plain, rules.heads)
        if part is None and squeezed:
            part = _opened(lines, index, content, squeezed, rules.heads)
        if part is None:
            continue
        if part.sort is PartSort.SCHEDULE:
            if index <= _MAX_HEADER_REACH and _is_header(lines[:index]):
                continue  # the whole document is this schedule
            if _is_listed(lines, index, listed, rules):
                listed.add(index)
                continue
        parts.append(part)
    return _drop_contents(_drop_lone_judgment(parts))


def _is_header(above: Sequence[Line]) -> bool:
    """Return whether lines only give the title of a document: a few short lines.

    None of them begins with a digit or ends with a full stop, colon, semicolon or comma.
    """
    words = [line.text.strip() for line in above if line.text.strip()]
    return len(words) <= _MAX_HEADER_LINES and not any(
        len(line) > _MAX_HEADER_CHARS or line[0].isdigit() or line.endswith((".", ";", ":", ",")) for line in words
    )


_MAX_HEADER_REACH = 40
_MAX_HEADER_LINES = 4
_MAX_HEADER_CHARS = 60


def _is_listed(lines: Sequence[Line], index: int, listed: Set[int], rules: ProvisionRules) -> bool:
    """Return whether the name of a schedule is an entry of a table of contents.

    It is if the nearest line above that has text is the heading of a table of contents, an entry with a page number, or
    the name of a schedule that was already found to be an entry.
    """
    above = index - 1
    while above >= max(0, index - _LIST_REACH) and (
        is_blank(lines, above) or _NO_TEXT.fullmatch(lines[above].text) is not None
    ):
        above -= 1
    if above < 0:
        return False
    heading = rules.contents is not None and rules.contents.fullmatch(without_markup(lines[above].text)) is not None
    return heading or above in listed or LEADER.search(lines[above].text) is not None


_LIST_REACH = 12
_NO_TEXT = re.compile(r"\s*(?:<[^<>]*>\s*\d{0,3}|\d{1,3}|[ivx]{1,5})\s*")
"""A line that contains only a tag or a page number."""


def _drop_lone_judgment(parts: Sequence[Part]) -> list[Part]:
    """Drop a judgment heading below which numbers need not start over, if it is the only one.

    For example, a contract may have a section called Order.
    """
    words = [part for part in parts if part.sort is PartSort.JUDGMENT and not part.restarts]
    return [part for part in parts if len(words) > 1 or part not in words]


def _opened(
    lines: Sequence[Line], index: int, content: str, families: Sequence[PartFamily], heads: Sequence[HeadFamily]
) -> Part | None:
    """Return the part that begins at a line, or None."""
    for family in families:
        matched = _SPACE.sub("", content) if family.squeezed else content
        if family.squeezed and len(matched) > _MAX_SQUEEZED_CHARS:
            return None
        match = family.pattern.fullmatch(matched)
        if match is None or (family.after_blank and not is_blank(lines, index - 1)):
            continue
        if family.sort is PartSort.AMENDMENT and index == 0:
            continue
        rest = _written(content, matched, *match.span("rest")) if "rest" in match.groupdict() else ""
        rest = _SEPARATOR.sub("", rest, count=1) if _SEPARATOR.match(rest) else rest
        if rest and len(rest) > 60 and _SENTENCE_END.search(rest):
            continue
        line = lines[index]
        name, title, body = _written(content, matched, *match.span("name")).rstrip("*"), rest, line.end
        if family.titled_below:
            name, body = _name_below(lines, index)
            if not name or any(head.pattern.match(name) for head in heads):
                continue
        return Part(sort=family.sort, name=name, title=title, start=line.content, body=body, restarts=family.restarts)
    return None


def _written(content: str, matched: str, start: int, end: int) -> str:
    """Return the text of a span in `matched` as written in `content`, on one line.

    `matched` may lack the white space of `content`. Widely spaced letters at the beginning are joined: 부   칙.
    """
    if content == matched or start < 0:
        return matched[start:end] if start >= 0 else ""
    kept = [at for at, character in enumerate(content) if not character.isspace()]
    words = content[kept[start] : kept[end - 1] + 1].split() if end > start else []
    wide = 0
    while wide < len(words) and len(words[wide]) == 1 and words[wide].isalpha():
        wide += 1
    return " ".join(["".join(words[:wide]), *words[wide:]] if wide > 1 else words)


def _name_below(lines: Sequence[Line], index: int) -> tuple[str, int]:
    """Return the first line with text below a line, and the end of that line; `("", 0)` if there is none nearby."""
    for below in range(index + 1, min(len(lines), index + 1 + _MAX_NAME_BELOW)):
        if not is_blank(lines, below):
            return " ".join(without_markup(lines[below].text).split()), lines[below].end
    return "", 0


def _entries(lines: Sequence[Line], rules: ProvisionRules) -> list[Part]:
    """Return the entries of a digest; empty if there are fewer than three.

    An entry begins with a date in brackets, or with a heading that the rules of the language recognise.
    """
    found = []
    for index, line in enumerate(lines):
        if not line.text or line.text[0] not in "[#" or not is_blank(lines, index - 1):
            continue
        match = _DATED.fullmatch(line.text.rstrip())
        if match is None and rules.entry is not None:
            match = rules.entry.fullmatch(line.text.rstrip())
        if match is not None:
            title = " ".join(match["title"].split())
            name = " ".join(match["name"].split())
            found.append(Part(PartSort.ENTRY, name=name, title=title, start=line.start, body=line.end))
    return found if len(found) >= _LEAST_ENTRIES else []


def single_ruling(text: str, lines: Sequence[Line], rules: RulingRules) -> Part | None:
    """Return the whole document as one ruling, or None.

    A ruling is a short text below a title on one line. In addition, one of these must hold: the title is a question;
    the text has two or three paragraphs and the last one is an order; or the text is a single paragraph, and either
    the title states an issue or the paragraph ends like a reply.
    """
    if rules.issue is None or len(text) > _MAX_RULING_CHARS:
        return None
    blocks = [block.strip() for block in re.split(r"\n[ \t]*\n", text) if _ANY_LETTER.search(block)]
    if not 2 <= len(blocks) <= _MAX_ANSWER_BLOCKS:
        return None
    title, last = blocks[0], blocks[-1]
    if "\n" in title or len(title) > _MAX_TITLE_CHARS or title.endswith((".", ":", ";")):
        return None
    is_asked = title.endswith(("?", "？"))
    ends_in_order = len(blocks) <= _MAX_RULING_BLOCKS and rules.order.fullmatch(last) is not None and len(blocks) > 2
    states = rules.issue.search(title) is not None or (
        rules.answer is not None and rules.answer.search(last) is not None
    )
    if not (is_asked or ends_in_order or (len(blocks) == 2 and states)):
        return None
    line = next(line for line in lines if line.text.strip())
    return Part(PartSort.ENTRY, name="", title=" ".join(title.split()), start=line.start, body=line.end)


_MAX_RULING_CHARS = 8_000
_MAX_RULING_BLOCKS = 4
_MAX_ANSWER_BLOCKS = 12
_ANY_LETTER = re.compile(r"[^\W\d_]")
_MAX_TITLE_CHARS = 300


def _drop_contents(parts: Sequence[Part]) -> list[Part]:
    """Drop schedules in a table of contents: the same name occurs again later, and the next part follows closely."""
    last = {(part.sort, part.name.casefold()): index for index, part in enumerate(parts)}
    kept = []
    for index, part in enumerate(parts):
        follows = parts[index + 1].start - part.body if index + 1 < len(parts) else 0
        is_listed = part.sort is PartSort.SCHEDULE and last[part.sort, part.name.casefold()] > index
        if not (is_listed and follows < _MAX_LISTED_GAP):
            kept.append(part)
    return kept


_MAX_LISTED_GAP = 30
