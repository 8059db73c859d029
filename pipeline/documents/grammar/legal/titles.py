"""Reads the heading of a provision, which comes between the number and the text.

Takes the text, its lines and a head (the number, see `heads`). Returns the heading, or an empty string if the provision
has none, and the offset at which the provision's text begins. Used by `reading`. A heading may continue on the next
lines, or be on a line of its own below the number. Cost: each call looks at a few lines.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from pipeline.documents.grammar.legal.heads import Head
from pipeline.documents.grammar.legal.lines import Line, is_blank, skip, without_markup
from pipeline.languages import final_syllables
from pipeline.languages.provision_rules import ProvisionRules, Role

_AFTER_TITLE = " \t.:"
_SEPARATOR = re.compile(r"[ \t.:–—-]+")
_IN_TITLE = r"(?:[^.:;!?\n*]|;(?=[ \t]+[A-Z]))"
_INLINE = re.compile(
    rf"(?:\*\*|__|\*)?(?P<title>[A-Z]{_IN_TITLE}{{1,70}}(?:\n[ \t]*{_IN_TITLE}{{1,60}})?)(?:\.(?:\*\*|__|\*)?|\*\*\.?)"
    r"(?=[ \t]+[A-Z(\"“]|[ \t]*\n[ \t]*\S)"
)
"""A heading that ends in a full stop before the text: `Rent. The tenant pays …`."""
_DASHED = re.compile(r"(?P<title>[A-Z][^.:;!?\n—]{1,70})\.?—(?=[A-Z(\"“])")
"""A heading that ends in a dash before the text: `Rent.—The tenant pays …`."""
_VERB = re.compile(r"\b(?:shall|may|must|is|are|was|were|will|has|have|means|does|do|not|applies|agrees?)\b")
_NUMBER_OPENS = re.compile(r"[ \t]*(?:\(?[a-z0-9]{1,3}[.)]|\d+\.\d|§|Section\b|Sec\.)")
"""The number of a provision or item at the start of a line."""
_FIRST_ITEM = re.compile(r"\((?:a|i|1|A)\)[ \t]")
"""The number of a first item: `(a) `."""
_MAX_CHARS = 90
_MAX_WRAPPED_LINES = 3
_MAX_ITEM_TITLE_CHARS = 40
_MIN_PROSE_CHARS = 60
_SMALL_WORD_CHARS = 3
_MAX_STOPPED_WORDS = 8
_MAX_CAPTION_CHARS = 25
"""The maximum length of a heading without capitals, such as a Korean one, that has no blank line below."""
_MAX_JOINED_CHARS = 120
_MIN_WRAPPED_CHARS = 20


def read_title(text: str, lines: Sequence[Line], head: Head, depth: int, rules: ProvisionRules) -> tuple[str, int]:
    """Return the heading of a provision on one line, and the offset at which the provision's text begins."""
    title, body = _read_title(text, lines, head, depth, rules)
    return _join_spaced_letters(title), body


def _join_spaced_letters(title: str) -> str:
    """Join the letters of a heading with a space after each letter, such as 목 적. English is unchanged."""
    letters = title.split()
    is_wide = len(letters) > 1 and all(len(letter) == 1 and not letter.isascii() for letter in letters)
    return "".join(letters) if is_wide else title


def _read_title(text: str, lines: Sequence[Line], head: Head, depth: int, rules: ProvisionRules) -> tuple[str, int]:
    if head.title:
        return head.title, skip(text, head.rest, lines[head.line].end, _AFTER_TITLE)
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
    """Return the heading of an item, which ends in a full stop or line break, and the offset of the text after it.

    If there is no heading, return an empty string and `start`.
    """
    inline = _INLINE.match(text, start, end)
    if inline and "\n" not in inline["title"] and _is_capitalised(inline["title"]) and inline.end() < end:
        return inline["title"].strip(), skip(text, inline.end(), end, _AFTER_TITLE)
    line_end = text.find("\n", start, end)
    title = text[start:line_end].strip() if line_end >= 0 else ""
    if not title or len(title) > _MAX_ITEM_TITLE_CHARS or title[-1] in ".;:,!?)" or _closes_sentence(title):
        return "", start
    if _opens_sentence(title, rules):
        return "", start
    below = skip(text, line_end + 1, end, " \t")
    is_heading = below < end and text[below] == "\n" and (title[0].isupper() or not title[0].isascii())
    return (title, below) if is_heading and text[below:end].strip() and not _VERB.search(title) else ("", start)


