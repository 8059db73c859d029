"""Turns blocks of a document into answer text, without common indentation, `>` marks or line breaks in wrapped prose.

Takes a text and a span; returns a string. List items, table rows and fenced code keep their line breaks. Links,
emphasis, HTML comments and footnote marks such as `[^1]` are changed or removed only outside code.

In some documents, such as converted Korean text, lines break in the middle of words. The document's whole words then
show which pieces belong together.
"""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from functools import cache, lru_cache
from itertools import groupby, pairwise
from operator import itemgetter

from pipeline.documents.grammar.text_lines import TextLine
from pipeline.languages import any_of, final_syllables, together
from pipeline.synthesize.structural.facts import Span

LIST_END = re.compile(rf"(?:[;,；]?\s+(?:{any_of(lambda rules: rules.sentences.open_words)})|[;,；])$")
"""How a list item ends when another item follows."""
_QUOTE = re.compile(r"([ \t]{0,12})>(?:[ \t]|$)")
"""The `>` before a quoted line."""
_OWN_LINE = re.compile(r"(?:[-*+•·‣◦○☆▪□■▶–][ \t]|\(?\d{1,3}[.)][ \t]|[①-⑳]|[|+#]|:[ \t]|\[\d+\])")
"""The beginning of a line that is not joined to the line above: a list item, a table row, a heading, a note."""
_FENCE = re.compile(r"(?:`{3,}|~{3,})")
"""The beginning of a line that opens or closes fenced code."""
_PATH_END = re.compile(r"(?:^|[\s(\"'`*])/(?:[\w.-]+/)*$|[\dA-Za-z]–$")
"""How a line ends when a path or range continues on the next line."""
_MEANING = re.compile(r":[ \t]+(?=\S)")
"""The beginning of the line below a term that says what the term means: `: a valve`."""
_WIDE_GAP = re.compile(r"(?<=[a-z][.!?])[ ]{2}(?=[A-Z])")
"""Two spaces between sentences."""
_COMMENT = re.compile(r"(?P<code>`[^`\n]*`)|<!--[^<>]{0,200}-->|(?<=\S)\^\[\w{1,3}\]|(?<=[\w.,)])\[\^\w{1,8}\]")
"""Inline code, which is kept, or an HTML comment or footnote mark (`^[1]`, `[^1]`), which is removed."""
_LINK = re.compile(
    r"`[^`\n]{1,200}`(?!\])|(?<!!)\[(?P<words>[^\[\]\n]{1,200})\](?:\([^()\s]{1,300}\)|\[[^\[\]\n]{0,100}\])"
)
"""Inline code, or a link with its `words`: `[words](page)`, `[words][page]`."""
_TAG = re.compile(
    r"</?(?:code|em|strong|b|i|u|kbd|tt|var|samp|span|sub|sup|small|br)(?:\s[^<>]{0,100})?/?>", re.IGNORECASE
)
"""An inline HTML tag: `<code>`, `</b>`."""
_GAP = rf"(?: (?={any_of(lambda rules: rules.manual.particle_apart)}(?:\s|[.,:]|$)))?"
_EMPHASIS = re.compile(
    rf"(?P<code>(?<!\\)`[^`\n]*`){_GAP}"
    r"|(?<![A-Za-z0-9_*\\/])(?P<mark>\*{1,3})(?=[^\s*])(?P<inner>(?:`[^`\n]{1,200}`|[^`*\n]){1,300}?)(?<!\s)(?P=mark)"
    rf"(?![A-Za-z0-9*]){_GAP}"
    r"|(?<![\w\\/`*.])_(?P<words>[^\W\d_]{2,}(?: [^\W\d_]+){0,4})_(?![\w/])"
)
"""Inline code, or words between asterisks or underscores.

A match of code or asterisks includes the space before a Korean particle, if one follows.
"""
_FINAL = "".join(final_syllables())
_UNCERTAIN = re.compile(rf"\*{{2,}}|[a-z)][a-z)][.!?] \d{{1,2}}(?=$|\n| [A-Z])|[{_FINAL}][.] \d{{1,2}}(?=$|\n| )")
"""Signs that a text cannot be cleaned safely.

These are asterisks left over from emphasis, or a number after a sentence, which is probably a footnote mark.
"""
_CODE = re.compile(r"```.*?(?:```|$)|~~~.*?(?:~~~|$)|`[^`\n]*`", re.DOTALL)
"""Fenced or inline code."""
_ESCAPE = re.compile(r"`[^`\n]*`|\\(?P<char>[*_#\[\]<>])")
"""Inline code, or a character after a backslash: `\\*`."""
_FOOTNOTE = re.compile(
    rf"{_CODE.pattern}|(?<=[^\s\[(])\[(?P<number>\d{{1,3}})\](?=[\s.,;:)]|[^\x00-\x7f]|$)", re.DOTALL
)
"""Code, or a footnote number after a word: `[2]`."""
_MIN_FULL_SHARE = 0.6
"""A document breaks lines at a fixed width if at least this share of the lines broken in a word are equally wide."""
_TITLE_SHARE = 0.8
"""A title is shorter than this share of the line below it."""
_SMALL_WORDS = together(lambda rules: rules.sentences.small_words)


