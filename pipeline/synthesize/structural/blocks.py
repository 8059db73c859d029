"""Blocks of a document as the text of an answer: without indent, quotation marks and the line breaks of wrapped prose.

Takes a text and a span; returns a string. Lists, tables and code keep their lines. Some documents break lines inside
words, as converters do with Korean; the words on the other lines then show which pieces belong together. One pass.
"""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Iterator, Sequence
from functools import cache, lru_cache
from itertools import pairwise

from pipeline.documents.grammar.text_lines import TextLine
from pipeline.languages import any_of, final_syllables, together
from pipeline.synthesize.structural.facts import Span

LIST_END = re.compile(rf"(?:[;,；]?\s+(?:{any_of(lambda rules: rules.sentences.open_words)})|[;,；])$")
"""How an item of a list ends if another item follows."""
_QUOTE = re.compile(r"([ \t]{0,12})>(?:[ \t]|$)")
_OWN_LINE = re.compile(r"(?:[-*+•·‣◦○☆▪□■▶–][ \t]|\(?\d{1,3}[.)][ \t]|[①-⑳]|[|+#]|:[ \t]|\[\d+\])")
_FENCE = re.compile(r"(?:`{3,}|~{3,})")
_PATH_END = re.compile(r"(?:^|[\s(\"'`*])/(?:[\w.-]+/)*$|[\dA-Za-z]–$")
"""The end of a line whose path or range continues on the next line."""
_MEANING = re.compile(r":[ \t]+(?=\S)")
_WIDE_GAP = re.compile(r"(?<=[a-z][.!?])[ ]{2}(?=[A-Z])")
_COMMENT = re.compile(r"<!--[^<>]{0,200}-->|(?<=\S)\^\[\w{1,3}\]|(?<=[\w.,)])\[\^\w{1,8}\]")
"""Comments and footnote marks."""
_LINK = re.compile(
    r"`[^`\n]{1,200}`(?!\])|(?<!!)\[(?P<words>[^\[\]\n]{1,200})\](?:\([^()\s]{1,300}\)|\[[^\[\]\n]{0,100}\])"
)
_TAG = re.compile(
    r"</?(?:code|em|strong|b|i|u|kbd|tt|var|samp|span|sub|sup|small|br)(?:\s[^<>]{0,100})?/?>", re.IGNORECASE
)
_GAP = rf"(?: (?={any_of(lambda rules: rules.manual.particle_apart)}(?:\s|[.,:]|$)))?"
_EMPHASIS = re.compile(
    rf"(?P<code>(?<!\\)`[^`\n]*`){_GAP}"
    r"|(?<![A-Za-z0-9_*\\/])(?P<mark>\*{1,3})(?=[^\s*])(?P<inner>(?:`[^`\n]{1,200}`|[^`*\n]){1,300}?)(?<!\s)(?P=mark)"
    rf"(?![A-Za-z0-9*]){_GAP}"
    r"|(?<![\w\\/`*.])_(?P<words>[^\W\d_]{2,}(?: [^\W\d_]+){0,4})_(?![\w/])"
)
"""Code, or words between asterisks or underscores, each with the blank that separates it from its particle."""
_FINAL = "".join(final_syllables())
_UNCERTAIN = re.compile(rf"\*{{2,}}|[a-z)][a-z)][.!?] \d{{1,2}}(?=$|\n| [A-Z])|[{_FINAL}][.] \d{{1,2}}(?=$|\n| )")
"""Asterisks that may not be markup, and a number after a sentence, which is a footnote mark."""
_CODE = re.compile(r"```.*?(?:```|$)|~~~.*?(?:~~~|$)|`[^`\n]*`", re.DOTALL)
_ESCAPE = re.compile(r"`[^`\n]*`|\\(?P<char>[*_#\[\]<>])")
_FOOTNOTE = re.compile(r"(?<=[^\s\[(])\[(?P<number>\d{1,3})\](?=[\s.,;:)]|[^\x00-\x7f]|$)")
_MIN_FULL_SHARE = 0.6
_TITLE_SHARE = 0.8
_SMALL_WORDS = together(lambda rules: rules.sentences.small_words)


def plain_block(text: str, span: Span, *, words: frozenset[str] | None = None) -> str:
    """Return the text of a span as an answer gives it: `marked_block` without emphasis and footnote marks.

    Empty if a word or the emphasis is uncertain.
    """
    plain = "\n".join(_without_emphasis(marked_block(text, span, words=words).split("\n")))
    if _UNCERTAIN.search(_CODE.sub("", plain)):
        return ""
    return _FOOTNOTE.sub(lambda match: "" if match["number"] in _footnotes(text) else match.group(), plain)


