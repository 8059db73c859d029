"""Gives a document another text, and finds records whose text was changed without that.

Sections, outline and pages hold offsets in the text. A step that changes only the text leaves them pointing at other
characters, so that questions get wrong answers. `with_text` makes them anew; the transforms that read them refuse a
record whose sections do not end with its text. Cost of `with_text`: the text is parsed as in `CleanDocuments`.
"""

from __future__ import annotations

from dataclasses import replace
from itertools import takewhile

from pipeline.documents.grammar.outline import outline_of, sections_of
from pipeline.documents.pages import moved_pages
from pipeline.errors import InputError
from pipeline.io.dead_letters import dead_letter_of
from pipeline.records import Context, DeadLetter, Document, Page


def with_text(document: Document, text: str) -> Document:
    """Return the document with another text, and with the sections, outline and pages of that text.

    The text is taken as it is: it is not normalised, and personal data in it is not masked. Its structure is read from
    the text alone, so a heading that only the file's format showed, such as a style of an office document, is lost.
    Pages outside the changed span keep their labels; a page that began inside the span has none there. Id, title and
    source stay those of the document.

    Args:
        document: a document, such as `CleanDocuments` makes.
        text: its new text.

    Example:
        >>> from pipeline import clean_text
        >>> text = "# Lease\\n\\nThe tenant pays the rent of USD 900 every month.\\n"
        >>> document = clean_text(text, min_chars=20).document
        >>> changed = with_text(document, "Internal copy.\\n\\n" + document.text)
        >>> [(section.start, section.title) for section in changed.sections]
        [(0, ''), (16, 'Lease')]
    """
    pages = _pages_after(document, text)
    changed = replace(document, text=text, sections=(), pages=pages, outline=None)
    outline = outline_of(changed)
    return replace(changed, sections=sections_of(outline, length=len(text)), outline=outline)


def misfit_letter(record: Document | Context, *, stage: str) -> DeadLetter | None:
    """Return the dead letter of a record whose sections or outline belong to another text; None if they fit.

    A record without sections fits if its outline, if present, ends within its text.

    Args:
        record: the record.
        stage: the stage of the letter.
    """
    length = len(record.text)
    sections_end = record.sections[-1].end if record.sections else length
    outline_end = max((node.end for node in record.outline or ()), default=0)
    if sections_end == length and outline_end <= length:
        return None
    end = sections_end if sections_end != length else outline_end
    where = " before PackContexts" if isinstance(record, Context) else ""
    error = InputError(
        f"The text of {record.doc_id} has {length} characters, but its sections and outline end at {end}: a step "
        "changed the text without them.",
        remedy=f"Change the text{where} with `pipeline.transforms.with_text(document, text)`.",
    )
    return dead_letter_of(
        error, stage=stage, item_id=record.doc_id, source_uri=record.source_uri, source_offset=record.source_offset
    )


def _pages_after(document: Document, text: str) -> tuple[Page, ...]:
    """Return the pages after a change, which lies between the longest common start and end of both texts."""
    if not document.pages:
        return ()
    old = document.text
    start = _num_equal(old, text)
    old_end = len(old) - _num_equal(old[start:][::-1], text[start:][::-1])
    moved = len(text) - len(old)
    before = [page for page in document.pages if page.start <= start]
    inside = [page for page in document.pages if start < page.start < old_end]
    after = [Page(page.start + moved, page.label) for page in document.pages if page.start >= max(old_end, start + 1)]
    resumed = [Page(start, ""), Page(old_end + moved, inside[-1].label)] if inside else []
    return moved_pages([*before, *resumed, *after], lambda offset: offset)


def _num_equal(first: str, second: str) -> int:
    """Return the length of the longest common start of two texts."""
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(first, second, strict=False)))
