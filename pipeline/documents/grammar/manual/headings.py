"""Headings of a manual as nodes: marked, underlined, numbered, lettered, bulleted, and those that are only short lines.

In: text and the marks of its reader. Out: HEADING nodes, each with everything below it. Marks are read first; where
they hold headings, the text is not looked at. Else every line is judged with the lines around it, and then each family
of candidates as a whole: numbered lines are headings where text stands between them, and a list where none does. Short
lines count as headings only in a document that has no other. Linear.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cache
from itertools import pairwise

from pipeline.documents.grammar.headings.reading import ATX, FRONT_MATTER, UNDERLINE, marked_title
from pipeline.documents.grammar.manual.furniture import furniture_lines
from pipeline.documents.grammar.note_words import note_word
from pipeline.documents.grammar.text_lines import TextLine, read_lines
from pipeline.documents.marks import Mark, MarkKind
from pipeline.languages import any_of, letters_of
from pipeline.languages.heading_rules import has_predicate
from pipeline.nodes import ROOT, Node, NodeKind

MAX_HEADINGS = 200_000
_MAX_TITLE_CHARS = 120
_MAX_OPEN = 50
"""Columns of a bulleted heading whose text is indented right below it."""
_MAX_LINE_CHARS = 200
_UNDERLINES = tuple("=-~^\"'*+.#:`")
_ASCIIDOC = re.compile(r"(?P<marks>={1,6}) (?P<title>\S.*)$")
_ORG = re.compile(r"(?P<marks>\*{1,6}) (?P<title>\S.*)$")
_DOTTED = re.compile(r"(?P<number>(?:\d{1,3}|[A-Z])(?:\.\d{1,3}){1,4})\.?(?=[ \t]+\S)")
_NUMBERED = re.compile(r"(?P<number>\d{1,2})\.(?=[ \t]+\S)")
_BRACKET_NUMBERED = re.compile(r"\(?(?P<number>\d{1,2})\)(?=[ \t]+\S)")
_ROMAN = re.compile(r"(?P<number>[ⅠⅡⅢⅣⅤⅥⅦⅧⅨⅩ]|[IVX]{1,5}(?=\.))[.\s](?=[ \t]*\S)")
_CIRCLED = re.compile(r"(?P<number>[①-⑳])(?=[ \t]*\S)")
_BULLETS = "■◆▣▶◈□◇◎●※"
_BULLETED = re.compile(rf"[{_BULLETS.replace('※', '').replace('●', '')}●][ \t]*(?=\S)")
_BRACKETED = re.compile(r"(?:\[[^\[\]]{2,40}\]|【[^【】]{2,40}】|<[^<>/]{2,40}>|《[^《》]{2,40}》)$")
_BLOCK = re.compile(r"\[\w+\]$")
_MAN_TITLE = re.compile(r"\S+\(\d\w{0,3}\)[ \t]{2,}.*\S+\(\d\w{0,3}\)$")
_TOC_LEADER = re.compile(r"\.{3,}|…|\s{3,}\d{1,4}$|(?:\s\.){3,}")
_INLINE = re.compile(r"\[([^\[\]]*)\]\([^()]*\)|\{#[^{}]*\}|<[^<>]{1,80}>|`|\*\*|¶")
_LIST_MARK = re.compile(r"[-*+•·‣◦○☆][ \t]|\(?\d{1,3}[.)][ \t]|[①-⑳]|[>|]")
_NO_CAPTION = re.compile(r"[@=<>_|\\{}\t]|://|[:：][ \t]|[ ]{2,}\S")
_MAX_WORDS_OVER_LIST = 6
_MIN_FAMILY_SHARE = 0.6
_MIN_LED_BELOW_TITLE = 0.9
_COUNTED = frozenset({"numbered", "parenthesis", "lettered", "circled", "roman"})
_MIN_CAPTIONS = 2


@dataclass(frozen=True, slots=True)
class _Candidate:
    """A line that may be a heading."""

    line: int
    last_line: int
    rank: int
    """Smaller is higher."""
    family: str
    """Candidates of one family stand or fall together; empty for those that are certain."""
    number: str
    title: str


_MARKED, _CHAPTER, _ROMANS, _BULLET, _NUMBER, _DOTS, _PAREN, _LETTER, _CIRCLE, _CAPTION = range(0, 100, 10)


def read_headings(
    text: str,
    *,
    marks: Sequence[Mark] = (),
    lines: Sequence[TextLine] | None = None,
    furniture: frozenset[int] | None = None,
) -> list[Node]:
    """Headings in order, nested; an empty list for a text without any.

    A node spans its heading and everything below it, up to the next heading of its level or above. `body` is the end of
    the heading's line or lines, `label` its number as written without a full stop, `value` the whole title as written.

    Args:
        text: of the document.
        marks: of its reader.
        lines: of the text, if they are read already.
        furniture: see `furniture_lines`, the same.
    """
    marked = [
        (mark.start, mark.end, mark.level, heading_number(title), title)
        for mark in marks
        if mark.kind is MarkKind.HEADING and (title := marked_title(text, mark))
    ]
    if marked:
        return _nested(text, marked[:MAX_HEADINGS])
    lines = read_lines(text, marks=marks) if lines is None else lines
    chosen = _chosen(text, lines, furniture_lines(lines) if furniture is None else furniture)[:MAX_HEADINGS]
    return _nested(
        text,
        [
            (lines[item.line].content_start, lines[item.last_line].end, item.rank, item.number, item.title)
            for item in chosen
        ],
    )


def heading_number(title: str) -> str:
    """The number that a title begins with, without its full stop: `3.6`, `Chapter 3`, `가`; empty where it has none."""
    for pattern in (_chapter(), _DOTTED, _NUMBERED, _BRACKET_NUMBERED, _ROMAN, _CIRCLED, _lettered()):
        if match := pattern.match(title):
            return (match.groupdict().get("number") or match.group()).strip(" .:")
    return ""


def _nested(text: str, headings: Sequence[tuple[int, int, int, str, str]]) -> list[Node]:
    """Ranks into levels: a heading is one below the nearest earlier heading that stands higher."""
    open_nodes: list[tuple[int, int]] = []
    nodes: list[Node] = []

    def close(rank: int, end: int) -> None:
        while open_nodes and open_nodes[-1][0] >= rank:
            index = open_nodes.pop()[1]
            nodes[index] = replace(nodes[index], end=end)

    for start, body, rank, number, title in headings:
        close(rank, start)
        parent = open_nodes[-1][1] if open_nodes else ROOT
        open_nodes.append((rank, len(nodes)))
        nodes.append(
            Node(
                kind=NodeKind.HEADING,
                start=start,
                end=len(text),
                body=body,
                parent=parent,
                level=len(open_nodes),
                label=number,
                value=title[:_MAX_TITLE_CHARS],
            )
        )
    close(-1, len(text))
    return nodes


def _chosen(text: str, lines: Sequence[TextLine], furniture: frozenset[int]) -> list[_Candidate]:
    candidates = _candidates(text, lines, furniture)
    if _hashes_are_code(candidates, lines):
        candidates = [item for item in candidates if not lines[item.line].text.startswith("#")]
    kept = _without_contents(_without_lists(candidates, lines), lines)
    certain = sum(1 for item in kept if item.family != "caption")
    if certain > 1 or not _captions_lead(kept, lines):
        # A title may stand above other headings as a short line; in their midst a short line says nothing.
        kept = [item for item in kept if item.family != "caption"]
    return kept


def _captions_lead(kept: Sequence[_Candidate], lines: Sequence[TextLine]) -> bool:
    """Whether most short lines have text of their own below them, so that they are no text themselves."""
    captions = [index for index, item in enumerate(kept) if item.family == "caption"]
    led = 0
    for index in captions:
        stop = kept[index + 1].line if index + 1 < len(kept) else len(lines)
        led += any(line.content for line in lines[kept[index].last_line + 1 : min(stop, kept[index].last_line + 5)])
    return len(captions) >= _MIN_CAPTIONS and led >= _MIN_FAMILY_SHARE * len(captions)


def _candidates(text: str, lines: Sequence[TextLine], furniture: frozenset[int]) -> list[_Candidate]:
    skip_until = front.end() if (front := FRONT_MATTER.match(text)) else 0
    is_org = any(line.content.startswith(("#+", "** ")) for line in lines)
    is_man = _is_man_page(lines)
    ranks: dict[str, int] = {}
    following = _following(lines)
    found: list[_Candidate] = []
    taken = -1
    for index, line in enumerate(lines):
        if index <= taken or line.is_code or not line.content or line.start < skip_until or index in furniture:
            continue
        if (marked := _marked(line, index, is_org=is_org)) or (marked := _underlined(lines, index, ranks)):
            found.append(marked)
            taken = marked.last_line
            continue
        if is_man:
            if heading := _man_heading(lines, index):
                found.append(heading)
            continue
        if len(line.content) > _MAX_LINE_CHARS:
            continue
        around = _Around(lines, index, following[index])
        if not around.after_blank:
            continue
        heading = next((heading for reader in _READERS if (heading := reader(around)) is not None), None)
        if heading is not None:
            found.append(heading)
            taken = heading.last_line
    return found


def _following(lines: Sequence[TextLine]) -> list[int]:
    """For each line the number of the next one that is not blank; the number of lines if there is none."""
    following = [len(lines)] * len(lines)
    seen = len(lines)
    for index in range(len(lines) - 1, -1, -1):
        following[index] = seen
        if lines[index].content:
            seen = index
    return following


@dataclass(frozen=True, slots=True)
class _Around:
    """A line and what stands around it."""

    lines: Sequence[TextLine]
    index: int
    following: int

    @property
    def line(self) -> TextLine:
        return self.lines[self.index]

    @property
    def after_blank(self) -> bool:
        return self.index == 0 or not self.lines[self.index - 1].content or self.lines[self.index - 1].is_code

    @property
    def before_blank(self) -> bool:
        return self.index + 1 >= len(self.lines) or not self.lines[self.index + 1].content

    @property
    def next_line(self) -> TextLine | None:
        return self.lines[self.following] if self.following < len(self.lines) else None

    def candidate(self, rank: int, family: str, number: str, last_line: int | None = None) -> _Candidate:
        last = self.index if last_line is None else last_line
        title = " ".join(" ".join(line.content for line in self.lines[self.index : last + 1]).split())
        return _Candidate(self.index, last, rank, family, number.strip(" .:"), _plain(title))


def _marked(line: TextLine, index: int, *, is_org: bool) -> _Candidate | None:
    if line.text[:1] not in ("#", "=", "*"):
        return None
    match = ATX.match(line.text) or _ASCIIDOC.match(line.text) or (_ORG.match(line.text) if is_org else None)
    if match is None or not any(char.isalnum() for char in match["title"]):
        return None
    if len(line.content) > 2 * _MAX_LINE_CHARS:
        return None
    title = _plain(match["title"])
    return _Candidate(index, index, _MARKED + len(match["marks"]), "", heading_number(title), title)


def _underlined(lines: Sequence[TextLine], index: int, ranks: dict[str, int]) -> _Candidate | None:
    """A title over a line of one repeated character, or between two of them; ranks by order of appearance."""
    over = _underline(lines[index].content)
    title_at = index + 1 if over else index
    if title_at + 1 >= len(lines) or (index and lines[index - 1].content and not lines[index - 1].is_code):
        return None
    title, below = lines[title_at], lines[title_at + 1]
    match = _underline(below.content)
    content = title.content
    if match is None or title.is_code or below.is_code or not any(char.isalnum() for char in content):
        return None
    if len(content) > 100 or content[0] in "|+" or _BLOCK.match(content) or (not over and title.indent > 0):
        return None
    if over and over.group(1) != match.group(1):
        return None
    width = len(content) + sum(1 for char in content if char > "\u1100")
    if not over and (not 0.4 * len(content) <= len(below.content) <= 2 * width + 12 or _ends_open(content)):
        return None
    key = ("+" if over else "") + match.group(1)
    rank = ranks.setdefault(key, len(ranks) + 1)
    plain = _plain(content)
    return _Candidate(index, title_at + 1, _MARKED + min(rank, 6), "", heading_number(plain), plain)


def _underline(content: str) -> re.Match[str] | None:
    return UNDERLINE.match(content) if content[:1] in _UNDERLINES and len(content) <= _MAX_LINE_CHARS else None


def _is_man_page(lines: Sequence[TextLine]) -> bool:
    """Whether the text is a manual page as a terminal shows it: `NAME` at the margin, its text indented."""
    texts = [line for line in lines[:60] if line.content]
    if texts and _MAN_TITLE.match(texts[0].content[:_MAX_LINE_CHARS]):
        return True
    return any(line.content == "NAME" and line.indent == 0 and below.indent >= 3 for line, below in pairwise(texts))


def _man_heading(lines: Sequence[TextLine], index: int) -> _Candidate | None:
    line = lines[index]
    below = next((later for later in lines[index + 1 : index + 4] if later.content), None)
    if below is None or line.indent > 3 or below.indent <= line.indent or len(line.content) > 70:
        return None
    if _MAN_TITLE.match(line.content) or (line.indent and (index == 0 or lines[index - 1].content)):
        return None
    if line.indent and (line.content[0] in "-•*" or line.content.endswith((".", ",", ";", ":"))):
        return None
    return _Candidate(index, index, _MARKED + 1 + (line.indent > 0), "", "", _plain(line.content))


def _chapter_line(around: _Around) -> _Candidate | None:
    match = _chapter().match(around.line.content)
    rest = around.line.content[match.end() :] if match else ""
    if match is None or not (rest.strip() == "" or _is_title(rest)):
        return None
    return around.candidate(_CHAPTER, "chapter", match.group())


def _dotted_line(around: _Around) -> _Candidate | None:
    match = _DOTTED.match(around.line.content)
    if match is None:
        return None
    last = around.index
    rest = around.line.content[match.end() :]
    if not around.before_blank:
        # A long title may go on in the next line, which a blank line ends.
        below = around.lines[around.index + 1]
        ends = around.index + 2 >= len(around.lines) or not around.lines[around.index + 2].content
        if not (ends and below.indent > around.line.indent and len(around.line.content) >= 50):
            return None
        last, rest = around.index + 1, f"{rest} {below.content}"
    if not _is_title(rest):
        return None
    return around.candidate(_DOTS + match["number"].count("."), "dotted", match["number"], last)


def _counted_line(pattern: re.Pattern[str], rank: int, family: str) -> Callable[[_Around], _Candidate | None]:
    def read(around: _Around) -> _Candidate | None:
        match = pattern.match(around.line.content)
        if match is None or around.line.indent > 3:
            return None
        if not _is_title(around.line.content[match.end() :]) or not _leads(around):
            return None
        return around.candidate(rank, family, match["number"])

    return read


def _lettered_line(around: _Around) -> _Candidate | None:
    return _counted_line(_lettered(), _LETTER, "lettered")(around)


def _leads(around: _Around) -> bool:
    """Whether text of its own begins below a line: after a blank, or at once where it is longer than the line."""
    below = around.next_line
    if below is None or below.is_code:
        return below is not None
    if around.before_blank:
        return True
    return len(around.line.content) <= 60 and len(below.content) > 40 and _LIST_MARK.match(below.content) is None


def _bulleted_line(around: _Around) -> _Candidate | None:
    match = _BULLETED.match(around.line.content)
    if match is None or not _is_title(around.line.content[match.end() :]):
        return None
    below = around.next_line
    if below is None or (below.content[0] == around.line.content[0] and not around.before_blank):
        return None
    wide = sum(1 for char in around.line.content if char > "\u1100")
    if not around.before_blank and below.indent > around.line.indent and len(around.line.content) + wide > _MAX_OPEN:
        return None  # An item that goes on in the next line.
    candidate = around.candidate(_BULLET, f"bullet{around.line.content[0]}", "")
    return replace(candidate, title=_plain(around.line.content[match.end() :]))


def _bracketed_line(around: _Around) -> _Candidate | None:
    content = around.line.content
    if _BRACKETED.match(content) is None or around.next_line is None:
        return None
    inner = content[1:-1].strip()
    if note_word().fullmatch(inner) or not _is_title(inner) or "/" in inner or "=" in inner:
        return None
    return replace(around.candidate(_CAPTION, "bracketed", ""), title=inner)


def _capitals_line(around: _Around) -> _Candidate | None:
    content = around.line.content
    if not content.isupper() or not around.before_blank or len(content) > 90:
        return None
    letters = [char for char in content if char.isalpha()]
    if len(letters) < 4 or not all(char.isupper() for char in letters):
        return None
    if _ends_open(content) or content[0] in "[(-*|<" or ":" in content:
        return None
    below = around.next_line
    if below is not None and below.indent > around.line.indent and any(map(str.isdigit, content)):
        return None  # The name of a thing over what it is.
    if re.search(r"[=×+<>_/\\{}]", content) or note_word().fullmatch(content) or around.line.indent > 3:
        return None
    return around.candidate(_CHAPTER, "capitals", "")


def _caption_line(around: _Around) -> _Candidate | None:
    """A short line alone above its text."""
    line, below = around.line, around.next_line
    if below is None or line.indent > 3 or len(line.content) > 60:
        return None
    if below.indent > line.indent + 1 or len(line.content.split()) > 9 or not _is_title(line.content):
        return None
    if _LIST_MARK.match(line.content) or _NO_CAPTION.search(line.content) or note_word().fullmatch(line.content):
        return None
    first = line.content[0]
    if not (first.isupper() or first.isdigit() or not first.isascii()) or not any(map(str.isalpha, line.content)):
        return None
    if not around.before_blank:
        # The first line of a wrapped paragraph is as long as the others, and a list needs no blank line above it.
        is_list = _LIST_MARK.match(below.content) is not None and len(line.content.split()) <= _MAX_WORDS_OVER_LIST
        is_short = len(below.content) >= max(40, len(line.content) + 12)
        starts = below.content[0].isupper() or not below.content[0].isascii()
        if not is_list and not (is_short and starts and not _LIST_MARK.match(below.content)):
            return None
    return around.candidate(_CAPTION, "caption", "")


# Of lines below a blank one; others are asked about nothing.
_READERS: tuple[Callable[[_Around], _Candidate | None], ...] = (
    _chapter_line,
    _dotted_line,
    _counted_line(_ROMAN, _ROMANS, "roman"),
    _counted_line(_NUMBERED, _NUMBER, "numbered"),
    _counted_line(_BRACKET_NUMBERED, _PAREN, "parenthesis"),
    _lettered_line,
    _counted_line(_CIRCLED, _CIRCLE, "circled"),
    _bulleted_line,
    _bracketed_line,
    _capitals_line,
    _caption_line,
)


def _hashes_are_code(candidates: Sequence[_Candidate], lines: Sequence[TextLine]) -> bool:
    """Whether lines that begin with `# ` are comments or prompts of a shell: one level, and no room around them."""
    marked = [item for item in candidates if lines[item.line].text.startswith("#")]
    deeper = sum(1 for item in marked if lines[item.line].text.startswith("##"))
    if len(marked) < 2 or deeper * 5 > len(marked):
        return False
    crowded = sum(1 for item in marked if item.line and lines[item.line - 1].content)
    dotted = sum(1 for item in candidates if item.family == "dotted")
    return crowded * 2 >= len(marked) or dotted >= len(marked) // 4 + 3


def _without_lists(candidates: Sequence[_Candidate], lines: Sequence[TextLine]) -> list[_Candidate]:
    """Drop families whose lines are items of lists: most have no text of their own below them.

    A document that marks its headings has no others, but for `4.1` where `3.2` is marked; where only its title is
    marked, the others must all have text.
    """
    counts: Counter[str] = Counter()
    led: Counter[str] = Counter()
    next_start = [*(item.line for item in candidates[1:]), len(lines)][: len(candidates)]
    for item, stop in zip(candidates, next_start, strict=True):
        below = next((line for line in lines[item.last_line + 1 : min(stop, item.last_line + 4)] if line.content), None)
        counts[item.family] += 1
        led[item.family] += below is not None and not below.content.startswith(":")
    num_marked = counts[""]
    counts_marked = any("." in heading_number(item.title) for item in candidates if not item.family)
    kept = []
    for item in candidates:
        share = led[item.family] / counts[item.family]
        if not item.family or item.family == "caption":
            is_heading = True
        elif num_marked:
            is_heading = num_marked == 1 and counts[item.family] > 1 and share >= _MIN_LED_BELOW_TITLE
            is_heading |= counts_marked and item.family == "dotted" and share >= _MIN_FAMILY_SHARE
        elif item.family in _COUNTED:
            is_heading = counts[item.family] > 1 and share >= _MIN_FAMILY_SHARE
        else:
            is_heading = True
        if is_heading:
            kept.append(item)
    return kept


def _without_contents(candidates: Sequence[_Candidate], lines: Sequence[TextLine]) -> list[_Candidate]:
    """Drop entries of a list of contents: they stand without text, and the same title comes again."""
    times = Counter(item.title.casefold() for item in candidates)
    kept = []
    for index, item in enumerate(candidates):
        stop = candidates[index + 1].line if index + 1 < len(candidates) else len(lines)
        is_bare = not any(line.content for line in lines[item.last_line + 1 : min(stop, item.last_line + 6)])
        if item.family and is_bare and times[item.title.casefold()] > 1:
            times[item.title.casefold()] -= 1
            continue
        kept.append(item)
    return kept


def _is_title(rest: str) -> bool:
    title = rest.strip(" \t.:—–-")
    if not title or len(title) > 90 or len(title.split()) > 14 or _TOC_LEADER.search(rest):
        return False
    if not (title[0].isupper() or title[0].isdigit() or not title[0].isascii() or title[0] in "\"'(`*/.$"):
        return False
    return not _ends_open(rest) and not has_predicate(title.rstrip("?"))


def _ends_open(text: str) -> bool:
    """Whether a line ends as prose does; a question may be a heading."""
    return text.rstrip("\"'”’」』)]*` ").endswith((".", "!", ":", ";", ",", "。", "…", "-", "·"))


def _plain(title: str) -> str:
    """A title without its inline marks, anchors and tags."""
    return " ".join(_INLINE.sub(lambda match: match.group(1) or "", title[: 2 * _MAX_LINE_CHARS]).split())


@cache
def _chapter() -> re.Pattern[str]:
    return re.compile(any_of(lambda rules: rules.manual.chapter_number))


@cache
def _lettered() -> re.Pattern[str]:
    letters = letters_of(lambda rules: rules.headings.letters)
    return re.compile(rf"(?P<number>[{letters}])[.)](?=[ \t]+\S)")
