"""Tells by its words what a repeated line is: a notice, an imprint, a letterhead, a menu, a numbered heading.

Takes lines; returns facts about them. Used by `clean.boilerplate`. The words are in `languages/*/boilerplate.py`.
"""

from __future__ import annotations

import re
from functools import cache

from pipeline.clean.repeated_lines import LINK
from pipeline.domains.rules import Removed
from pipeline.languages import any_of, letters_of

_MAX_ENTRY_CHARS = 30
_BETWEEN_ENTRIES = re.compile(r"\s*[|·•›»>/\u2190-\u2193]+\s*|\s{2,}|\s[-–—]\s")
_BETWEEN_PARTS = re.compile(r"\s+[|·•–—-]\s+|\t| {3,}")
_MIN_PARTS = 2
_AROUND = re.compile(r"^\W+|[^\w.!?。:;]+$")
"""Signs around a menu's entry, such as a bullet or an arrow. The end of a sentence is kept."""
_EDGES = " \t*#_|>[]()«»‹›·•:-–—"
_SENTENCE_END = re.compile(r"[.!?。:;][\"'”’)\]]*$")
_COPYRIGHT = re.compile(r"(?:©|ⓒ|\(c\)\s*(?:copyright\b|\d{4})|\bcopyright\s*(?:©|\(c\)|\d{4}))", re.IGNORECASE)
_PAGE_NUMBER = re.compile(r"\s*(?P<dash>[-–—])\s?\d{1,4}\s?(?P=dash)\s*")
"""A number in the form of a page number. `9` and `9/12` are more often data; see `clean.boilerplate_pages`."""
_BARE_NUMBER = re.compile(r"\d{1,4}(?:\s?/\s?\d{1,4})?")
_DAY = r"(?:\d{4}(?P<mark>[-./])\s?\d{1,2}(?P=mark)\s?\d{1,2}\.?|\d{1,2}(?P<sign>[-./])\d{1,2}(?P=sign)\d{2,4})"
_TIME = r"\d{1,2}:\d{2}(?::\d{2}(?:[.,]\d{1,6})?)?"
_ZONE = r"(?:\s?(?:Z|UTC|GMT|[A-Z]{3}|[+-]\d{2}:?\d{2}))?"
_STAMP = re.compile(rf"{_DAY}(?:[\sT,]{{1,2}}{_TIME}{_ZONE})?|{_TIME}{_ZONE}")
_CODE_FENCE = ("```", "~~~")


def ends_sentence(line: str) -> bool:
    """Return whether a line ends like a sentence."""
    return _SENTENCE_END.search(line.rstrip()) is not None


def is_separator(line: str) -> bool:
    """Return whether a line has no letter and no digit."""
    return not any(char.isalnum() for char in line)


def is_fence(line: str) -> bool:
    """Return whether a line begins or ends a block of code."""
    return line.lstrip().startswith(_CODE_FENCE)


def is_table_row(line: str) -> bool:
    """Return whether a line is a row of a table in Markdown."""
    return line.lstrip().startswith("|")


def is_numbered(line: str) -> bool:
    """Return whether a line begins with the number of a clause, a heading or a list item."""
    is_print = _COPYRIGHT.match(line.lstrip()) is not None or _company().match(line) is not None
    return not is_print and _numbered().match(line) is not None


def is_imprint(line: str, removed: Removed) -> bool:
    """Return whether a whole line names a page or a print; if all boilerplate is removed, also a revision."""
    bare = line.strip(_EDGES)
    patterns = [_imprint(), *([_revision()] if removed is Removed.ALL else [])]
    return any(pattern.fullmatch(bare) for pattern in patterns) or _PAGE_NUMBER.fullmatch(line) is not None


def is_bare_number(line: str) -> bool:
    """Return whether a line is a number of up to four digits, or two of them as in `9/12`, and nothing else."""
    return _BARE_NUMBER.fullmatch(line.strip()) is not None


def is_page_mark(line: str) -> bool:
    """Return whether a whole line is a page number with a word for a page: `Page 9 of 12`, `9쪽`."""
    return _page_mark().fullmatch(line.strip(_EDGES)) is not None


def is_trailer(line: str) -> bool:
    """Return whether only facts about a page itself follow a line, such as `Help content debug info:`."""
    return _trailer().fullmatch(line.strip(_EDGES)) is not None


def is_stamp(line: str) -> bool:
    """Return whether a line is a date or a time, and nothing else."""
    return _STAMP.fullmatch(line.strip(_EDGES)) is not None


def is_copyright(line: str) -> bool:
    """Return whether a line begins with a copyright sign and a year, and is not much more than this."""
    return _COPYRIGHT.search(line[:40]) is not None


