"""`pipeline.read_outline`: the structure of a text."""

from __future__ import annotations

from pipeline.api.documents import AUTO, document_of
from pipeline.documents.grammar.outline import outline_of
from pipeline.nodes import Node
from pipeline.records import Document


def read_outline(text: str | Document, *, domain: str = AUTO, language: str = AUTO, name: str = "") -> list[Node]:
    """Return the outline of a text: headings, provisions, turns, tables, definitions and so on, by domain.

    The nodes are in order of their start, parents before children. `text[node.start:node.end]` is what a node covers.

    Args:
        text: a text, or the document that `clean_text` made; the outline of a document is the one that a build has.
        domain: `code`, `dialogue`, `legal`, `manual`; by default detected.
        language: such as `ko`; by default detected.
        name: the name of the text's file; its suffix tells a programming language.

    Raises:
        InputError: the text is neither a text nor a document, or the domain or language is unknown.

    Example:
        >>> import pipeline
        >>> text = "LEASE\\n\\n1. Rent\\n\\nThe tenant pays.\\n\\n2. Repairs\\n\\nThe landlord repairs the roof.\\n"
        >>> nodes = pipeline.read_outline(text, domain="legal", language="en")
        >>> [(node.kind.value, node.label, text[node.start:node.end].split()[1]) for node in nodes if node.label]
        [('provision', 'Section 1', 'Rent'), ('provision', 'Section 2', 'Repairs')]
    """
    return list(outline_of(document_of(text, function="read_outline", domain=domain, language=language, name=name)))
