"""The heading of a provision, between its number and its text.

In: text, lines and a head that counts. Out: the heading (empty if missing) and the offset where the text begins. Used
by `reading`. A heading may wrap over lines, or be alone below its number. Cost: a few lines per head.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from pipeline.documents.grammar.legal.heads import Head
from pipeline.documents.grammar.legal.lines import Line, bare, is_blank
from pipeline.languages.provision_rules import ProvisionRules, Role

_SEPARATOR = re.compile(r"[ \t.:–—-]+")
_IN_TITLE = r"(?:[^.:;!?\n*]|;(?=[ \t]+[A-Z]))"
_INLINE = re.compile(
    rf"(?:\*\*|__|\*)?(?P<title>[A-Z]{_IN_TITLE}{{1,70}}(?:\n[ \t]*{_IN_TITLE}{{1,60}})?)(?:\.(?:\*\*|__|\*)?|\*\*\.?)"
    r"(?=[ \t]+[A-Z(\"“]|[ \t]*\n[ \t]*\S)"
)
_DASHED = re.compile(r"(?P<title>[A-Z][^.:;!?\n—]{1,70})\.?—(?=[A-Z(\"“])")
_VERB = re.compile(r"\b(?:shall|may|must|is|are|was|were|will|has|have|means|does|do|not|applies|agrees?)\b")
_NUMBER_OPENS = re.compile(r"[ \t]*(?:\(?[a-z0-9]{1,3}[.)]|\d+\.\d|§|Section\b|Sec\.)")
_MAX_CHARS = 90
_MAX_WRAPPED_LINES = 3


def read_title(text: str, lines: Sequence[Line], head: Head, depth: int, rules: ProvisionRules) -> tuple[str, int]:
    """Return the heading on one line, and the offset at which the text of the provision begins."""
    title, body = _read_title(text, lines, head, depth, rules)
    return _set_close(title), body


def _set_close(title: str) -> str:
    """Join a heading set wide, letter by letter, in a writing system without capitals."""
    letters = title.split()
    is_wide = len(letters) > 1 and all(len(letter) == 1 and not letter.isascii() for letter in letters)
    return "".join(letters) if is_wide else title


def _read_title(text: str, lines: Sequence[Line], head: Head, depth: int, rules: ProvisionRules) -> tuple[str, int]:
    if head.title:
        return head.title, _behind_space(text, head.rest, lines[head.line].end)
    if head.noun == rules.paragraph and rules.paragraph:
        return "", head.rest
    line_end = max(lines[head.line].end, head.rest)
    separator = _SEPARATOR.match(text, head.rest, line_end)
    start = separator.end() if separator else head.rest
    is_named = head.role in (Role.ARTICLE, Role.SIGN, Role.CONTAINER)
    whole = _closed(text[start:line_end])
    if not whole:
        return _title_below(lines, head) if is_named or depth < 2 else ("", line_end)
    if rules.repealed and re.match(rules.repealed, whole, re.IGNORECASE):
        return "", start
    wrapped = _wrapped_capitals(lines, head, whole)
    if wrapped is not None:
        return wrapped
    if dashed := _DASHED.match(text, start, line_end):
        return " ".join(dashed["title"].split()), dashed.end()
    if _opens_sentence(whole, rules):
        return "", start
    if _is_heading(lines, head, whole, is_named) or _is_stopped_heading(lines, head, whole):
        return whole.rstrip(".:"), line_end
    inline = _INLINE.match(text, start)
    if inline and not _VERB.search(inline["title"]) and _is_title_like(inline["title"]):
        return " ".join(inline["title"].split()), inline.end()
    return "", start


def item_title(text: str, start: int, end: int, rules: ProvisionRules) -> tuple[str, int]:
    """Return the heading of an item, and where its text begins: after the heading's full stop or a blank line."""
    inline = _INLINE.match(text, start, end)
    if inline and "\n" not in inline["title"] and _is_capitalised(inline["title"]) and inline.end() < end:
        return inline["title"].strip(), _behind_space(text, inline.end(), end)
    line_end = text.find("\n", start, end)
    title = text[start:line_end].strip() if line_end >= 0 else ""
    if not title or len(title) > _MAX_ITEM_TITLE_CHARS or title[-1] in ".;:,!?)" or _closes_sentence(title):
        return "", start
    if _opens_sentence(title, rules):
        return "", start
    below = line_end + 1
    while below < end and text[below] in " \t":
        below += 1
    is_heading = below < end and text[below] == "\n" and (title[0].isupper() or not title[0].isascii())
    return (title, below) if is_heading and text[below:end].strip() and not _VERB.search(title) else ("", start)


_MAX_ITEM_TITLE_CHARS = 40


