"""Turns one record into a cleaned document, or into a rejection that gives a reason.

Takes an `Extract`, which `documents.reading` yields for each record, and the recipe sections for the record's input
and for cleaning. Returns a `Cleaned`. The text is normalised, checked, masked and outlined. The ingest stage calls
`clean_document` once per record. Time grows linearly with the length of the text.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, field
from functools import partial

from pipeline.clean.boilerplate import Trimmed, without_boilerplate
from pipeline.clean.datatrove_rules import find_objection_of_blocks
from pipeline.clean.language import detect_language, stated_language
from pipeline.clean.normalise import normalise_line, normalise_places, spaces_for_tabs_in
from pipeline.clean.personal_data import Masker, mask_personal_data
from pipeline.clean.places import PlacedText
from pipeline.clean.quality import find_junk, find_objection
from pipeline.clean.repeated_lines import title_hash
from pipeline.config.build import CleanRecipe, InputSource
from pipeline.documents.domain import detect_domain
from pipeline.documents.grammar.headings.reading import MAX_HEADINGS
from pipeline.documents.grammar.outline import MAX_NODES, read_outline, sections_of
from pipeline.documents.marks import MarkKind, moved_marks, places_of
from pipeline.documents.names import printable_name
from pipeline.documents.readers.reader import Extract
from pipeline.documents.title import find_title, title_of_code
from pipeline.domains import domain_rules
from pipeline.identity import content_id
from pipeline.nodes import Node
from pipeline.records import Document, Dropped, Page, Rejection, Section, excerpt_of

STAGE = "ingest"
_EXCERPT_SOURCE_CHARS = 2000
"""The number of characters that are masked before a rejection's excerpt is cut from them.

If the excerpt were cut first, half of an address at its end could remain unmasked.
"""
_MAX_PLAIN_CHARS = 6
"""The length up to which a value of letters and digits cannot be personal data: all that is masked is longer."""


@dataclass(frozen=True, slots=True)
class Cleaned:
    """The outcome of cleaning one record."""

    outcome: Document | Rejection
    counters: Mapping[str, int] = field(default_factory=dict)
    """Counts for the manifest: `masked/KIND`, `domain/DOMAIN`, `language/LANGUAGE` and `boilerplate/…`. Empty for a
    rejection."""
    boilerplate: Sequence[str] = ()
    """The lines that were removed as boilerplate, not masked. Empty for a rejection."""


def document_id(extract: Extract, *, key: str) -> str:
    """Return the id of a record's document. It depends on the record's digest, its file's path and its offset there."""
    return content_id(extract.sha256, key, extract.offset)


def clean_document(
    extract: Extract, *, key: str, source: InputSource, recipe: CleanRecipe, repeated: Set[int] = frozenset()
) -> Cleaned:
    """Return the document made from a record, or a rejection that says why the record was dropped.

    Args:
        extract: the record, as `documents.reading.read_segment` yields it.
        key: the path of the record's file, relative to the input. The id depends on it, and it can become the title.
        source: the input, which may state the domain, the language and the licence of all its documents.
        recipe: the recipe section that says what to mask and what to reject.
        repeated: the hashes of the lines that many documents of the source have; see `clean.repeated_lines`.

    Raises:
        FailedBlockError: a filter of datatrove that the recipe names failed.

    Example:
        >>> from pipeline.config.build import CleanRecipe, InputSource
        >>> from pipeline.identity import sha256_hex
        >>> text = "# Lease\\n\\n1. Rent. The tenant pays the rent to office@example.com every month.\\n"
        >>> extract = Extract(
        ...     uri="lease.md", offset=0, text=text, title="", licence="", sha256=sha256_hex(text.encode()),
        ...     format="text", replaced_share=0.0, is_conversation=False,
        ... )
        >>> source = InputSource(path="contracts", domain="legal", language="en")
        >>> cleaned = clean_document(extract, key="lease.md", source=source, recipe=CleanRecipe(min_chars=20))
        >>> cleaned.outcome.text.splitlines()[-1]
        '1. Rent. The tenant pays the rent to [EMAIL-1] every month.'
        >>> dict(cleaned.counters)
        {'masked/email': 1, 'domain/legal': 1, 'language/en': 1}
    """
    prepared = prepare_text(extract, source=source, recipe=recipe, repeated=repeated)
    if isinstance(prepared, Refused):
        return _rejected(prepared.objection, extract, prepared.text, key=key, recipe=recipe)
    masker, text, domain, language = prepared.masker, prepared.text, prepared.domain, prepared.language
    marks = moved_marks(extract.marks, prepared.places, text=text, clean=partial(_clean_value, masker=masker))
    declared = masker.line(extract.title)
    shown_key = masker.name(printable_name(key))
    is_code = domain_rules(domain).is_code
    name = masker.line(title_of_code(declared=declared, key=shown_key)) if is_code else ""
    outline = read_outline(text=text, domain=domain, language=language, name=name, marks=marks)
    sections = sections_of(outline, length=len(text))
    objection = _objection_to_size(outline, sections)
    if objection is not None:
        return _rejected(objection, extract, text, key=key, recipe=recipe)
    # The subject of a mail says what it is about even if many mails have it; a first line such as `Hi all` does not.
    is_shared = not extract.is_conversation and title_hash(extract.title) in repeated
    own, shared = ("", declared) if is_shared else (declared, "")
    title = find_title(text=text, outline=outline, domain=domain, declared=own, key=shown_key, shared=shared)
    document = Document(
        doc_id=document_id(extract, key=key),
        text=text,
        domain=domain,
        language=language,
        title=masker.line(title),
        licence=source.licence if source.licence != "unknown" else masker.line(extract.licence) or "unknown",
        source_uri=extract.uri,
        source_offset=extract.offset,
        sha256=extract.sha256,
        sections=sections,
        pages=tuple(Page(start=mark.start, label=mark.value) for mark in marks if mark.kind is MarkKind.PAGE),
        outline=outline,
    )
    objection = find_objection_of_blocks(document, blocks=recipe.datatrove)
    if objection is not None:
        return _rejected(objection, extract, text, key=key, recipe=recipe)
    counters = {f"masked/{kind}": number for kind, number in prepared.num_masked.items() if number}
    counters |= {f"domain/{domain}": 1, f"language/{language}": 1} | _boilerplate_counts(prepared.trimmed)
    return Cleaned(document, counters, prepared.trimmed.lines)


