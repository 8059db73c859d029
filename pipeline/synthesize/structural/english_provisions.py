"""Numbered provisions of English legal texts: articles, sections, clauses, §§, numbered paragraphs, and their parts.

Comes in: text such as `ARTICLE 4. SECURITY DEPOSIT`, `4.1 Tenant shall …`, `Section 7.2 Hours`, `§ 1002.3 Title.`,
`1. Definitions`, `[12] I find …`; goes out: an `Outline`. A number counts only where it continues the numbering, so a
wrapped line that begins with a reference is no provision. One pass over the lines.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from pipeline.synthesize.structural.layout import Line, is_blank, split_lines
from pipeline.synthesize.structural.provisions import (
    Mark,
    Outline,
    Part,
    PartKind,
    assemble,
    drop_contents_entries,
    pretty_title,
)

_ARTICLE = re.compile(r"(?:ARTICLE|Article)[ \t]+(?P<num>\d{1,3}|[IVXL]{1,7})\b(?P<rest>.*)$")
_SECTION = re.compile(r"(?:SECTION|Section|Sec\.)[ \t]+(?P<num>\d{1,4}(?:\.\d{1,3}){0,2})(?![\d.]\d)(?P<rest>.*)$")
_SIGN = re.compile(r"§[ \t]*(?P<num>\d{1,5}(?:\.\d{1,4}){0,2}[a-z]?)(?P<rest>[ \t].*)$")
_DECIMAL = re.compile(r"(?P<num>\d{1,3}(?:\.\d{1,3}){1,3})\.?(?P<rest>[ \t]+\S.*)$")
_INTEGER = re.compile(r"(?P<num>\d{1,3})\.(?P<rest>[ \t]+\S.*)$")
_BRACKET = re.compile(r"\[(?P<num>\d{1,3})\](?P<rest>[ \t]+\S.*)$")

_SCHEDULE = re.compile(
    r"(?P<name>(?:SCHEDULE|ANNEX|APPENDIX|EXHIBIT|ADDENDUM|ATTACHMENT|SUPPLEMENT|Schedule|Annex|Appendix|Exhibit|Addendum|Attachment|Supplement)"
    r"[ \t]+(?:No\.[ \t]*)?(?:[A-Z]|\d{1,2}|[IVX]{1,5}))(?P<rest>\b.*)$"
)
_AMENDMENT = re.compile(
    r"(?:THE |The )?(?:[A-Z][A-Za-z]+ )?(?:AMENDMENT|Amendment|SIDE LETTER|Side Letter)"
    r"(?:[ \t]+(?:NO\.|No\.|TO\b|to\b|AGREEMENT\b).{0,60})?$"
)
_CAPITALS = re.compile(r"[A-Z][A-Z '’&,-]{2,60}$")
_SEPARATOR = re.compile(r"^[ \t.:–—-]+")
_MARKUP = re.compile(r"^[ \t]*(?:#{1,6}[ \t]+|\*\*)?")
_INLINE_TITLE = re.compile(r"(?P<title>[A-Z][^.:;!?\n]{1,70})\.(?=\s+[A-Z(\"“]|\s*$)")
_VERB = re.compile(r"\b(?:shall|may|must|is|are|was|were|will|has|have|means|does|do|not|applies|agrees?)\b")
_ROMAN = {"I": 1, "V": 5, "X": 10, "L": 50}
_MAX_TITLE_CHARS = 90
_MAX_GAP = 3
"""Numbers that may be missing between two provisions: deleted ones are often left out of a consolidated text."""


@dataclass(slots=True)
class _Numbering:
    """Where the numbering of one part stands."""

    top: int = 0
    has_articles: bool = False
    below: dict[tuple[int, ...], int] = field(default_factory=dict)
    list_item: int = 0
    """Last item of a plain list that is not a provision."""
    bracket: int = 0

    def allows(self, number: int) -> bool:
        """Whether an outermost number may come next; any may come first, as in a later part of a long document."""
        return not self.top or self.top < number <= self.top + 1 + _MAX_GAP


def english_outline(text: str) -> Outline:
    """Parts and provisions of an English legal text; empty where it has no numbering."""
    lines = split_lines(text)
    parts = [Part(kind=PartKind.MAIN, title="", start=0)]
    marks: list[Mark] = []
    numbering = _Numbering()
    capitals: Line | None = None
    for index, line in enumerate(lines):
        stripped = _MARKUP.sub("", line.text)
        if not stripped or not line.text.strip():
            continue
        part = _part_header(lines, index, stripped)
        restarts = part is None and capitals is not None and _restarts(stripped, numbering)
        if restarts and capitals is not None:
            part = Part(kind=PartKind.SCHEDULE, title=pretty_title(capitals.text), start=capitals.start)
        if part is not None:
            parts.append(part)
            numbering = _Numbering()
        if part is None or restarts:
            mark = _mark_at(lines, index, numbering, part=len(parts) - 1, kind=parts[-1].kind)
            if mark is not None:
                marks.append(mark)
        if _CAPITALS.match(stripped) and is_blank(lines, index - 1) and is_blank(lines, index + 1):
            capitals = line
        elif not restarts and capitals is not None and line.start - capitals.end > _HEADING_REACH:
            capitals = None
    kept = _main_part_before_schedules(parts, drop_contents_entries(text=text, marks=marks))
    return assemble(text=text, parts=parts, marks=kept, labels=_labels(text, parts, kept), boundaries=())


_HEADING_REACH = 400
"""Characters between a heading in capitals and the numbering that restarts under it."""


def _part_header(lines: Sequence[Line], index: int, stripped: str) -> Part | None:
    if not is_blank(lines, index - 1) or len(stripped) > 2 * _MAX_TITLE_CHARS:
        return None
    line = stripped.strip().rstrip("*").strip()
    if _AMENDMENT.match(line):
        return Part(kind=PartKind.AMENDMENT, title=pretty_title(line), start=lines[index].start)
    schedule = _SCHEDULE.match(line)
    if schedule is None:
        return None
    rest = _SEPARATOR.sub("", schedule["rest"])
    if rest and not (rest[0].isupper() or rest[0] in '(["“' or rest.startswith("to ")):
        return None
    if rest.endswith((".", ";")) and len(rest) > _MAX_TITLE_CHARS:
        return None
    return Part(kind=PartKind.SCHEDULE, title=pretty_title(schedule["name"]), start=lines[index].start)


def _restarts(stripped: str, numbering: _Numbering) -> bool:
    integer = _INTEGER.match(stripped)
    return integer is not None and integer["num"] == "1" and (numbering.top > 1 or numbering.bracket > 1)


def _mark_at(lines: Sequence[Line], index: int, numbering: _Numbering, *, part: int, kind: PartKind) -> Mark | None:
    line = lines[index]
    offset = len(line.text) - len(_MARKUP.sub("", line.text))
    stripped = line.text[offset:]
    for pattern, accept in _KINDS:
        match = pattern.match(stripped)
        if match is None:
            continue
        found = accept(match, numbering)
        if found is None:
            return None
        depth, noun, key = found
        separator = _SEPARATOR.match(match["rest"])
        rest_start = match.start("rest") + (separator.end() if separator else 0)
        rest = stripped[rest_start:]
        title, body = ("", 0) if noun == "paragraph" else _title(lines, index, rest, always=noun in ("Article", "§"))
        return Mark(
            start=line.start + offset,
            body_start=line.start + offset + rest_start + body,
            depth=depth,
            noun="item" if noun == "Section" and depth == 1 and kind is PartKind.SCHEDULE else noun,
            key=key,
            title=pretty_title(title),
            part=part,
        )
    return None


def _title(lines: Sequence[Line], index: int, rest: str, *, always: bool) -> tuple[str, int]:
    """Heading at the start of `rest` (may be empty), and where the text of the provision begins in it."""
    whole = rest.strip().rstrip("*").strip()
    if not whole:
        return "", len(rest)
    if whole[0].isupper() and len(whole) <= _MAX_TITLE_CHARS * (2 if always else 1):
        ends_open = whole[-1] not in ".;:,"
        alone = is_blank(lines, index + 1) or _DECIMAL.match(_MARKUP.sub("", lines[index + 1].text)) is not None
        if (always and alone) or (ends_open and alone and not _VERB.search(whole)):
            return whole, len(rest)
    inline = _INLINE_TITLE.match(rest)
    if inline and not _VERB.search(inline["title"]) and _is_title_like(inline["title"]):
        return inline["title"], inline.end()
    return "", 0


def _is_title_like(title: str) -> bool:
    words = title.split()
    capitalised = sum(not word[0].islower() for word in words)
    return len(words) <= 4 or capitalised * 2 >= len(words)


def _accept_article(match: re.Match[str], numbering: _Numbering) -> tuple[int, str, str] | None:
    rest = _SEPARATOR.sub("", match["rest"])
    number = _number(match["num"])
    if (rest and rest[0].islower()) or not numbering.allows(number):
        return None
    numbering.top, numbering.has_articles, numbering.list_item = number, True, 0
    return 1, "Article", str(number)


def _accept_section(match: re.Match[str], numbering: _Numbering) -> tuple[int, str, str] | None:
    rest = _SEPARATOR.sub("", match["rest"])
    if rest and not (rest[0].isupper() or rest[0] in '("“'):
        return None
    numbers = tuple(int(piece) for piece in match["num"].split("."))
    if len(numbers) == 1 and not numbering.has_articles:
        if not numbering.allows(numbers[0]):
            return None
        numbering.top, numbering.list_item = numbers[0], 0
        return 1, "Section", match["num"]
    return _nested(numbers, numbering, match["num"])


def _accept_sign(match: re.Match[str], numbering: _Numbering) -> tuple[int, str, str] | None:
    rest = _SEPARATOR.sub("", match["rest"])
    if not rest or not rest[0].isupper():
        return None
    numbering.list_item = 0
    return 1, "§", match["num"]


def _accept_decimal(match: re.Match[str], numbering: _Numbering) -> tuple[int, str, str] | None:
    return _nested(tuple(int(piece) for piece in match["num"].split(".")), numbering, match["num"])


def _accept_integer(match: re.Match[str], numbering: _Numbering) -> tuple[int, str, str] | None:
    number = int(match["num"])
    in_list = numbering.list_item and number == numbering.list_item + 1
    is_next = number == numbering.top + 1 or (
        not numbering.top and not match["rest"].rstrip().endswith((".", ";", ","))
    )
    expected = is_next and not numbering.has_articles and not numbering.bracket
    if in_list or not expected:
        numbering.list_item = number
        return None
    numbering.top, numbering.list_item = number, 0
    return 1, "Section", match["num"]


def _accept_bracket(match: re.Match[str], numbering: _Numbering) -> tuple[int, str, str] | None:
    number = int(match["num"])
    if number != numbering.bracket + 1:
        return None
    numbering.bracket = number
    return 1, "paragraph", match["num"]


def _nested(numbers: tuple[int, ...], numbering: _Numbering, key: str) -> tuple[int, str, str] | None:
    """A number with dots continues its siblings under the current top number."""
    parent, last = numbers[:-1], numbers[-1]
    previous = numbering.below.get(parent, 0 if numbering.top else last - 1)
    if not previous < last <= previous + 1 + _MAX_GAP:
        return None
    if numbers[0] != numbering.top:
        if not numbering.allows(numbers[0]) or (numbering.top and last != 1):
            return None
        numbering.top = numbers[0]
    if len(numbers) > 2 and numbering.below.get(parent[:-1]) != parent[-1]:
        return None
    numbering.below[parent] = last
    numbering.list_item = 0
    return len(numbers), "Section", key


_KINDS = (
    (_ARTICLE, _accept_article),
    (_SECTION, _accept_section),
    (_SIGN, _accept_sign),
    (_DECIMAL, _accept_decimal),
    (_INTEGER, _accept_integer),
    (_BRACKET, _accept_bracket),
)


def _number(numeral: str) -> int:
    if numeral.isdigit():
        return int(numeral)
    values = [_ROMAN[letter] for letter in numeral]
    return sum(-value if value < max(values[at:]) else value for at, value in enumerate(values))


def _main_part_before_schedules(parts: Sequence[Part], marks: Sequence[Mark]) -> tuple[Mark, ...]:
    """Without numbers inside amendments that only quote the provision they replace (`"4.1 Tenant shall …"`)."""
    return tuple(mark for mark in marks if parts[mark.part].kind is not PartKind.AMENDMENT or mark.depth == 1)


def _labels(text: str, parts: Sequence[Part], marks: Sequence[Mark]) -> list[str]:
    """What the document itself calls its provisions, with the part where a number alone would be ambiguous."""
    nouns = Counter(
        match.group(1).lower() for match in re.finditer(r"\b([Ss]ection|[Cc]lause|[Pp]aragraph)s?\s\d", text)
    )
    usual = nouns.most_common(1)[0][0] if nouns else "section"
    main_noun = "Section" if usual == "section" else usual
    elsewhere = {mark.key for mark in marks if mark.part}
    labels = []
    for mark in marks:
        part = parts[mark.part]
        if part.kind is PartKind.MAIN:
            noun = main_noun if mark.noun == "Section" else mark.noun
            number = f"[{mark.key}]" if mark.noun == "paragraph" else mark.key
            label = f"{noun} {number}"
            if mark.depth == 1 and mark.noun == "Section" and mark.key in elsewhere:
                label += " of the main document"
        else:
            noun = "paragraph" if part.kind is PartKind.AMENDMENT else "item"
            article = (
                "the "
                if re.match(r"(?:First|Second|Third|Fourth|Fifth|Order|Amendment (?:to|Agreement))", part.title)
                else ""
            )
            noun = noun if mark.noun in ("Section", "item") else mark.noun
            label = f"{noun} {mark.key} of {article}{part.title}"
        labels.append(label)
    return labels