def _is_heading(lines: Sequence[Line], head: Head, whole: str, is_named: bool) -> bool:
    starts = whole[0].isupper() or not whole[0].isascii()
    if not starts or len(whole) > _MAX_CHARS * (2 if is_named else 1):
        return False
    follows = lines[head.line + 1].text if head.line + 1 < len(lines) else ""
    is_alone = is_blank(lines, head.line + 1) or _NUMBER_OPENS.match(bare(follows)) is not None
    if is_named and is_alone and whole[0].isascii():
        return not (whole.endswith(".") and _VERB.search(whole) is not None and len(whole.split()) > 6)
    ends_open = whole[-1] not in ".;:,"
    is_predicate = not whole[0].isascii() and _closes_sentence(whole)
    is_caption = len(whole) <= _MAX_CAPTION_CHARS and not whole[0].isascii()
    return ends_open and (is_alone or is_caption) and not _VERB.search(whole) and not is_predicate


def _is_stopped_heading(lines: Sequence[Line], head: Head, whole: str) -> bool:
    """Return whether a line is a heading despite its full stop: `6. Intellectual Property; Feedback.` above 6.1."""
    below = head.line + 1
    while below < len(lines) and below < head.line + 6 and is_blank(lines, below):
        below += 1
    if below >= len(lines) or not whole.endswith(".") or len(whole) > _MAX_CHARS or _VERB.search(whole):
        return False
    follows = bare(lines[below].text)
    if len(head.numbers) == 1 and follows.startswith(f"{head.numeral}.1"):
        return True
    is_prose = len(follows) >= _MIN_PROSE_CHARS and not _NUMBER_OPENS.match(follows)
    return (is_prose or _FIRST_ITEM.match(follows) is not None) and _is_capitalised(whole)


def _is_capitalised(title: str) -> bool:
    """Return whether a title is short, has no verb, and all but its small words have a capital."""
    words = title.split()
    is_each = all(not word[0].islower() or len(word) <= _SMALL_WORD_CHARS for word in words)
    return is_each and len(words) <= _MAX_STOPPED_WORDS and not _VERB.search(title)


_FIRST_ITEM = re.compile(r"\((?:a|i|1|A)\)[ \t]")
_MIN_PROSE_CHARS = 60
_SMALL_WORD_CHARS = 3
_MAX_STOPPED_WORDS = 8


_MAX_CAPTION_CHARS = 25
"""Longest line, in a writing system without capitals, that is a heading even if no blank line follows."""


def _opens_sentence(whole: str, rules: ProvisionRules) -> bool:
    """Return whether a line is the beginning of a sentence that continues below, and not a heading."""
    return rules.no_title is not None and rules.no_title.match(whole) is not None


def _closes_sentence(whole: str) -> bool:
    from pipeline.languages import final_syllables

    return whole.rstrip(".").endswith(final_syllables())


def _title_below(lines: Sequence[Line], head: Head) -> tuple[str, int]:
    """Return a heading on the line below its number (`ARTICLE 4`, `SECURITY DEPOSIT`), wrapped or not."""
    below = head.line + 1
    while below < len(lines) and below <= head.line + 2 and is_blank(lines, below):
        below += 1
    here = lines[head.line].end
    if below >= len(lines) or below > head.line + 2:
        return "", here
    first = bare(lines[below].text)
    if not first or len(first) > _MAX_CHARS or not first[0].isalpha():
        return "", here
    if first.isupper():
        words, last = [first], below
        while last + 1 < len(lines) and last - below + 1 < _MAX_WRAPPED_LINES:
            more = bare(lines[last + 1].text)
            if not more or not more.isupper() or len(more) > _MAX_CHARS:
                break
            words.append(more)
            last += 1
        return " ".join(" ".join(words).split()).rstrip(".:"), lines[last].end
    is_alone = is_blank(lines, below + 1)
    if is_alone and first[0].isupper() and first[-1] not in ".;:," and not _VERB.search(first):
        return " ".join(first.split()), lines[below].end
    return "", here


def _wrapped_capitals(lines: Sequence[Line], head: Head, whole: str) -> tuple[str, int] | None:
    """Return a heading in capitals that continues in capitals on the next lines, or None."""
    if not whole.isupper() or whole.endswith((".", ";")) or len(whole) < _MIN_WRAPPED_CHARS:
        return None
    words, last = [whole], head.line
    while last + 1 < len(lines) and last - head.line + 1 < _MAX_WRAPPED_LINES:
        more = bare(lines[last + 1].text)
        if not more or not more.isupper() or not more[0].isalpha() or len(more) > _MAX_CHARS:
            break
        words.append(more)
        last += 1
    if last == head.line or not is_blank(lines, last + 1):
        return None
    joined = " ".join(" ".join(words).split()).rstrip(".:")
    if len(joined) > _MAX_JOINED_CHARS or _VERB.search(joined.lower()):
        return None
    return joined, lines[last].end


_MAX_JOINED_CHARS = 120
_MIN_WRAPPED_CHARS = 20


def _closed(rest: str) -> str:
    return rest.strip().removesuffix("**").removesuffix("__").strip()


def _is_title_like(title: str) -> bool:
    words = title.split()
    capitalised = sum(not word[0].islower() for word in words)
    return len(words) <= 4 or capitalised * 2 >= len(words)


def _behind_space(text: str, position: int, end: int) -> int:
    while position < end and text[position] in " \t.:":
        position += 1
    return position