def marked_block(text: str, span: Span, *, words: frozenset[str] | None = None) -> str:
    """Return the text of a span on as few lines as it needs; empty if a broken word cannot be rejoined.

    Args:
        text: The text of the document.
        span: The block; it may begin in the middle of a line.
        words: The unbroken words of a document that breaks its lines inside words; None for any other document.
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
        own = piece.expandtabs(4)[indent:] if number else piece
        stripped = own.strip()
        if _FENCE.match(stripped):
            in_code = not in_code
            lines.append(own.rstrip())
        elif in_code:
            lines.append(own.rstrip())
        elif not stripped:
            was_blank = True
            continue
        elif lines and not was_blank and lines[-1].strip() and (meaning := _MEANING.match(stripped)):
            lines[-1] = f"{lines[-1].rstrip(' :')}: {stripped[meaning.end() :]}"
        elif not lines or was_blank or _OWN_LINE.match(stripped) or _ends_block(lines[-1]):
            lines.append(("\n" if was_blank and lines else "") + own.rstrip())
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
    """Return lines as one text, without links, comments and footnote marks."""
    text = "\n".join(_without_links(lines))
    if "[" in text or "<!--" in text:
        text = _COMMENT.sub("", text)
    return (_WIDE_GAP.sub(" ", text) if "  " in text else text).strip()


def _is_title_over(line: str, below: str) -> bool:
    """Return whether a first line is the title of an item, in capitalised words, above its text."""
    words = line.split()
    is_named = len(words) > 1 and all(word[0].isupper() or word in _SMALL_WORDS for word in words)
    return is_named and line[-1].isalnum() and below[:1].isupper() and shown_width(line) < _TITLE_SHARE * len(below)


def _without_links(lines: Sequence[str]) -> Iterator[str]:
    """Yield lines with each link replaced by its words; code keeps its brackets."""
    in_code = False
    for line in lines:
        if _FENCE.match(line.strip()):
            in_code = not in_code
        yield line if in_code or "]" not in line else _LINK.sub(lambda match: match["words"] or match.group(), line)


def without_emphasis(words: str) -> str:
    """Return the words of one line without the asterisks around them."""
    return next(_without_emphasis([words]))


def _without_emphasis(lines: Sequence[str]) -> Iterator[str]:
    """Yield lines without the asterisks around words; code keeps its own."""
    in_code = False
    for line in lines:
        if _FENCE.match(line.strip()):
            in_code = not in_code
        if in_code:
            yield line
            continue
        if any(mark in line for mark in "*_`"):
            line = _EMPHASIS.sub(lambda match: match["inner"] or match["words"] or match["code"], line)
        yield _ESCAPE.sub(lambda match: match["char"] or match.group(), line) if "\\" in line else line


@lru_cache(maxsize=1)
def _footnotes(text: str) -> frozenset[str]:
    """Return the bracketed numbers that open a line of the text: the numbers of its notes."""
    return frozenset(_NOTE.findall(text))


_NOTE = re.compile(r"^[ \t]*\^?\[(\d{1,3})\]", re.MULTILINE)


def without_tags(text: str) -> str:
    """Return a text without the tags of inline markup and with its character references decoded."""
    return html.unescape(_TAG.sub("", text)).strip()


def _rejoined(above: str, below: str, words: frozenset[str]) -> str | None:
    """Join two lines as one word or with a blank, as the document's words show; None if they do not decide it."""
    left, right = above.split()[-1], below.split()[0]
    whole = _bare(left + right) in words
    parted = _bare(left) in words and _bare(right) in words
    if whole == parted:
        return None
    return f"{above}{'' if whole else ' '}{below}"


def unbroken_words(lines: Sequence[TextLine]) -> frozenset[str] | None:
    """Return the unbroken words of a document that breaks its lines inside words; None for any other document."""
    if not _breaks_words(lines):
        return None
    return frozenset(_bare(word) for line in lines if line.is_prose for word in line.content.split()[1:-1])


def _bare(word: str) -> str:
    return word.strip(".,:;!?()[]{}\"'“”‘’「」*`")


def _breaks_words(lines: Sequence[TextLine]) -> bool:
    """Return whether lines break at a fixed width, even inside words."""
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
    match = _QUOTE.match(line)
    return f"{match.group(1)}{line[match.end() :]}" if match else line


def _may_be_inside_word(above: str, below: str) -> bool:
    """Return whether the break may be inside a word, also between a foreign word and its particle."""
    last = above.rstrip()[-1:]
    return (_is_wide(last) or last.isalnum()) and _is_wide(below[:1])


def _is_inside_word(above: str, below: str) -> bool:
    return _is_wide(above.rstrip()[-1:]) and _is_wide(below[:1])


def _is_wide(char: str) -> bool:
    return bool(char) and unicodedata.east_asian_width(char) in "WF" and char.isalpha()


def shown_width(text: str) -> int:
    """Return how many columns a terminal needs for a text."""
    return len(text) if text.isascii() else sum(map(_columns_of, text))


@cache
def _columns_of(char: str) -> int:
    return 2 if char > "\u1100" and unicodedata.east_asian_width(char) in "WF" else 1


def _width(piece: str) -> int:
    expanded = piece.expandtabs(4)
    return len(expanded) - len(expanded.lstrip())


def _ends_block(line: str) -> bool:
    return line.lstrip().startswith(("|", "+-", "+=", "```", "~~~"))
