"""Reads a document's standing among its duplicates from its name, its title and both ends of its text.

Takes a cleaned document; returns a `Standing`. The words come from `languages/*/standing.py` and apply to every
document, because a Korean contract can lie in a folder named `drafts`. `stages.dedup` calls `appraise` once per
document, when it signs it. Cost: at most `_END_CHARS` characters at each end of a text are read, so a long document
costs no more than one of 16,000 characters.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import date
from functools import cache

from pipeline.dedup.endings import is_cut_off
from pipeline.dedup.standing import EPOCH, Standing
from pipeline.domains import domain_rules
from pipeline.languages import all_rules, any_of
from pipeline.languages.standing_rules import StandingRules
from pipeline.records import Document

_END_CHARS = 8_000
_MARK_LINES = 6
"""A note such as `DRAFT` is looked for in this many lines at the start, and in half as many at the end."""
_MARK_CHARS = 120
"""Longer lines are text and not notes about the text."""
_LABEL_CHARS = 40
"""The maximum distance of a date from its label, such as `effective`."""
_MEMBER_MARK = "!/"
"""Separates a container from the file inside it in a source's name; see `documents.archives`."""
_UNKNOWN = ("", "unknown")
_MANY_GARBLED, _MOSTLY_GARBLED = 0.03, 0.15
_QUOTED_SHARE = 0.3
_NO_VERSION = 256

_NUMBERED_COPY = re.compile(r"[ _-]?\(\d{1,2}\)$")
_BACKUP_SUFFIX = re.compile(r"(?:\.(?:bak|orig|old|save|backup|swp|tmp)\d*|~)$", re.IGNORECASE)
_IMAGE_SUFFIX = re.compile(r"\.(?:tiff?|png|jpe?g|bmp|gif)$", re.IGNORECASE)
_SUFFIX = re.compile(r"\.[A-Za-z][A-Za-z0-9]{0,5}$")
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_NAME_DATE = re.compile(
    r"(?<!\d)(?P<year>(?:19|20)\d\d)(?P<mark>[-_.]?)(?P<month>0[1-9]|1[0-2])(?:(?P=mark)(?P<day>0[1-9]|[12]\d|3[01]))?"
    r"(?!\d)"
)
_NUMERIC_DATE = (
    r"(?<!\d)(?P<year>(?:19|20)\d\d)\s?[-./]\s?(?P<month>1[0-2]|0?[1-9])(?:\s?[-./]\s?(?P<day>\d{1,2}))?(?!\d)"
)
_BLANK = (
    r"_{3,}|\.{6,}+(?!\s*\d+\s*$)|…{2,}|\[[ ●•■○◦*_.…]*\]|<<[^<>\n]{1,40}>>|\{\{[^{}\n]{1,40}\}\}|\( {3,}\)|"
    r"[○◯〇△▲□■◇◆]{2,}|\b[xX]{3,}\b"
)
_GARBLED = (
    "[\ufffd\ue000-\uf8ff]|\\(cid:\\d+\\)|\u00e2\u20ac|\u00c3[\u0080-\u00bf\u201a-\u2122]|\u00c2[\u00a0-\u00bf ]|"
    "[\u00ea-\u00ed][\u0080-\u00bf\u201a-\u203a\u0153\u0178\u017e]"
)


def appraise(document: Document) -> Standing:
    """Return the standing of a document."""
    text = document.text
    head, tail = text[:_END_CHARS], text[max(_END_CHARS, len(text) - _END_CHARS) :]
    marks = _mark_lines(text)
    names = _names(document.source_uri, document.title)
    ends = f"{head}\n{tail}"
    words = _rules()
    garbled_share = len(words.garbled.findall(ends)) / max(1, len(ends.split()))
    return Standing(
        legibility=(garbled_share < _MANY_GARBLED) + (garbled_share < _MOSTLY_GARBLED),
        wholeness=not is_cut_off(text[-_END_CHARS:], is_code=domain_rules(document.domain).is_code),
        status=_status(names, marks, ends),
        validity=_validity(names, marks),
        authorship=not _forwards(head),
        version=_version(names.own, marks),
        revision_day=_revision_day(names.own, ends),
        originality=_originality(names, marks),
        place=_MEMBER_MARK not in document.source_uri,
        completion=7 - min(7, len(words.blank.findall(ends)).bit_length()),
        is_dated=any(pattern.search(ends) for pattern in words.dates),
        cleanness=15 - min(15, round(1000 * garbled_share).bit_length()),
        nativeness=_nativeness(names),
        description=sum(value not in _UNKNOWN for value in (document.title, document.licence)),
    )


class _Names:
    """The names of a document: its file name without suffix and its title (`own`), and the folders above it."""

    __slots__ = ("file", "folders", "own")

    def __init__(self, file: str, folders: str, title: str) -> None:
        self.file = file
        self.folders = _CAMEL.sub(" ", folders)
        stem = _SUFFIX.sub("", _BACKUP_SUFFIX.sub("", file))
        self.own = _CAMEL.sub(" ", f"{stem}\n{title}")


