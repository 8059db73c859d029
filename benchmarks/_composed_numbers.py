"""Answers about numbered provisions computed a second time, by line patterns over the raw text.

Shares no code with the tasks and none with the parsers of the build. Each check takes a question, an answer and the
text, and returns whether they agree; None where these plain patterns cannot decide. Used by `composed_truth`.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from fractions import Fraction

LINE_NUMBER = re.compile(
    r"^[ \t#*>_(]*(?:§+[ \t]*|(?:section|article|clause|sec\.|paragraph)[ \t]+)?(\d{1,4}(?:\.\d{1,4})*)"
    r"(?=[.) \t\n:—–-])",
    re.MULTILINE | re.IGNORECASE,
)
LINE_ARTICLE = re.compile(r"^[ \t#*>]*제[ ]?(\d+)조(?:의[ ]?(\d+))?(?=[ \t(（①.\n]|$)", re.MULTILINE)
_ARTICLE = re.compile(r"제\s?(\d+)조(?:의\s?(\d+))?")
_NUMBER = re.compile(r"\d+(?:\.\d+)*")
_QUOTED = re.compile(r"“([^“”]+)”")
_MONEY = re.compile(
    r"(?:USD|EUR|GBP|US\$|[$€£])\s?(\d[\d,]*(?:\.\d+)?)|(\d[\d,.]*\s?(?:억|만|천)*(?:[\d,]+\s?(?:만|천)*)*)원"
)
_DEFINES = (
    r"(?:\s*\([^()\n]{1,60}\))?\s+(?:shall\s+)?(?:means?|refers?\s+to|has\s+the\s+meaning|includes?)\b"
    r"|\s?(?:이?란|이?라 함은)"
)
_MIN_TEXT_CHARS = 40


def squeezed(text: str) -> str:
    """Return the letters and digits of a text, in lower case and plain width."""
    return re.sub(r"[\W_]+", "", unicodedata.normalize("NFKC", text).casefold())


def followed_reference(question: str, answer: str, text: str) -> bool | None:
    """Look for the reference in the text under the source, and for the answer under the target."""
    path, _, told = answer.partition(": ")
    steps = [key_of(label) for label in path.split(" → ")]
    source = re.search(
        r"(?:§ ?[\d.]+|(?:section|clause|article|paragraph) [\d.]+|제\d+조(?:의\d+)?)", question, re.IGNORECASE
    )
    if source is None or "“" in question or not all(steps) or " of " in path:
        return None
    at = key_of(source.group())
    for step in steps:
        bodies = list(bodies_of(text, at))
        if not bodies:
            return None
        if step != at and not any(_mentions(body, step) for body in bodies):
            return False
        at = step
    ends = list(bodies_of(text, at))
    return any(squeezed(told) in squeezed(body) for body in ends) if ends else None


def cross_reference(question: str, answer: str, text: str) -> bool | None:
    """Look for the number in the text under each place of an answer, and for no other place that has it.

    Where the question is which provisions one mentions, look for each of them in the text under that one.
    """
    label = re.search(r"§ ?[\d.]*\d|(?:Section|clause|Article) [\d.]*\d|제\d+조(?:의\d+)?", question)
    plain = re.sub(r" of this document", "", question)
    is_range = re.search(r" to \S+ \d|–", answer) is not None
    if label is None or is_range or re.search(r" of |부칙|[(]|other laws|법령|개정법률안", f"{answer} {plain}"):
        return None
    key = key_of(label.group())
    named = re.split(r", | and |,", answer)
    if re.search(r"does .+ (?:refer|mention) |번호로 언급합니까|에서 번호로 언급하는", question):
        bodies = list(bodies_of(text, key))
        return all(any(_names(body, one, key) for body in bodies) for one in named) if bodies else None
    if re.search(r"제\d+항|제\d+호", answer + question) or key.isdigit():
        return None  # a bare number such as 2 is too common in a text to be searched for
    found = set(_holders(text, key))
    keys = {key_of(one) for one in named}
    if "" in keys:
        return None
    return keys <= found and {one for one in found if not any(one.startswith(f"{other}.") for other in keys)} <= keys


def _names(body: str, label: str, own: str) -> bool:
    """Return whether a text mentions a label; if only the inner number differs from its own, that one: 제2항."""
    inner = re.findall(r"제(\d+)항", label)
    if key_of(label) == own and inner:
        return re.search(rf"제\s?{inner[-1]}\s?항", body) is not None
    return _mentions(body, key_of(label))


def _holders(text: str, key: str) -> Iterator[str]:
    """Yield the number of the heading above each mention of a key."""
    marks = [(match.start(), number_at(match)) for match in _headings(text, key)]
    for match in (_ARTICLE if key.startswith("제") else _NUMBER).finditer(text):
        if (key_of(match.group()) if key.startswith("제") else match.group()) != key:
            continue
        above = [mark for mark in marks if mark[0] <= match.start()]
        if not above:
            continue
        start, holder = above[-1]
        is_own = holder == key or holder.startswith(f"{key}.")
        is_heading = text[start : match.start()].strip(" \t#*§_>(").casefold() in ("", "section", "article", "clause")
        lead = text[: match.start()][-14:]
        has_noun = re.search(r"(?:§+|sections?|clauses?|articles?|and|or|through|to|,)\s*$", lead, re.IGNORECASE)
        if not is_own and not is_heading and (key.startswith("제") or has_noun):
            yield holder


def _headings(text: str, key: str) -> Iterator[re.Match[str]]:
    """Yield the lines that begin with a number and do not continue the sentence of the line above."""
    for match in (LINE_ARTICLE if key.startswith("제") else LINE_NUMBER).finditer(text):
        above = text[: match.start()].removesuffix("\n").rpartition("\n")[2].rstrip()
        if len(above) < _MIN_TEXT_CHARS or above.endswith((".", ";", ":", ")")):
            yield match


def extreme(question: str, answer: str, text: str) -> bool | None:
    """Compare the largest or smallest of all sums that a money pattern finds in the scope."""
    is_largest = re.search(r"largest|highest|가장 큰|최고액", question) is not None
    label = re.search(r"(?:§ ?[\d.]*\d|(?:Section|clause|Article) [\d.]*\d)(?= \(|\b)|제\d+조(?:의\d+)?", question)
    if re.search(r"this document|이 문서", question):
        bodies = [text]
    elif label is not None and " of " not in question.partition(label.group())[2][:60]:
        bodies = list(bodies_of(text, key_of(label.group())))
    else:
        bodies = list(_entries(text, _QUOTED.findall(question)))
    told = [value for value in _sums(answer.partition(": ")[0]) if value is not None]
    if not bodies or len(told) != 1:
        return None
    best = [max(values) if is_largest else min(values) for body in bodies if (values := _sums(body))]
    return told[0] in best if best else None


def terms(question: str, answer: str, text: str) -> bool | None:
    """Compare the terms in quotation marks, or at the start of a line, before a verb of definition."""
    listed = answer.split("\n")[1:]
    label = re.search(r"(?:§ ?[\d.]*\d|(?:Section|clause|Article) [\d.]*\d)|제\d+조", question)
    if label is None or " of " in question.partition(label.group())[2][:60]:
        return None
    for body in bodies_of(text, key_of(label.group())):
        found = re.findall(rf"[\"“]([^\"“”\n]{{2,60}})[\"”](?={_DEFINES})", body)
        if not found:
            found = re.findall(rf"^[ \t(a-z0-9)]*([A-Z][^\n.“”\"]{{1,50}}?)(?={_DEFINES})", body, re.MULTILINE)
        if list(map(squeezed, found)) == list(map(squeezed, listed)):
            return True
    return None if not list(bodies_of(text, key_of(label.group()))) else False


def key_of(label: str) -> str:
    """Return the number of a label: `1002.8`, `제7조의2`."""
    if match := _ARTICLE.search(label):
        return f"제{match[1]}조" + (f"의{match[2]}" if match[2] else "")
    number = _NUMBER.search(label)
    return number.group() if number else ""


def number_at(match: re.Match[str]) -> str:
    return key_of(match.group()) if "조" in match.group() else match[1]


def bodies_of(text: str, key: str) -> Iterator[str]:
    """Yield the text from each line that begins with a number to the next line with a number that is not inside it."""
    marks = [(match.start(), number_at(match)) for match in _headings(text, key)]
    for at, (start, found) in enumerate(marks):
        if found == key:
            ends = (place for place, other in marks[at + 1 :] if not other.startswith(f"{key}."))
            depth = key.count(".")
            later = [
                place
                for place, other in marks[at + 1 :]
                if other.count(".") <= depth and not other.startswith(f"{key}.")
            ]
            body = text[start : later[0] if later else next(ends, len(text))]
            if len(body) >= _MIN_TEXT_CHARS:
                yield body


def _mentions(body: str, key: str) -> bool:
    if key.startswith("제"):
        return any(key_of(match.group()) == key for match in _ARTICLE.finditer(body))
    return re.search(rf"(?<![\d.]){re.escape(key)}(?!\d|\.\d)", body) is not None


def _entries(text: str, titles: Sequence[str]) -> Iterator[str]:
    """Yield the text under a line that holds a title, up to the next line with the same mark."""
    for title in titles:
        for match in re.finditer(rf"^(#*)[^\n]*{re.escape(title)}[^\n]*$", text, re.MULTILINE):
            end = re.compile(r"^(?:#+ |---|\[\d{4}-)", re.MULTILINE).search(text, match.end())
            yield text[match.start() : end.start() if end else len(text)]


def _sums(text: str) -> list[Fraction]:
    found = []
    for match in _MONEY.finditer(text):
        if match[1]:
            found.append(Fraction(match[1].replace(",", "").rstrip(".")))
        elif value := _won(match[2]):
            found.append(value)
    return found


def _won(words: str) -> Fraction | None:
    total, part = Fraction(0), ""
    scale = {"천": 1_000, "만": 10_000, "억": 100_000_000}
    for char in words.replace(",", "").replace(" ", ""):
        if char in scale:
            total = (
                (total + Fraction(part)) * scale[char]
                if part and char != "천"
                else total + Fraction(part or 1) * scale[char]
            )
            part = ""
        else:
            part += char
    try:
        return total + (Fraction(part) if part else 0)
    except ValueError:
        return None
