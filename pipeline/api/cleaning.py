"""`pipeline.clean_text`: a text as a build cleans it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pipeline.api.arguments import require_type
from pipeline.api.documents import AUTO, is_code_name, require_known
from pipeline.api.sections import section_of
from pipeline.clean.document import clean_document
from pipeline.config.build import CleanRecipe, InputSource
from pipeline.documents.given_text import given_extract
from pipeline.documents.readers.reader import Extract
from pipeline.records import Document, Rejection

_MASKED = "masked/"
_REMEDIES = {
    "bytes": "Decode it first: data.decode('utf-8'). Or give the file to read_file.",
    "CleanedText": "It is clean already: see its text and its document.",
    "Document": "It is clean already; to clean its text again, give document.text.",
    "FileContent": "Give one of its records: content.records[0].",
    "PosixPath": "Read the file first: read_file(path).records[0].",
}
"""What to do about a value that is no text, by the name of its type."""


@dataclass(frozen=True, slots=True)
class CleanedText:
    """A cleaned text, or why a build would drop it."""

    document: Document | None
    """The text with its title, domain, language and outline; None if it is dropped."""
    reason: str
    """Why it is dropped, such as `too_short`; empty if it is kept."""
    detail: str
    masked: Mapping[str, int]
    """The number of masked values by kind of personal data."""
    removed_lines: tuple[str, ...]
    """The lines that were removed as boilerplate."""

    @property
    def is_kept(self) -> bool:
        """Whether a build would keep the text."""
        return self.document is not None

    @property
    def text(self) -> str:
        """The cleaned text; empty if it is dropped."""
        return self.document.text if self.document is not None else ""


def clean_text(
    text: str | Extract, *, name: str = "", domain: str = AUTO, language: str = AUTO, **settings: Any
) -> CleanedText:  # Any: values of a recipe
    """Clean a text: normalise it, remove boilerplate, judge it by the quality rules, mask personal data, outline it.

    Lines that many documents of one source repeat are removed by a build, but not here.

    Args:
        text: a text, or a record of `read_file`, whose marks the outline uses.
        name: the name of the text's file; it can become the title, and its suffix tells a programming language.
        domain: such as `legal`; by default detected.
        language: such as `ko`; by default detected.
        settings: keys of `clean` in a recipe, such as `min_chars` or `personal_data`.

    Raises:
        InputError: the text is neither a text nor a record, or the domain or language is unknown.
        RecipeError: a setting is unknown or not allowed.
        MissingExtraError: `datatrove` names a filter, and its package is not installed.
        FailedBlockError: a filter of datatrove failed on the text; a build makes a dead letter of it.

    Example:
        >>> import pipeline
        >>> cleaned = pipeline.clean_text("Please write to jo@example.com about the\\u00a0lease.", min_chars=10)
        >>> cleaned.text, dict(cleaned.masked)
        ('Please write to [EMAIL-1] about the lease.', {'email': 1})
        >>> pipeline.clean_text("Too short.").reason
        'too_short'
    """
    require_type(
        text,
        (str, Extract),
        argument="clean_text: the text",
        remedy="Give a text, or a record of read_file.",
        remedies=_REMEDIES,
    )
    require_known("clean_text", domain=domain, language=language)
    recipe = section_of(CleanRecipe, settings, function=clean_text)
    source = InputSource(path=name or "text", domain=domain, language=language)
    record = text if isinstance(text, Extract) else given_extract(text, name=name, is_code=is_code_name(name))
    key = (name or record.uri).rsplit("/", 1)[-1]
    cleaned = clean_document(record, key=key, source=source, recipe=recipe)
    masked = {
        counter.removeprefix(_MASKED): number
        for counter, number in cleaned.counters.items()
        if counter.startswith(_MASKED)
    }
    outcome = cleaned.outcome
    if isinstance(outcome, Rejection):
        return CleanedText(None, outcome.reason, outcome.detail, masked, tuple(cleaned.boilerplate))
    return CleanedText(outcome, "", "", masked, tuple(cleaned.boilerplate))