class _Rules:
    """The patterns of all languages, compiled."""

    def __init__(self) -> None:
        self.draft_name = _pattern(lambda rules: rules.draft_name)
        self.final_name = _pattern(lambda rules: rules.final_name)
        self.signed_name = _pattern(lambda rules: rules.signed_name)
        self.copy_name = _pattern(lambda rules: rules.copy_name)
        self.original_name = _pattern(lambda rules: rules.original_name)
        self.backup_name = _pattern(lambda rules: rules.backup_name)
        self.superseded_name = _pattern(lambda rules: rules.superseded_name)
        self.current_name = _pattern(lambda rules: rules.current_name)
        self.scan_name = _pattern(lambda rules: rules.scan_name)
        self.draft_line = _pattern(lambda rules: rules.draft_line)
        self.copy_line = _pattern(lambda rules: rules.copy_line)
        self.superseded_line = _pattern(lambda rules: rules.superseded_line)
        self.current_line = _pattern(lambda rules: rules.current_line)
        self.forward_line = _pattern(lambda rules: rules.forward_line)
        self.signature = _pattern(lambda rules: rules.signature)
        self.revision_label = _pattern(lambda rules: rules.revision_label)
        self.blank = _pattern(lambda rules: rules.blank, _BLANK)
        self.garbled = re.compile(f"{_GARBLED}|{any_of(lambda rules: rules.standing.garbled)}")
        self.versions = [
            (re.compile(rules.standing.version_label, re.IGNORECASE), rules.standing.ordinals)
            for _, rules in all_rules()
            if rules.standing.version_label
        ]
        self.dates = [
            re.compile(pattern, re.IGNORECASE)
            for pattern in (_NUMERIC_DATE, *(date for _, rules in all_rules() for date in rules.standing.dates))
        ]
        self.months = {name: number for _, rules in all_rules() for name, number in rules.standing.months.items()}


@cache
def _rules() -> _Rules:
    return _Rules()


def _pattern(source: Callable[[StandingRules], str], more: str = "") -> re.Pattern[str]:
    pattern = any_of(lambda rules: source(rules.standing))
    return re.compile(f"{pattern}|{more}" if more else pattern, re.IGNORECASE | re.MULTILINE)


def _names(uri: str, title: str) -> _Names:
    folders, _, file = uri.replace(_MEMBER_MARK, "/").rpartition("/")
    return _Names(file, folders, title)


def _mark_lines(text: str) -> str:
    """Return the short lines at both ends of a text, in which notes such as `DRAFT` are found."""
    head, tail = text[:2000].split("\n"), text[-1000:].split("\n")
    lines = [line for line in head if line.strip()][:_MARK_LINES]
    lines += [line for line in tail if line.strip()][-_MARK_LINES // 2 :]
    return "\n".join(line.strip() for line in lines if len(line) <= _MARK_CHARS)


def _status(names: _Names, marks: str, ends: str) -> int:
    words = _rules()
    path = f"{names.own}\n{names.folders}"
    if words.draft_name.search(path) or words.draft_line.search(marks):
        return 0
    is_final = words.final_name.search(path) is not None
    if words.signed_name.search(path):
        return 4
    return 3 + is_final if words.signature.search(ends) else 1 + is_final


def _validity(names: _Names, marks: str) -> int:
    words = _rules()
    path = f"{names.own}\n{names.folders}"
    if words.superseded_name.search(path) or words.superseded_line.search(marks):
        return 0
    return 2 if words.current_name.search(path) or words.current_line.search(marks) else 1


def _originality(names: _Names, marks: str) -> int:
    words = _rules()
    stem = names.own.split("\n", 1)[0]
    path = f"{names.own}\n{names.folders}"
    is_copy = words.copy_name.search(names.own) or words.backup_name.search(path) or words.copy_line.search(marks)
    if is_copy or _NUMBERED_COPY.search(stem) or _BACKUP_SUFFIX.search(names.file):
        return 0
    return 2 if words.original_name.search(path) else 1


def _nativeness(names: _Names) -> int:
    if _rules().scan_name.search(names.own) or _IMAGE_SUFFIX.search(names.file):
        return 0
    return 1 if names.file.lower().endswith(".pdf") else 2


def _forwards(head: str) -> bool:
    """Return whether the text forwards another one, or quotes it with a mark before each line."""
    if _rules().forward_line.search(head):
        return True
    lines = [line for line in head.split("\n") if line.strip()]
    return sum(line.startswith(">") for line in lines) > _QUOTED_SHARE * len(lines)


def _version(name: str, marks: str) -> int:
    """Return the highest version that the name states; without one, the highest that a note states."""
    for text in (name, marks):
        if found := list(_versions(text)):
            return max(found)
    return _NO_VERSION


def _versions(text: str) -> Iterator[int]:
    for pattern, ordinals in _rules().versions:
        for match in pattern.finditer(text):
            groups = match.groupdict()
            if ordinal := groups.get("ordinal"):
                major = ordinals.get(ordinal.lower()) or int(ordinal)
            else:
                major = int(groups["major"])
            yield 256 * min(major, 255) + min(int(groups.get("minor") or 0), 255)


def _revision_day(name: str, ends: str) -> int:
    """Return the latest of the dates in the name and those beside a label such as `effective`."""
    days = [_day(match) for match in _NAME_DATE.finditer(name)]
    for label in _rules().revision_label.finditer(ends):
        before = ends[max(0, label.start() - _LABEL_CHARS) : label.start()].rpartition("\n")[2]
        after = ends[label.end() : label.end() + _LABEL_CHARS].partition("\n")[0]
        for pattern in _rules().dates:
            days += [_day(match) for match in pattern.finditer(f"{before}{label.group()}{after}")]
    return max(days, default=0)


def _day(match: re.Match[str]) -> int:
    groups = match.groupdict()
    month = groups["month"].lower()
    number = int(month) if month.isdigit() else _rules().months[month]
    try:
        return max(0, date(int(groups["year"]), number, int(groups.get("day") or 1)).toordinal() - EPOCH)
    except ValueError:
        return 0
