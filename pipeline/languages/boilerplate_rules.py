"""The type of the rules for boilerplate: words that show that a repeated line belongs to the frame of a document.

The patterns of all languages apply to every document and ignore case. `clean.boilerplate_words` combines them. A line
is tested only if it occurs in many documents of one source, so a pattern may be wider than it could be on its own.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class BoilerplateRules:
    """Patterns for boilerplate. An empty pattern finds nothing."""

    notices: str = ""
    """Finds words about how a mail, page or file may be used: `if you are not the intended recipient`, `무단 전재`."""
    disclaimers: str = ""
    """Finds words about a document's own content that, in a contract, would be a clause: `without prior notice`."""
    imprints: str = ""
    """Matches a whole line that names a page, or when or where a copy was made: `Page 3 of 12`, `Printed on …`."""
    page_marks: str = ""
    """Matches a whole line that is a page number and a word for a page, and nothing else: `Page 3 of 12`."""
    trailers: str = ""
    """Matches a whole line below which a page has nothing but facts about itself: `Help content debug info:`."""
    running: str = ""
    """Matches a whole line that is the frame of a page if each page of a document has it: `CONFIDENTIAL - DRAFT`."""
    companies: str = ""
    """Matches the beginning of a line that is the name of a company and not the letter of an item: `(주)`."""
    revisions: str = ""
    """Matches a whole line that gives the state of a document: `Rev. 3, May 2024`."""
    letterheads: str = ""
    """Finds words of a sender's address: a phone number, a street, a form of company."""
    menu_entries: str = ""
    """Matches an entry of a web page's menu: `Home`, `로그인`."""
    headings: str = ""
    """Matches the heading above a notice: `Disclaimer`."""
    signing: str = ""
    """Finds words of a block to be signed or filled in, which is never removed: `(인)`."""
    signature_lines: str = ""
    """Finds a line to be signed, or words of one: `By: ____`, `(인)`."""
    licences: str = ""
    """Finds words with which a program or text says who owns it and who may use it: `Permission is hereby granted`."""
    date_words: str = ""
    """Matches words that stand for a number in a date or time: `March`, `오전`."""
