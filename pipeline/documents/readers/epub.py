"""Reads e-books (EPUB 2 and 3): the chapters in reading order, without the table of contents.

The title comes from the package document. Page breaks and footnotes become marks. A book with digital rights management
is refused as `encrypted`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from lxml import etree

from pipeline.documents.decoding import decode
from pipeline.documents.markup import convert_body
from pipeline.documents.readers.reader import Converted, Reader, ReadOptions, RefusedFileError
from pipeline.documents.text_builder import TextBuilder, one_line
from pipeline.documents.xml_parsing import local_name, parsed_xml
from pipeline.documents.zip_parts import ZipParts, part_path

_CONTAINER, _ENCRYPTION = "META-INF/container.xml", "META-INF/encryption.xml"
_PAGE_TYPES = ("application/xhtml+xml", "text/html", "application/x-dtbook+xml", "text/x-oeb1-document")
_MIMETYPE = b"application/epub+zip"
_FONT_ALGORITHMS = ("http://www.idpf.org/2008/embedding", "http://ns.adobe.com/pdf/enc#RC")
"""Algorithms that only obfuscate fonts."""

_LINK = re.compile(r"<a\s[^<>]{0,2000}>(.{0,2000}?)</a>", re.DOTALL)
_TAG = re.compile(r"<[^<>]{0,2000}>")


@dataclass(frozen=True, slots=True)
class _Item:
    path: str
    is_page: bool
    is_nav: bool


def _convert(data: bytes, _options: ReadOptions) -> Converted:
    parts = ZipParts(data)
    _refuse_encrypted(parts)
    package_path = _package_path(parts)
    content = parts.read(package_path)
    if content is None:
        raise RefusedFileError("no_text", f"The book has no package document {package_path}.")
    package = parsed_xml(content, recover=True)
    builder = TextBuilder()
    titles: list[str] = []
    replaced = num_chars = 0.0
    contents = _contents_pages(package, package_path)
    for path in _chapters(package, package_path):
        chapter = parts.read(path)
        if chapter is None:
            continue
        decoded = decode(data=chapter, declared="")
        if path in contents and _is_mostly_links(decoded.text):
            continue
        page = convert_body(decoded.text)
        builder.add(page.markdown, page.marks)
        titles.append(page.title)
        replaced += decoded.replaced_share * len(decoded.text)
        num_chars += len(decoded.text)
    if not builder.text:
        raise RefusedFileError("no_text", "The chapters of the book contain no text.")
    title = _metadata(package, "title") or next((title for title in titles if title), "")
    return Converted(text=builder.text, title=title, marks=builder.marks, replaced_share=replaced / max(1, num_chars))


def _refuse_encrypted(parts: ZipParts) -> None:
    encryption = parts.read(_ENCRYPTION)
    if encryption is None:
        return
    methods = [node.get("Algorithm", "") for node in _all(parsed_xml(encryption, recover=True), "EncryptionMethod")]
    if any(method not in _FONT_ALGORITHMS for method in methods):
        raise RefusedFileError("encrypted", "The book has digital rights management.")


def _package_path(parts: ZipParts) -> str:
    container = parts.read(_CONTAINER)
    if container is None:
        raise RefusedFileError("no_text", "The file is a zip archive, but not a book.")
    root = next(iter(_all(parsed_xml(container, recover=True), "rootfile")), None)
    return part_path("", root.get("full-path", "")) if root is not None else ""


def _chapters(package: etree._Element, package_path: str) -> Iterator[str]:
    """Yield the paths of the pages in reading order, each once, without the table of contents."""
    items = {
        item.get("id", ""): _Item(
            part_path(package_path, item.get("href", "")),
            item.get("media-type", "").lower() in _PAGE_TYPES,
            "nav" in item.get("properties", "").split(),
        )
        for item in _all(package, "item")
    }
    spine = [items[idref] for node in _all(package, "itemref") if (idref := node.get("idref", "")) in items]
    seen: set[str] = set()
    for item in spine or list(items.values()):
        if item.is_page and not item.is_nav and item.path not in seen:
            seen.add(item.path)
            yield item.path


def _contents_pages(package: etree._Element, package_path: str) -> set[str]:
    references = [node for node in _all(package, "reference") if node.get("type") == "toc"]
    return {part_path(package_path, node.get("href", "")) for node in references}


def _is_mostly_links(html: str) -> bool:
    """Return whether most of a page's text is in links. The page that a book names as contents may be a chapter."""
    body = html[max(0, html.find("<body")) :]
    in_links = sum(len(_TAG.sub("", link)) for link in _LINK.findall(body))
    return in_links > 0.5 * len("".join(_TAG.sub("", body).split()))


def _metadata(package: etree._Element, name: str) -> str:
    return next((one_line("".join(node.itertext())) for node in _all(package, name)), "")


def _all(root: etree._Element, name: str) -> list[etree._Element]:
    return [node for node in root.iter() if local_name(node) == name]


def _recognises(head: bytes) -> bool:
    return head.startswith(b"PK\x03\x04") and _MIMETYPE in head[:128]


READER = Reader(name="epub", suffixes=frozenset({"epub"}), convert=_convert, recognises=_recognises, is_isolated=True)