def _is_heading(lines: Sequence[Line], head: Head, whole: str, is_named: bool) -> bool:
    starts = whole[0].isupper() or not whole[0].isascii()
    if not starts or len(whole) > _MAX_CHARS * (2 if is_named else 1):
        return False
    follows = lines[head.line + 1].text if head.line + 1 < len(lines) else ""
    is_alone = is_blank(lines, head.line + 1) or _NUMBER_OPENS.match(without_markup(follows)) is not None
    if is_named and is_alone and whole[0].isascii():
        return not (whole.endswith(".") and _VERB.search(whole) is not None and len(whole.split()) > 6)
    ends_open = whole[-1] not in ".;:,"
    is_predicate = not whole[0].isascii() and _closes_sentence(whole)
    is_caption = len(whole) <= _MAX_CAPTION_CHARS and not whole[0].isascii()
    return ends_open and (is_alone or is_caption) and not _VERB.search(whole) and not is_predicate


def _is_stopped_heading(lines: Sequence[Line], head: Head, whole: str) -> bool:
    """Return whether a line is a heading although it ends in a full stop: `Intellectual Property; Feedback.`"""
    below = head.line + 1
    while below < len(lines) and below < head.line + 6 and is_blank(lines, below):
        below += 1
    if below >= len(lines) or not whole.endswith(".") or len(whole) > _MAX_CHARS or _VERB.search(whole):
        return False
    follows = without_markup(lines[below].text)
    if len(head.numbers) == 1 and follows.startswith(f"{head.numeral}.1"):
        return True
    is_prose = len(follows) >= _MIN_PROSE_CHARS and not _NUMBER_OPENS.match(follows)
    return (is_prose or _FIRST_ITEM.match(follows) is not None) and _is_capitalised(whole)


def _is_capitalised(title: str) -> bool:
    """Return whether a title has few words and no verb, and all words of four or more letters begin with a capital."""
    words = title.split()
    are_capitalised = all(not word[0].islower() or len(word) <= _SMALL_WORD_CHARS for word in words)
    return are_capitalised and len(words) <= _MAX_STOPPED_WORDS and not _VERB.search(title)


def _opens_sentence(whole: str, rules: ProvisionRules) -> bool:
    """Return whether a line begins like a sentence, and is therefore not a heading."""
    return rules.no_title is not None and rules.no_title.match(whole) is not None


def _closes_sentence(whole: str) -> bool:
    """Return whether a line ends in a syllable that ends sentences, such as the Korean 다."""
    return whole.rstrip(".").endswith(final_syllables())


def _title_below(lines: Sequence[Line], head: Head) -> tuple[str, int]:
    """Return the heading below a number, such as `SECURITY DEPOSIT` below `ARTICLE 4`, and its end.

    A heading in capitals may have several lines. If there is no heading, return an empty string and the end of the
    number's line.
    """
    below = head.line + 1
    while below < len(lines) and below <= head.line + 2 and is_blank(lines, below):
        below += 1
    here = lines[head.line].end
    if below >= len(lines) or below > head.line + 2:
        return "", here
    first = without_markup(lines[below].text)
    if not first or len(first) > _MAX_CHARS or not first[0].isalpha():
        return "", here
    if first.isupper():
        words, last = [first], below
        while last + 1 < len(lines) and last - below + 1 < _MAX_WRAPPED_LINES:
            more = without_markup(lines[last + 1].text)
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
    """Return a heading in capitals that continues on the next lines, and its end; None if there is no such heading."""
    if not whole.isupper() or whole.endswith((".", ";")) or len(whole) < _MIN_WRAPPED_CHARS:
        return None
    words, last = [whole], head.line
    while last + 1 < len(lines) and last - head.line + 1 < _MAX_WRAPPED_LINES:
        more = without_markup(lines[last + 1].text)
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


def _closed(rest: str) -> str:
    return rest.strip().removesuffix("**").removesuffix("__").strip()


def _is_title_like(title: str) -> bool:
    words = title.split()
    capitalised = sum(not word[0].islower() for word in words)
    return len(words) <= 4 or capitalised * 2 >= len(words)
