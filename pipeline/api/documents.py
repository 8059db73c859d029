"""Makes documents and contexts of plain texts, for the pieces that read a document's structure.

A text is taken as it is, so offsets of outlines, quotes and evidence count its own characters. `clean_text` is for
texts that are not clean yet.
"""

from __future__ import annotations

from pipeline.clean.language import detect_language
from pipeline.documents.domain import detect_domain
from pipeline.documents.grammar.outline import read_outline, sections_of
from pipeline.documents.readers import kind_of
from pipeline.documents.title import find_title
from pipeline.identity import content_id, sha256_hex
from pipeline.records import Document

AUTO = "auto"
"""The domain or language that is detected."""


def document_of(text: str | Document, *, domain: str = AUTO, language: str = AUTO, name: str = "") -> Document:
    """Return a text with its outline as a document; a document as it is.

    Args:
        text: the text.
        domain: `code`, `dialogue`, `legal`, `manual` or another module of `pipeline/domains/`.
        language: a code such as `ko`.
        name: the name of the text's file. It can become the title, and its suffix tells a programming language.
    """
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


def is_code_name(name: str) -> bool:
    """Return whether a file of this name is source code."""
    reader = kind_of(name).reader if name else None
    return reader is not None and reader.is_code
