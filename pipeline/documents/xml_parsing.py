"""Parses untrusted XML: no entity is expanded, nothing is fetched, and depth and sizes are limited.

Used by the readers of XML and of e-books.
"""

from __future__ import annotations

from lxml import etree

from pipeline.documents.readers.reader import ParserError


def parsed_xml(data: bytes, *, recover: bool) -> etree._Element:
    """Return the root element.

    Args:
        data: the file's bytes; the XML declaration names the encoding.
        recover: whether the elements before and after damage are kept.

    Raises:
        ParserError: The file is not well-formed, or has no element.
    """
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, huge_tree=False, load_dtd=False, recover=recover, remove_pis=False
    )
    try:
        root = etree.fromstring(data, parser)
    except etree.XMLSyntaxError as error:
        raise ParserError(f"The file is not well-formed XML: {error.msg}") from error
    if root is None:
        raise ParserError("The file has no XML element.")
    return root


def local_name(node: etree._Element | None) -> str:
    """Return an element's name without its namespace; empty for comments, instructions, entities and None."""
    tag = None if node is None else node.tag
    return tag.rpartition("}")[2] if isinstance(tag, str) else ""
