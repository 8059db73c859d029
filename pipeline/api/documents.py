"""Makes documents and contexts of plain texts, for the pieces that read a document's structure.

A text is taken as it is, so offsets of outlines, quotes and evidence count its own characters. `clean_text` is for
texts that are not clean yet.
"""

from __future__ import annotations

from pipeline.api.arguments import require_name, require_type
from pipeline.clean.language import detect_language
from pipeline.documents.domain import detect_domain
from pipeline.documents.grammar.outline import read_outline, sections_of
from pipeline.documents.readers import kind_of
from pipeline.documents.title import find_title
from pipeline.domains import domain_names
from pipeline.errors import InputError
from pipeline.identity import content_id, sha256_hex
from pipeline.languages import language_names
from pipeline.records import Document

AUTO = "auto"
"""The domain or language that is detected."""
_REMEDIES = {
    "bytes": "Decode it first: data.decode('utf-8').",
    "CleanedText": "Give its document: cleaned.document.",
    "Extract": "Clean it first: clean_text(record).document. Or give its text: record.text.",
    "FileContent": "Clean a record of it first: clean_text(content.records[0]).document.",
    "NoneType": "If it is the document of a text that clean_text dropped, its `reason` says why.",
}
"""What to do about a value that is no text, by the name of its type."""


def document_of(
    text: str | Document,
    *,
    function: str,
    domain: str = AUTO,
    language: str = AUTO,
    name: str = "",
    index: int | None = None,
) -> Document:
    """Return a text with its outline as a document; a document as it is.

    Args:
        text: the text.
        function: the function that the text was given to, for messages.
        domain: `code`, `dialogue`, `legal`, `manual` or another module of `pipeline/domains/`.
        language: a code such as `ko`.
        name: the name of the text's file. It can become the title, and its suffix tells a programming language.
        index: the index of the text, if a list was given.

    Raises:
        InputError: the text is neither a text nor a document, or the domain or the language is unknown.
    """
    require_known(function, domain=domain, language=language)
    require_type(
        text,
        (str, Document),
        argument=f"{function}: {'the text' if index is None else f'text {index}'}",
        remedy="Give a text, or a document of clean_text.",
        remedies=_REMEDIES,
    )
    if isinstance(text, Document):
        return text
    if domain == AUTO:
        domain = detect_domain(text=text, is_code=is_code_name(name), is_conversation=False)
    if language == AUTO:
        language = detect_language(text=text, domain=domain)
    outline = read_outline(text=text, domain=domain, language=language, name=name)
    return Document(
        doc_id=content_id(name, text),
        text=text,
        domain=domain,
        language=language,
        title=find_title(text=text, outline=outline, domain=domain, declared="", key=name),
        licence="unknown",
        source_uri=name,
        source_offset=0,
        sha256=sha256_hex(text.encode("utf-8", "surrogatepass")),
        sections=sections_of(outline, length=len(text)),
        outline=outline,
    )


def require_known(function: str, *, domain: str, language: str) -> None:
    """Refuse an unknown domain or language.

    Raises:
        InputError: one of them is unknown.
    """
    require_name(domain, (AUTO, *domain_names()), argument=f"{function}: domain")
    require_name(language, (AUTO, *language_names()), argument=f"{function}: language")


def require_language(document: Document, *, function: str) -> None:
    """Refuse a document in a language without rules, such as a text without words, whose language is `und`.

    Raises:
        InputError: the language has no rules.
    """
    if document.language not in language_names():
        raise InputError(
            f"{function}: the text is in no known language (found: {document.language!r}).",
            remedy=f"Give a text in a known language, or name its language: {', '.join(language_names())}.",
        )


def is_code_name(name: str) -> bool:
    """Return whether a file of this name is source code."""
    reader = kind_of(name).reader if name else None
    return reader is not None and reader.is_code