def plain_block(text: str, span: Span, *, words: frozenset[str] | None = None) -> str:
    """Return the answer text of a span: `marked_block` without emphasis marks, footnote numbers or backslash escapes.

    Return an empty string if a broken word cannot be rejoined, if asterisks remain that might be emphasis, or if a
    number follows a sentence. See `marked_block` for the arguments.
    """
    plain = "\n".join(_without_emphasis(marked_block(text, span, words=words).split("\n")))
    if _UNCERTAIN.search(_CODE.sub("", plain)):
        return ""
    return _FOOTNOTE.sub(lambda match: "" if match["number"] in _footnotes(text) else match.group(), plain)


def marked_block(text: str, span: Span, *, words: frozenset[str] | None = None) -> str:
    """Return the text of a span with wrapped lines joined; emphasis marks are kept.

    Outside code, links are replaced by their text, and HTML comments and footnote marks such as `[^1]` are removed.
    `>` marks are removed everywhere. Return an empty string if a broken word cannot be rejoined.

    Args:
        text: The text of the document.
        span: The block; it may begin in the middle of a line.
        words: The result of `unbroken_words` for the document.
    """
    block = text[span.start : span.end]
    if "\n" not in block:
        return _finished([_unquoted(block).rstrip()])
    raw = block.split("\n")
    pieces = [_unquoted(line) for line in raw]
    indent = min((_width(piece) for piece in pieces[1:] if piece.strip()), default=0)
    lines: list[str] = []
    in_code = False
    was_blank = False
    for number, piece in enumerate(pieces):
        line = piece.expandtabs(4)[indent:] if number else piece
        stripped = line.strip()
        if _FENCE.match(stripped):
            in_code = not in_code
            lines.append(line.rstrip())
        elif in_code:
            lines.append(line.rstrip())
        elif not stripped:
            was_blank = True
            continue
        elif lines and not was_blank and lines[-1].strip() and (meaning := _MEANING.match(stripped)):
            lines[-1] = f"{lines[-1].rstrip(' :')}: {stripped[meaning.end() :]}"
        elif not lines or was_blank or _OWN_LINE.match(stripped) or _ends_block(lines[-1]):
            lines.append(("\n" if was_blank and lines else "") + line.rstrip())
        elif words is not None and _may_be_inside_word(lines[-1], stripped):
            joined = _rejoined(lines[-1].rstrip(), stripped, words)
            if joined is None:
                return ""
            lines[-1] = joined
        elif _PATH_END.search(lines[-1].rstrip()):
            lines[-1] = f"{lines[-1].rstrip()}{stripped}"
        elif len(lines) == 1 and _is_title_over(lines[0], stripped):
            lines.append(stripped)
        else:
            lines[-1] = f"{lines[-1].rstrip()} {stripped}"
        was_blank = False
    return _finished(lines)


def _finished(lines: Sequence[str]) -> str:
    """Join lines into one string; outside code, replace links by their text and remove comments and footnote marks."""
    blocks = []
    for in_code, group in groupby(_with_fences(lines), key=itemgetter(1)):
        block = "\n".join(line for line, _ in group)
        blocks.append(block if in_code else _without_page_markup(block))
    return "\n".join(blocks).strip()


def _without_page_markup(text: str) -> str:
    """Return a text without links, comments, footnote marks or wide gaps; inline code is left unchanged."""
    if "]" in text:
        text = _LINK.sub(lambda match: match["words"] or match.group(), text)
    if "[" in text or "<!--" in text:
        text = _COMMENT.sub(lambda match: match["code"] or "", text)
    return _WIDE_GAP.sub(" ", text) if "  " in text else text


def _with_fences(lines: Iterable[str]) -> Iterator[tuple[str, bool]]:
    """Yield each line with whether it is fenced code; a line that closes a fence counts as text."""
    in_code = False
    for line in lines:
        if _FENCE.match(line.strip()):
            in_code = not in_code
        yield line, in_code


