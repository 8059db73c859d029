"""Answers about several documents of one row computed a second time, on the raw text of each document.

Shares no code with the tasks `same_field`, `which_document` and `version_change`. Each check takes a question, an
answer and the texts by the names that questions use; None where it cannot decide. Used by `composed_truth`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from benchmarks._composed_numbers import bodies_of, key_of, squeezed

_QUOTED = re.compile(r"“([^“”]+)”|「([^「」]+)」|`([^`]+)`")
_NOT_THERE = ("not in this document", "이 문서에 없음")
_NO_SENTENCE = ("no such sentence", "해당 문장 없음", *_NOT_THERE)
_MIN_PIECE = 12
Texts = Mapping[str, str]


def same_field(question: str, answer: str, texts: Texts) -> bool | None:
    """Look for each stated value in its own document, near the topic, and for the topic in no other document."""
    rows = [[cell.strip() for cell in line.strip("| ").split(" | ")] for line in answer.split("\n")[2:]]
    topic = _topic(question, texts)
    if any(len(row) != 2 or _text(row[0], texts) is None for row in rows):
        return None
    for name, value in rows:
        text = squeezed(_text(name, texts) or "")
        if value in _NOT_THERE:
            if topic and all(squeezed(one) in text for one in topic):
                return False
        elif not (_holds(text, value) or _numbers_heading(_text(name, texts) or "", value, topic)):
            return False
    return True


def which_document(question: str, answer: str, texts: Texts) -> bool | None:
    """Look for the answer in the named document, and for the topic in none of the other named ones."""
    name, _, value = answer.partition(": ")
    text = _text(name, texts)
    if text is None:
        return None
    topic = _topic(question, texts)
    if not (_holds(squeezed(text), value) or _numbers_heading(text, value, topic)):
        return False
    if not topic or re.search(r"highest|lowest|longest|shortest|가장", question):
        return None if not topic else True
    others = [other for title, other in texts.items() if other is not text and title in question]
    return not any(all(squeezed(one) in squeezed(other) for one in topic) for other in others)


def version_change(question: str, answer: str, texts: Texts) -> bool | None:
    """Look for each quoted sentence in its own document, and compare what is left of both without the quotes."""
    names = [name for name in texts if name in question]
    names.sort(key=question.index)
    if len(names) != 2:
        return None
    ours, theirs = (texts[name] for name in names)
    if answer.startswith(("No.", "아니요")):
        shared = squeezed(answer.partition("“")[2].rstrip("”"))
        return shared in squeezed(ours) and shared in squeezed(theirs)
    if answer.startswith("|"):
        cells = [line.strip("| ").split(" | ")[-2:] for line in answer.split("\n")[2:]]
        return _only_differences(ours, theirs, cells)
    if re.search(r"one a line|한 줄에 하나씩", question):
        return _each_differs(ours, theirs, answer.split("\n"))
    lines = [line for line in answer.split("\n") if ": " in line]
    quotes = [line.partition(": ")[2] for line in lines]
    if len(quotes) != 2:
        return None
    return _is_in(quotes[0], ours) and _is_in(quotes[1], theirs) and squeezed(quotes[0]) != squeezed(quotes[1])


def _each_differs(ours: str, theirs: str, labels: Sequence[str]) -> bool | None:
    """Return whether the text under each number is not the same in both; None if a label has no number of its own."""
    for label in labels:
        if " / " in label or " of " in label or re.match(r"부칙|별표|“", label):
            return None
        left, right = ({squeezed(body) for body in bodies_of(text, key_of(label))} for text in (ours, theirs))
        if left and right and left == right:
            return False
    return True


def _only_differences(ours: str, theirs: str, cells: Sequence[Sequence[str]]) -> bool | None:
    """Return whether both texts are the same without the quoted sentences; None if something else differs."""
    left, right = squeezed(ours), squeezed(theirs)
    for mine, yours in cells:
        if not (_is_in(mine, ours) and _is_in(yours, theirs)):
            return False
        for piece in _pieces(mine):
            left = left.replace(piece, "", 1)
        for piece in _pieces(yours):
            right = right.replace(piece, "", 1)
    return True if left == right else None


def _is_in(quote: str, text: str) -> bool:
    whole = squeezed(text)
    return quote in _NO_SENTENCE or squeezed(quote) in whole or all(piece in whole for piece in _pieces(quote))


def _pieces(quote: str) -> list[str]:
    """Return the sentences of a quotation; a piece that is too short to be unique stays with the next one."""
    if quote in _NO_SENTENCE:
        return []
    found: list[str] = []
    held = ""
    for part in re.split(
        r"(?<=[.!?다;:])\s+(?=[A-Z“\"(①-⑳가-힣0-9\[])|(?<=[;,] and) (?=[A-Z])|(?<=[;,] or) (?=[A-Z])", quote
    ):
        held += squeezed(part)
        if len(held) >= _MIN_PIECE:
            found.append(held)
            held = ""
    return found + ([held] if held else [])


def _topic(question: str, texts: Texts) -> list[str]:
    quoted = [next(filter(None, groups)) for groups in _QUOTED.findall(question)]
    return [one for one in quoted if one not in {name.strip("“”「」") for name in texts}]


def _text(name: str, texts: Texts) -> str | None:
    return texts.get(name.strip()) or texts.get(name.strip().casefold())


def _numbers_heading(text: str, label: str, topic: Sequence[str]) -> bool:
    """Return whether a line has the number of a label, and then the heading asked about: `2. LICENSE GRANT`."""
    number = re.search(r"\d+(?:\.\d+)*", label)
    if number is None or not topic:
        return False
    heading = r"\W+".join(map(re.escape, re.findall(r"\w+", topic[0])))
    return (
        re.search(rf"^\W*(?:\w+\W+)?{re.escape(number.group())}\W+{heading}", text, re.MULTILINE | re.IGNORECASE)
        is not None
    )


def _holds(text: str, value: str) -> bool:
    pieces = [squeezed(one) for one in re.split(r"[;\n]|, ", value)]
    return squeezed(value) in text or all(piece in text for piece in pieces)
