"""Makes small office files from the XML of their parts."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping

from pipeline.config.build import DocumentPart, TrackedChanges
from pipeline.documents.marks import Mark
from pipeline.documents.readers import readers
from pipeline.documents.readers.reader import Converted, ReadOptions

W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
RELATIONSHIPS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_NAMESPACES = " ".join(
    f'xmlns:{prefix}="{name}"'
    for prefix, name in {
        "w": W,
        "r": RELATIONSHIPS,
        "m": "http://schemas.openxmlformats.org/officeDocument/2006/math",
        "mc": "http://schemas.openxmlformats.org/markup-compatibility/2006",
        "a": "http://schemas.openxmlformats.org/drawingml/2006/main",
        "c": "http://schemas.openxmlformats.org/drawingml/2006/chart",
        "wps": "http://schemas.microsoft.com/office/word/2010/wordprocessingShape",
        "v": "urn:schemas-microsoft-com:vml",
        "o": "urn:schemas-microsoft-com:office:office",
    }.items()
)
_ODF = " ".join(
    f'xmlns:{prefix}="{name}"'
    for prefix, name in {
        **{
            name: f"urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"
            for name in ("office", "style", "text", "table", "presentation", "chart", "manifest")
        },
        "draw": "urn:oasis:names:tc:opendocument:xmlns:drawing:1.0",
        "fo": "urn:oasis:names:tc:opendocument:xmlns:xsl-fo-compatible:1.0",
        "xlink": "http://www.w3.org/1999/xlink",
        "dc": "http://purl.org/dc/elements/1.1/",
        "math": "http://www.w3.org/1998/Math/MathML",
    }.items()
)


def zipped(parts: Mapping[str, str | bytes]) -> bytes:
    """Return a zip archive of parts."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in parts.items():
            archive.writestr(name, data, zipfile.ZIP_STORED if name == "mimetype" else None)
    return buffer.getvalue()


def part(tag: str, inside: str) -> str:
    """Return a part of a docx file with a root element and all namespaces."""
    return f'<?xml version="1.0" encoding="UTF-8"?><{tag} {_NAMESPACES}>{inside}</{tag}>'


def docx(body: str, *, targets: Mapping[str, tuple[str, str]] | None = None, **parts: str) -> bytes:
    """Return a docx file.

    Args:
        body: inside of `w:body`.
        targets: relationships of the main document: identifier, last step of the type, and target.
        parts: insides of the parts `styles`, `numbering`, `footnotes`, `endnotes`, `comments` and `settings`, and
            whole other parts by their name without `.xml`.
    """
    kinds = {name: inside for name, inside in parts.items() if name in _KINDS}
    others = {f"word/{name}.xml": inside for name, inside in parts.items() if name not in _KINDS}
    links = {f"rId{name}": (name, f"{name}.xml") for name in kinds} | dict(targets or {})
    lines = "".join(
        f'<Relationship Id="{name}" Type="{RELATIONSHIPS}/{kind}" Target="{target}"/>'
        for name, (kind, target) in links.items()
    )
    return zipped(
        {
            "[Content_Types].xml": "<Types/>",
            "_rels/.rels": _relationships(
                f'<Relationship Id="r1" Type="{RELATIONSHIPS}/officeDocument" Target="word/document.xml"/>'
            ),
            "word/document.xml": part("w:document", f"<w:body>{body}</w:body>"),
            "word/_rels/document.xml.rels": _relationships(lines),
            **{f"word/{name}.xml": part(f"w:{name}", inside) for name, inside in kinds.items()},
            **others,
        }
    )


_KINDS = ("styles", "numbering", "footnotes", "endnotes", "comments", "settings")


def _relationships(lines: str) -> str:
    return (
        f'<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">{lines}</Relationships>'
    )


def odf(body: str, *, kind: str = "text", automatic: str = "", styles: str = "", **parts: str) -> bytes:
    """Return an OpenDocument file.

    Args:
        body: inside of `office:text` or `office:presentation`.
        kind: `text` or `presentation`.
        automatic: automatic styles of the content.
        styles: inside of the styles' root.
        parts: whole other parts; `__` in a name stands for `/`.
    """
    content = f"<office:automatic-styles>{automatic}</office:automatic-styles>"
    content += f"<office:body><office:{kind}>{body}</office:{kind}></office:body>"
    return zipped(
        {
            "mimetype": f"application/vnd.oasis.opendocument.{kind}",
            "content.xml": odf_part("office:document-content", content),
            "styles.xml": odf_part("office:document-styles", styles),
            **{f"{name.replace('__', '/')}.xml": inside for name, inside in parts.items()},
        }
    )


def odf_part(tag: str, inside: str) -> str:
    """Return a part of an OpenDocument file with a root element and all namespaces."""
    return f'<?xml version="1.0" encoding="UTF-8"?><{tag} {_ODF}>{inside}</{tag}>'


def paragraph(text: str = "", *, style: str = "", properties: str = "", inside: str = "") -> str:
    """Return a paragraph of a docx file: its text, followed by other content."""
    named = f'<w:pStyle w:val="{style}"/>' if style else ""
    run = f'<w:r><w:t xml:space="preserve">{text}</w:t></w:r>' if text else ""
    return f"<w:p><w:pPr>{named}{properties}</w:pPr>{run}{inside}</w:p>"


def ole(stream: str) -> bytes:
    """Return the beginning of an OLE file with one stream in its directory."""
    name = stream.encode("utf-16-le")
    entry = name.ljust(64, b"\0") + (len(name) + 2).to_bytes(2, "little")
    return b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1".ljust(512, b"\0") + entry.ljust(512, b"\0")


def convert(
    data: bytes, *include: DocumentPart, reader: str, changes: TrackedChanges = TrackedChanges.FINAL
) -> Converted:
    """Convert a file in this process."""
    found = readers()[reader].convert
    assert found is not None
    return found(data, ReadOptions(frozenset(include), changes))


def marked(converted: Converted, kind: str) -> list[str]:
    """Return the texts of the marks of a kind."""
    return [converted.text[mark.start : mark.end] for mark in marks_of(converted, kind)]


def marks_of(converted: Converted, kind: str) -> list[Mark]:
    """Return the marks of a kind."""
    return [mark for mark in converted.marks if mark.kind == kind]
