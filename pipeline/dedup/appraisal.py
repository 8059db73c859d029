"""Reads a document's standing among its duplicates from its name, its title and both ends of its text.

Takes a cleaned document; returns a `Standing`. The words come from `languages/*/standing.py` and apply to every
document, because a Korean contract can lie in a folder named `drafts`. `stages.dedup` calls `appraise` once per
document, when it signs it. Cost: at most `_END_CHARS` characters at each end of a text are read, so a long document
costs no more than one of 8,000 characters.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from functools import cache, lru_cache
from itertools import islice

from pipeline.dedup.blanks import blank_pattern
from pipeline.dedup.endings import is_cut_off
from pipeline.dedup.standing import EPOCH, Standing
from pipeline.domains import domain_rules
from pipeline.languages import all_rules
from pipeline.languages.standing_rules import StandingRules
from pipeline.records import Document
from pipeline.tokens.control_strings import known_control_strings

_END_CHARS = 4_000
_MARK_LINES = 6
"""A note such as `DRAFT` is looked for in this many lines at the start, and in half as many at the end."""
_MARK_CHARS = 120
"""Longer lines are text and not notes about the text."""
_HEAD_CHARS, _TAIL_CHARS = 1_500, 600
"""The characters at the start and the end among which these lines are found."""
_LABEL_CHARS = 40
"""The maximum distance of a date from its label, such as `effective`."""
_MAX_DATES = 60
_MAX_WORD_CHARS = 24
"""Longer words are usually several words whose spaces were lost."""
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
_YEAR = re.compile(r"(?:19|20)\d\d(?!\d)")
_NAME_DATE = re.compile(
    r"(?<!\d)(?P<year>(?:19|20)\d\d)(?P<mark>[-_.]?)(?P<month>0[1-9]|1[0-2])(?:(?P=mark)(?P<day>0[1-9]|[12]\d|3[01]))?"
    r"(?!\d)|(?<!\d)(?P<only>(?:19|20)\d\d)(?!\d)"
)
_NUMERIC_DATE = (
    r"(?<!\d)(?P<year>(?:19|20)\d\d)\s?[-./]\s?(?P<month>1[0-2]|0?[1-9])(?:\s?[-./]\s?(?P<day>\d{1,2}))?(?!\d)"
)
UNDECODED = (
    r"[\ufffd\ue000-\uf8ff]|\(cid:\d+\)",
    "[\u00c2\u00c3\u00e2\u00ea-\u00ed](?:(?<=\u00c3)[\u0080-\u00bf\u201a-\u2122]|(?<=\u00e2)\u20ac|(?<=\u00c2)[\u00a0-\u00bf]|"
    "(?<=[\u00ea-\u00ed])[\u0080-\u00bf\u201a-\u203a\u0153\u0178\u017e])",
)
"""A replacement or private character, an undecoded glyph; and UTF-8 that was read as Latin-1 or Windows-1252."""


def appraise(document: Document) -> Standing:
    """Return the standing of a document."""
    text = document.text
    head, tail = text[:_END_CHARS], text[max(_END_CHARS, len(text) - _END_CHARS) :]
    ends = f"{head}\n{tail}"
    lower = ends.lower()
    marks = _mark_lines(text)
    notes = marks if _rules().any_line.search(marks) else ""
    names = _names(document.source_uri, document.title)
    is_code = domain_rules(document.domain).is_code
    garbled_share = _garbled_share(ends, is_code=is_code)
    is_dated, revision_day = _dates(names, lower)
    num_blanks = 0 if is_code else len(blank_pattern().findall(lower))
    return Standing(
        legibility=(garbled_share < _MANY_GARBLED) + (garbled_share < _MOSTLY_GARBLED),
        wholeness=not is_cut_off(text[-_END_CHARS:], is_code=is_code),
        status=_status(names, notes, lower),
        validity=_validity(names, notes),
        authorship=not _forwards(lower),
        purity=is_code or known_control_strings().search(ends) is None,
        version=_version(names, marks),
        revision_day=revision_day,
        originality=_originality(names, notes),
        place=_MEMBER_MARK not in document.source_uri,
        completion=7 - min(7, num_blanks.bit_length()),
        is_dated=is_dated,
        cleanness=15 - min(15, round(1000 * garbled_share).bit_length()),
        nativeness=_nativeness(names),
        description=sum(value not in _UNKNOWN for value in (document.title, document.licence)),
    )


def tells_standing(word: str) -> bool:
    """Return whether a word of a name, in lower case, says what became of a document: `draft`, `signed`, `사본`."""
    return _rules().any_name.search(word) is not None


@dataclass(frozen=True, slots=True)
class _Names:
    """The names of a document, in lower case."""

    file: str
    folders: str
    own: str
    """The file name without its suffix, and the title on the next line."""
    path: str
    """`own` and the folders above the file; empty if none of them has a word that says anything."""


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
        names = [self.draft_name, self.final_name, self.signed_name, self.copy_name, self.original_name]
        names += [self.backup_name, self.superseded_name, self.current_name]
        self.any_name = re.compile("|".join(pattern.pattern for pattern in names), re.MULTILINE)
        self.draft_line = _pattern(lambda rules: rules.draft_line)
        self.copy_line = _pattern(lambda rules: rules.copy_line)
        self.superseded_line = _pattern(lambda rules: rules.superseded_line)
        self.current_line = _pattern(lambda rules: rules.current_line)
        lines = (self.draft_line, self.copy_line, self.superseded_line, self.current_line)
        self.any_line = re.compile("|".join(pattern.pattern for pattern in lines), re.MULTILINE)
        forwards = "|".join(_sources(lambda rules: rules.forward_line))
        self.forward_line = re.compile(f"^[-_> ]*(?:{forwards or '(?!)'})", re.MULTILINE)
        self.signature = _pattern(lambda rules: rules.signature)
        self.revision_label = _pattern(lambda rules: rules.revision_label)
        self.undecoded = [re.compile(pattern) for pattern in UNDECODED]
        self.garbled = [
            *self.undecoded,
            *(re.compile(pattern) for _, rules in all_rules() for pattern in rules.standing.garbled),
        ]
        self.versions = [
            (re.compile(rules.standing.version_label), rules.standing.ordinals)
            for _, rules in all_rules()
            if rules.standing.version_label
        ]
        self.dates = [
            re.compile(pattern)
            for pattern in (_NUMERIC_DATE, *(one for _, rules in all_rules() for one in rules.standing.dates))
        ]
        self.months = {name: number for _, rules in all_rules() for name, number in rules.standing.months.items()}


@cache
def _rules() -> _Rules:
    return _Rules()


def _sources(source: Callable[[StandingRules], str]) -> list[str]:
    return [pattern for _, rules in all_rules() if (pattern := source(rules.standing))]


def _pattern(source: Callable[[StandingRules], str]) -> re.Pattern[str]:
    # No group around the alternatives: `re` finds the letters that they begin with, and skips all others.
    return re.compile("|".join(_sources(source)) or "(?!)", re.MULTILINE)


@lru_cache(maxsize=64)
def _folder_names(folders: str) -> str:
    return _CAMEL.sub(" ", folders).lower()


def _names(uri: str, title: str) -> _Names:
    folders, _, file = uri.replace(_MEMBER_MARK, "/").rpartition("/")
    stem = _SUFFIX.sub("", _BACKUP_SUFFIX.sub("", file))
    own = _CAMEL.sub(" ", f"{stem}\n{title}").lower()
    path = f"{own}\n{_folder_names(folders)}"
    return _Names(
        file=file, folders=_folder_names(folders), own=own, path=path if _rules().any_name.search(path) else ""
    )


def _mark_lines(text: str) -> str:
    """Return the short lines at both ends of a text, in lower case; notes such as `DRAFT` are found in them."""
    first = [line for line in text[:_HEAD_CHARS].split("\n") if line.strip()][:_MARK_LINES]
    last = [line for line in text[-_TAIL_CHARS:].split("\n") if line.strip()][-_MARK_LINES // 2 :]
    return "\n".join(line.strip() for line in (*first, *last) if len(line) <= _MARK_CHARS).lower()


def _status(names: _Names, marks: str, lower: str) -> int:
    words = _rules()
    if words.draft_name.search(names.path) or words.draft_line.search(marks):
        return 0
    if words.signed_name.search(names.path):
        return 4
    is_final = words.final_name.search(names.path) is not None
    return 3 + is_final if words.signature.search(lower) else 1 + is_final


def _validity(names: _Names, marks: str) -> int:
    words = _rules()
    if words.superseded_name.search(names.path) or words.superseded_line.search(marks):
        return 0
    return 2 if words.current_name.search(names.path) or words.current_line.search(marks) else 1


def _originality(names: _Names, marks: str) -> int:
    words = _rules()
    if (
        (names.path and words.copy_name.search(names.own))
        or words.backup_name.search(names.path)
        or words.copy_line.search(marks)
    ):
        return 0
    if _NUMBERED_COPY.search(names.own.split("\n", 1)[0]) or _BACKUP_SUFFIX.search(names.file):
        return 0
    return 2 if words.original_name.search(names.path) else 1


def _nativeness(names: _Names) -> int:
    if _rules().scan_name.search(names.own) or _IMAGE_SUFFIX.search(names.file):
        return 0
    return 1 if names.file.lower().endswith(".pdf") else 2


def _forwards(lower: str) -> bool:
    """Return whether the text forwards another one, or quotes it with a mark before each line."""
    if _rules().forward_line.search(lower):
        return True
    return lower.count("\n>") > _QUOTED_SHARE * lower.count("\n") > 0


def _garbled_share(ends: str, *, is_code: bool) -> float:
    """Return the share of garbled words. In code, only characters that no code contains count."""
    words = ends.split()
    patterns = _rules().undecoded if is_code else _rules().garbled
    num_joined = 0 if is_code else sum(map(_MAX_WORD_CHARS.__lt__, map(len, words)))
    return (num_joined + sum(len(pattern.findall(ends)) for pattern in patterns)) / max(1, len(words))


def _version(names: _Names, marks: str) -> int:
    """Return the highest version that the name states; otherwise the highest in a note, or in the folders' names."""
    for text in (names.own, marks, names.folders):
        if version := max(_versions(text), default=0):
            return version
    return _NO_VERSION


