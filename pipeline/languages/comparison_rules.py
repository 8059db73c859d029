"""The words of a language around questions and answers that compare several documents.

Each language defines one `ComparisonWords` in `comparison.py`; the tasks over joined rows use it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class ComparisonWords:
    """Wordings around documents that are compared, with placeholders in braces."""

    titled_document: str
    """A document in a question or answer, if its title is unique in the row: `{title}`."""
    numbered_document: str
    """The same for any other document, by the number in its heading line: `{number}`."""
    document_column: str
    """The header of the column of documents in a table."""
    provision_column: str
    """The header of the column of provisions in a table."""
    value_column: str
    """The header of the column of values in a table."""
    not_stated: str
    """The table cell of a document that does not have what is compared."""
    no_sentence: str
    """The table cell of a document whose provision lacks a sentence that the other document has."""
    differ: str
    """The beginning of the answer that two wordings differ."""
    are_equal: str
    """The answer that two documents have the same wording: `{words}`."""
    highest: str
    lowest: str
    longest: str
    shortest: str
    """The superlatives of values and periods; in some languages, a word before them in the question completes them."""
    kinds: Mapping[str, str]
    """The nouns for the kinds of `synthesize.facts.FactKind` that versions can differ in, such as `money`."""
    larger_than: str = ""
    """The pattern of a comparative that says that a value is larger, longer or later; it ignores case."""
    smaller_than: str = ""
    """The same for smaller, shorter or earlier."""
    standard: str = ""
    """Finds what a comparative compares with, as the group `standard`: `than the landlord's`."""
    no_title: re.Pattern[str] | None = None
    """Finds words that show that a title is a sentence, or is cut off: such a title does not name a document."""
    title_goes_on: re.Pattern[str] | None = None
    """Matches the text directly after a title in a document if the title is only a part of the whole one."""