@dataclass(frozen=True, slots=True)
class Prepared:
    """The text of a record, normalised, masked and accepted by the quality rules, but not outlined yet."""

    text: str
    domain: str
    language: str
    places: Mapping[int, int]
    """For each place that a mark of the record names in the raw text, the offset of the same place in `text`."""
    masker: Masker
    """Masks titles and names with the same pseudonyms as the text."""
    num_masked: Mapping[str, int]
    """The number of masked values for each kind of personal data."""
    trimmed: Trimmed
    """What was removed as boilerplate."""


@dataclass(frozen=True, slots=True)
class Refused:
    """A record whose text the rules refuse."""

    objection: Dropped
    text: str
    """The normalised text, which is not masked."""


def prepare_text(
    extract: Extract, *, source: InputSource, recipe: CleanRecipe, repeated: Set[int] = frozenset()
) -> Prepared | Refused:
    """Normalise, trim, judge and mask the text of a record: the part of cleaning that does not need its structure.

    `benchmarks.ingest` compares the time that this takes with other tools. Arguments as of `clean_document`.
    """
    raw = PlacedText(extract.text, places_of(extract.marks))
    normal = normalise_places(raw)
    domain = _domain_of(normal.text, extract, source)
    trimmed = without_boilerplate(
        spaces_for_tabs_in(normal, domain=domain),
        marks=extract.marks,
        marked=raw.places,
        repeated=repeated,
        removed=domain_rules(domain).boilerplate,
        max_share=recipe.boilerplate.max_removed_share,
    )
    text = trimmed.placed.text
    filters = recipe.quality_filters
    stated = source.language if source.language != "auto" else stated_language(extract.language)
    language = stated or detect_language(text=text, domain=domain)
    objection = find_objection(
        text=text,
        language=language,
        replaced_share=extract.replaced_share,
        accepted_languages=recipe.languages,
        min_chars=recipe.min_chars,
        max_replaced_share=recipe.max_replacement_share,
    )
    if objection is not None:
        if objection.reason == "language":
            # Junk has no language: a detector takes Lorem ipsum for Catalan. What repeats itself has one.
            junk = find_junk(text=text, domain=domain, language=str(language), quality_filters=filters)
            objection = junk if junk is not None and junk.reason != "repetitive" else objection
        return Refused(objection, text)
    masker = Masker(recipe.personal_data)
    masked = masker.mask(text, trimmed.placed.places)
    objection = find_junk(text=masked.text, domain=domain, language=str(language), quality_filters=filters)
    if objection is not None:
        return Refused(objection, text)
    places = dict(zip(raw.places, masked.places, strict=True))
    return Prepared(masked.text, domain, str(language), places, masker, masked.counts, trimmed)


def _boilerplate_counts(trimmed: Trimmed) -> dict[str, int]:
    if trimmed.was_too_much:
        return {"boilerplate/kept_documents": 1}
    num_lines = len(trimmed.lines)
    counts = {"documents": 1, "lines": num_lines, "chars": trimmed.num_chars}
    return {f"boilerplate/{name}": count for name, count in counts.items()} if num_lines else {}


def _rejected(objection: Dropped, extract: Extract, text: str, *, key: str, recipe: CleanRecipe) -> Cleaned:
    excerpt = mask_personal_data(text=text[:_EXCERPT_SOURCE_CHARS], kinds=recipe.personal_data).text
    rejection = Rejection(
        stage=STAGE,
        item_id=document_id(extract, key=key),
        reason=objection.reason,
        detail=objection.detail,
        score=objection.score,
        source_uri=extract.uri,
        source_offset=extract.offset,
        excerpt=excerpt_of(normalise_line(excerpt)),
    )
    return Cleaned(rejection)


def _clean_value(value: str, *, masker: Masker) -> str:
    """Return the value of a mark, normalised and masked. A short word or number is kept; see `_MAX_PLAIN_CHARS`."""
    return value if len(value) <= _MAX_PLAIN_CHARS and (value.isalnum() or not value) else masker.line(value)


def _objection_to_size(outline: Sequence[Node], sections: Sequence[Section]) -> Dropped | None:
    if len(sections) >= MAX_HEADINGS:
        return Dropped("too_many_sections", f"The text has {MAX_HEADINGS} or more headings.")
    if len(outline) >= MAX_NODES:
        return Dropped("too_many_nodes", f"The outline of the text has {MAX_NODES} or more nodes.")
    return None


def _domain_of(text: str, extract: Extract, source: InputSource) -> str:
    if source.domain != "auto":
        return source.domain
    return detect_domain(text=text, is_code=extract.is_code, is_conversation=extract.is_conversation)