def _versions(text: str) -> Iterator[int]:
    for pattern, ordinals in _rules().versions:
        for match in pattern.finditer(text):
            groups = match.groupdict()
            ordinal = groups.get("ordinal")
            major = (ordinals.get(ordinal) or int(ordinal)) if ordinal else int(groups["major"])
            yield 256 * min(major, 255) + min(int(groups.get("minor") or 0), 255)


def _dates(names: _Names, lower: str) -> tuple[bool, int]:
    """Return whether a text is dated, and the latest date in the name or beside a label such as `effective`.

    The date in the name of a copy or backup says when it was made, and does not count.
    """
    words = _rules()
    is_copy = words.copy_name.search(names.own) or words.backup_name.search(names.own)
    days = [] if is_copy or _BACKUP_SUFFIX.search(names.file) else [_day(m) for m in _NAME_DATE.finditer(names.own)]
    is_dated = False
    for year in islice(_YEAR.finditer(lower), _MAX_DATES):
        before = lower[max(0, year.start() - _LABEL_CHARS) : year.start()].rpartition("\n")[2]
        after = lower[year.start() : year.end() + _LABEL_CHARS].partition("\n")[0]
        line = before + after
        is_labelled = _rules().revision_label.search(line) is not None
        if is_dated and not is_labelled:
            continue
        found = [_day(match) for pattern in _rules().dates for match in pattern.finditer(line)]
        is_dated = is_dated or any(found)
        days += found if is_labelled else []
    return is_dated, max(days, default=0)


def _day(match: re.Match[str]) -> int:
    groups = match.groupdict()
    month = groups["month"] or "1"
    number = int(month) if month.isdigit() else _rules().months[month]
    try:
        return max(
            0, date(int(groups["year"] or groups["only"]), number, int(groups.get("day") or 1)).toordinal() - EPOCH
        )
    except ValueError:
        return 0