def _is_title_over(line: str, below: str) -> bool:
    """Return whether a block's first line looks like a title: capitalised words, and shorter than the line below."""
    words = line.split()
    is_named = len(words) > 1 and all(word[0].isupper() or word in _SMALL_WORDS for word in words)
    return is_named and line[-1].isalnum() and below[:1].isupper() and shown_width(line) < _TITLE_SHARE * len(below)


def without_emphasis(words: str) -> str:
    """Return one line without emphasis marks or backslash escapes; inline code is left unchanged."""
    return next(_without_emphasis([words]))


def _without_emphasis(lines: Iterable[str]) -> Iterator[str]:
    """Yield lines without emphasis marks or backslash escapes; code is left unchanged."""
    for line, in_code in _with_fences(lines):
        if in_code:
            yield line
            continue
        if any(mark in line for mark in "*_`"):
            line = _EMPHASIS.sub(lambda match: match["inner"] or match["words"] or match["code"], line)
        yield _ESCAPE.sub(lambda match: match["char"] or match.group(), line) if "\\" in line else line


@lru_cache(maxsize=1)
def _footnotes(text: str) -> frozenset[str]:
    """Return the footnote numbers of a text: the numbers in brackets that begin a line."""
    return frozenset(_NOTE.findall(text))


_NOTE = re.compile(r"^[ \t]*\^?\[(\d{1,3})\]", re.MULTILINE)


def without_tags(text: str) -> str:
    """Return a text without inline tags or white space at its ends, and with its character references decoded."""
    return html.unescape(_TAG.sub("", text)).strip()


def _rejoined(above: str, below: str, words: frozenset[str]) -> str | None:
    """Join two lines, with or without a space, depending on which form is among the document's words.

    Return None if both forms are among them, or neither is.
    """
    left, right = above.split()[-1], below.split()[0]
    whole = _bare(left + right) in words
    parted = _bare(left) in words and _bare(right) in words
    if whole == parted:
        return None
    return f"{above}{'' if whole else ' '}{below}"


def unbroken_words(lines: Sequence[TextLine]) -> frozenset[str] | None:
    """Return the words known to be whole, if the document breaks lines in the middle of words; otherwise None.

    The first and last words of each line are left out, because they may be broken.
    """
    if not _breaks_words(lines):
        return None
    return frozenset(_bare(word) for line in lines if line.is_prose for word in line.content.split()[1:-1])


def _bare(word: str) -> str:
    return word.strip(".,:;!?()[]{}\"'“”‘’「」*`")


def _breaks_words(lines: Sequence[TextLine]) -> bool:
    """Return whether lines break at a fixed width in the middle of words."""
    widths = [
        shown_width(line.text)
        for line, below in pairwise(lines)
        if line.is_prose and below.is_prose and _is_inside_word(line.content, below.content)
    ]
    if len(widths) < 3:
        return False
    full = sorted(widths)[len(widths) * 9 // 10]
    return sum(1 for width in widths if full - 2 <= width <= full + 1) >= _MIN_FULL_SHARE * len(widths)


def _unquoted(line: str) -> str:
    """Return a line without the `>` mark before it; its indentation is kept."""
    match = _QUOTE.match(line)
    return f"{match.group(1)}{line[match.end() :]}" if match else line


def _may_be_inside_word(above: str, below: str) -> bool:
    """Return whether the line break may fall inside a word, or between a foreign word and its Korean particle."""
    last = above.rstrip()[-1:]
    return (_is_wide(last) or last.isalnum()) and _is_wide(below[:1])


def _is_inside_word(above: str, below: str) -> bool:
    return _is_wide(above.rstrip()[-1:]) and _is_wide(below[:1])


def _is_wide(char: str) -> bool:
    return bool(char) and unicodedata.east_asian_width(char) in "WF" and char.isalpha()


def shown_width(text: str) -> int:
    """Return the width of a text in terminal columns: two for each wide character, one for any other character."""
    return len(text) if text.isascii() else sum(map(_columns_of, text))


@cache
def _columns_of(char: str) -> int:
    return 2 if char >= "\u1100" and unicodedata.east_asian_width(char) in "WF" else 1


def _width(piece: str) -> int:
    expanded = piece.expandtabs(4)
    return len(expanded) - len(expanded.lstrip())


def _ends_block(line: str) -> bool:
    return line.lstrip().startswith(("|", "+-", "+=", "```", "~~~"))