def notice_spans(text: str, removed: Removed) -> list[tuple[int, int]]:
    """Return where a paragraph has words of a notice; if all boilerplate is removed, also of a disclaimer."""
    patterns = [_notice(), _COPYRIGHT, *([_disclaimer()] if removed is Removed.ALL else [])]
    return [match.span() for pattern in patterns for match in pattern.finditer(text)]


def is_running(line: str) -> bool:
    """Return whether a line that returns on each page is the frame of the page and not what the document says.

    It is a mark of secrecy, a notice or an imprint, or has two or more parts of which one is a company or a revision.
    """
    bare = line.strip(_EDGES)
    if _running().fullmatch(bare) is not None or is_imprint(line, Removed.ALL) or notice_spans(line, Removed.NOTICES):
        return True
    parts = [part.strip(_EDGES) for part in _BETWEEN_PARTS.split(line) if part.strip(_EDGES)]
    return len(parts) >= _MIN_PARTS and any(is_letterhead(part) or _revision().fullmatch(part) for part in parts)


def is_letterhead(line: str) -> bool:
    """Return whether a line has a sender's address, phone number or form of company."""
    return _letterhead().search(line.strip()) is not None


def is_to_sign(text: str) -> bool:
    """Return whether a paragraph is to be signed or filled in."""
    return _signing().search(text) is not None


def is_notice_heading(line: str) -> bool:
    """Return whether a line is the heading above a notice, such as `Disclaimer`."""
    return _heading().fullmatch(line.strip(_EDGES)) is not None


def menu_entries(line: str) -> list[str]:
    """Return the entries of a line of a menu; empty if the line is too long to be one."""
    plain = LINK.sub(r"\1 | ", line) if "](" in line else line
    entries = [entry for part in _BETWEEN_ENTRIES.split(plain) if (entry := _AROUND.sub("", part))]
    fits = all(len(entry) <= _MAX_ENTRY_CHARS and not ends_sentence(entry) for entry in entries)
    return entries if fits else []


def is_menu_entry(entry: str) -> bool:
    """Return whether menus of many sites have this entry."""
    return _menu_entry().fullmatch(entry) is not None


def _pattern(source: str, *, multiline: bool = False) -> re.Pattern[str]:
    return re.compile(source, re.IGNORECASE | (re.MULTILINE if multiline else re.NOFLAG))


@cache
def _notice() -> re.Pattern[str]:
    return _pattern(any_of(lambda rules: rules.boilerplate.notices), multiline=True)


@cache
def _disclaimer() -> re.Pattern[str]:
    return _pattern(any_of(lambda rules: rules.boilerplate.disclaimers))


@cache
def _imprint() -> re.Pattern[str]:
    return _pattern(any_of(lambda rules: rules.boilerplate.imprints))


@cache
def _page_mark() -> re.Pattern[str]:
    return _pattern(any_of(lambda rules: rules.boilerplate.page_marks))


@cache
def _running() -> re.Pattern[str]:
    return _pattern(any_of(lambda rules: rules.boilerplate.running))


@cache
def _trailer() -> re.Pattern[str]:
    return _pattern(any_of(lambda rules: rules.boilerplate.trailers))


@cache
def _company() -> re.Pattern[str]:
    return _pattern(any_of(lambda rules: rules.boilerplate.companies))


@cache
def _revision() -> re.Pattern[str]:
    return _pattern(any_of(lambda rules: rules.boilerplate.revisions))


@cache
def _letterhead() -> re.Pattern[str]:
    return _pattern(any_of(lambda rules: rules.boilerplate.letterheads))


@cache
def _menu_entry() -> re.Pattern[str]:
    own, furniture = any_of(lambda rules: rules.boilerplate.menu_entries), any_of(lambda rules: rules.manual.furniture)
    return _pattern(f"{own}|{furniture}")


@cache
def _heading() -> re.Pattern[str]:
    return _pattern(any_of(lambda rules: rules.boilerplate.headings))


@cache
def _signing() -> re.Pattern[str]:
    return _pattern(any_of(lambda rules: rules.boilerplate.signing), multiline=True)


@cache
def _numbered() -> re.Pattern[str]:
    letters = letters_of(lambda rules: rules.sentences.item_letters)
    provision = any_of(lambda rules: rules.domains.clause_heading)
    chapter = any_of(lambda rules: rules.manual.chapter_number)
    return re.compile(
        rf"[\s#*>-]*(?:\(?(?:\d{{1,3}}|[{letters}]|[ivxIVX]{{1,5}})[.)](?!\d|\w\.)|\d{{1,3}}(?:\.\d{{1,3}})+\.?\s"
        rf"|§|[\u2460-\u2473]"
        rf"|{provision}|{chapter}|[^\W\d_]{{4,12}} (?:\d{{1,3}}|[IVX]{{1,5}})(?:[.:(\[](?!\d)|\s[(–—-]|$)"
        r"|[^\W\d_]\s?\d{1,4}\s?[^\W\d_])"
    )
