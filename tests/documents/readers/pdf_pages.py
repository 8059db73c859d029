"""Writes small PDF files byte by byte: text at positions, rules, images, bookmarks, page labels and tags."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

WIDTH, HEIGHT = 595, 842
_FONTS = {
    "plain": "Helvetica",
    "bold": "Helvetica-Bold",
    "italic": "Times-Italic",
    "code": "Courier",
    "picture": "Obscured-Pi",
    "heavy": "AdvPS405B6",
}
KOREAN = "korean"
"""Name of the font for Korean; all its characters are as wide as the font is high."""


@dataclass(slots=True)
class Page:
    """The content of a page. Positions are points from the left and the top."""

    operators: list[str] = field(default_factory=list)
    has_image: bool = False
    comments: list[str] = field(default_factory=list)

    def text(
        self, left: float, top: float, text: str, *, size: float = 10, font: str = "plain", tag: int | None = None
    ) -> Page:
        shown = "<" + text.encode("utf-16-be").hex() + ">" if font == KOREAN else f"({_escaped(text)})"
        drawn = f"BT /{font} {size} Tf {left} {HEIGHT - top} Td {shown} Tj ET"
        self.operators.append(drawn if tag is None else f"/P <</MCID {tag}>> BDC {drawn} EMC")
        return self

    def lines(
        self, left: float, top: float, lines: Sequence[str], *, size: float = 10, font: str = "plain", step: float = 12
    ) -> Page:
        for number, line in enumerate(lines):
            self.text(left, top + step * number, line, size=size, font=font)
        return self

    def turned(self, left: float, top: float, text: str, *, size: float = 10) -> Page:
        """Draw text that runs upwards."""
        self.operators.append(f"BT /plain {size} Tf 0 1 -1 0 {left} {HEIGHT - top} Tm ({_escaped(text)}) Tj ET")
        return self

    def rule(self, left: float, top: float, right: float, bottom: float) -> Page:
        self.operators.append(f"{left} {HEIGHT - top} m {right} {HEIGHT - bottom} l S")
        return self

    def box(self, left: float, top: float, right: float, bottom: float) -> Page:
        """Draw a filled rectangle."""
        self.operators.append(f"0.8 g {left} {HEIGHT - bottom} {right - left} {bottom - top} re f 0 g")
        return self

    def image(self) -> Page:
        """Cover the page with an image."""
        self.has_image = True
        self.operators.append(f"q {WIDTH} 0 0 {HEIGHT} 0 0 cm /image Do Q")
        return self


def pdf(
    pages: Sequence[Page],
    *,
    bookmarks: Sequence[tuple[int, str, int]] = (),
    labels: str = "",
    title: str = "",
    headings: Sequence[tuple[int, str]] = (),
    is_encrypted: bool = False,
) -> bytes:
    """Return a PDF file.

    Args:
        pages: the pages.
        bookmarks: depth from 0, title and index of the page.
        labels: the page labels as a number tree, such as `0 <</S /r>> 2 <</S /D>>`.
        title: title in the metadata.
        headings: marked content of the first page and its tag, such as `(0, "H2")`.
        is_encrypted: whether the file needs a password.
    """
    file = _File()
    root, tree = file.reserve(), file.reserve()
    fonts = " ".join(f"/{name} {file.add(_font(base))} 0 R" for name, base in _FONTS.items())
    fonts += f" /{KOREAN} {_korean_font(file)} 0 R"
    image = file.stream(
        "/Type /XObject /Subtype /Image /Width 1 /Height 1 /ColorSpace /DeviceGray /BitsPerComponent 8", b"\x80"
    )
    numbers = []
    for page in pages:
        content = file.stream("", "\n".join(page.operators).encode("latin-1"))
        notes = [
            file.add(f"<</Type /Annot /Subtype /Text /Rect [10 10 20 20] /Contents ({_escaped(comment)})>>")
            for comment in page.comments
        ]
        numbers.append(
            file.add(
                f"<</Type /Page /Parent {tree} 0 R /MediaBox [0 0 {WIDTH} {HEIGHT}] /Contents {content} 0 R "
                f"/StructParents 0 /Annots [{' '.join(f'{note} 0 R' for note in notes)}] "
                f"/Resources <</Font <<{fonts}>> /XObject <</image {image} 0 R>>>>>>"
            )
        )
    kids = " ".join(f"{number} 0 R" for number in numbers)
    file.put(tree, f"<</Type /Pages /Kids [{kids}] /Count {len(numbers)}>>")
    catalogue = f"/Type /Catalog /Pages {tree} 0 R"
    if bookmarks:
        catalogue += f" /Outlines {_outline(file, bookmarks, numbers)} 0 R"
    if labels:
        catalogue += f" /PageLabels <</Nums [{labels}]>>"
    if headings:
        catalogue += f" /MarkInfo <</Marked true>> /StructTreeRoot {_tags(file, headings, numbers[0])} 0 R"
    file.put(root, f"<<{catalogue}>>")
    info = file.add(f"<</Title ({_escaped(title)})>>")
    return file.bytes(root, info, is_encrypted=is_encrypted)


class _File:
    """The objects of a file by number."""

    def __init__(self) -> None:
        self._objects: dict[int, bytes] = {}

    def reserve(self) -> int:
        number = len(self._objects) + 1
        self._objects[number] = b"null"
        return number

    def put(self, number: int, body: str) -> None:
        self._objects[number] = body.encode("latin-1")

    def add(self, body: str) -> int:
        number = self.reserve()
        self.put(number, body)
        return number

    def stream(self, entries: str, data: bytes) -> int:
        number = self.reserve()
        self._objects[number] = f"<<{entries} /Length {len(data)}>>\nstream\n".encode() + data + b"\nendstream"
        return number

    def bytes(self, root: int, info: int, *, is_encrypted: bool) -> bytes:
        out = bytearray(b"%PDF-1.7\n")
        offsets = []
        for number, body in self._objects.items():
            offsets.append(len(out))
            out += f"{number} 0 obj\n".encode() + body + b"\nendobj\n"
        start = len(out)
        out += f"xref\n0 {len(offsets) + 1}\n0000000000 65535 f \n".encode()
        out += b"".join(f"{offset:010} 00000 n \n".encode() for offset in offsets)
        secret = f"/Encrypt <</Filter /Standard /V 1 /R 2 /P -4 /O <{'11' * 32}> /U <{'22' * 32}>>> " * is_encrypted
        out += f"trailer\n<</Size {len(offsets) + 1} /Root {root} 0 R /Info {info} 0 R {secret}".encode()
        out += f"/ID [<{'33' * 16}> <{'33' * 16}>]>>\nstartxref\n{start}\n%%EOF\n".encode()
        return bytes(out)


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace("(", "\\(").replace(")", "\\)").replace("•", "\\225")


def _font(base: str) -> str:
    return f"<</Type /Font /Subtype /Type1 /BaseFont /{base} /Encoding /WinAnsiEncoding>>"


def _korean_font(file: _File) -> int:
    """Add a font whose codes are those of UTF-16; the file says so in a map to Unicode."""
    blocks = [0x00, 0x20, 0x25, 0x30, *range(0xAC, 0xD8)]
    ranges = "\n".join(f"<{block:02x}00> <{block:02x}ff> <{block:02x}00>" for block in blocks)
    unicode = file.stream(
        "",
        "/CIDInit /ProcSet findresource begin begincmap 1 begincodespacerange <0000> <ffff> endcodespacerange\n"
        f"{len(blocks)} beginbfrange\n{ranges}\nendbfrange endcmap end".encode(),
    )
    inner = file.add(
        "<</Type /Font /Subtype /CIDFontType2 /BaseFont /Batang /DW 1000 "
        "/CIDSystemInfo <</Registry (Adobe) /Ordering (Identity) /Supplement 0>>>>"
    )
    return file.add(
        f"<</Type /Font /Subtype /Type0 /BaseFont /Batang /Encoding /Identity-H /DescendantFonts [{inner} 0 R] "
        f"/ToUnicode {unicode} 0 R>>"
    )


def _outline(file: _File, bookmarks: Sequence[tuple[int, str, int]], pages: Sequence[int]) -> int:
    root = file.reserve()
    numbers = [file.reserve() for _ in bookmarks]
    for place, (depth, title, page) in enumerate(bookmarks):
        above = next((number for number in range(place - 1, -1, -1) if bookmarks[number][0] < depth), None)
        siblings = _children(bookmarks, above)
        where = siblings.index(place)
        entries = f"/Title ({_escaped(title)}) /Dest [{pages[page]} 0 R /Fit] "
        entries += f"/Parent {root if above is None else numbers[above]} 0 R"
        if where + 1 < len(siblings):
            entries += f" /Next {numbers[siblings[where + 1]]} 0 R"
        if inner := _children(bookmarks, place):
            entries += f" /First {numbers[inner[0]]} 0 R /Last {numbers[inner[-1]]} 0 R /Count {len(inner)}"
        file.put(numbers[place], f"<<{entries}>>")
    top = _children(bookmarks, None)
    file.put(root, f"<</Type /Outlines /First {numbers[top[0]]} 0 R /Last {numbers[top[-1]]} 0 R /Count {len(top)}>>")
    return root


def _children(bookmarks: Sequence[tuple[int, str, int]], parent: int | None) -> list[int]:
    depth = 0 if parent is None else bookmarks[parent][0] + 1
    found = []
    for place in range(0 if parent is None else parent + 1, len(bookmarks)):
        if bookmarks[place][0] < depth:
            break
        if bookmarks[place][0] == depth:
            found.append(place)
    return found


def _tags(file: _File, headings: Sequence[tuple[int, str]], page: int) -> int:
    root = file.reserve()
    elements = [
        file.add(f"<</Type /StructElem /S /{tag} /P {root} 0 R /Pg {page} 0 R /K {content}>>")
        for content, tag in headings
    ]
    kids = " ".join(f"{element} 0 R" for element in elements)
    parents = file.add(f"<</Nums [0 [{kids}]]>>")
    file.put(root, f"<</Type /StructTreeRoot /K [{kids}] /ParentTree {parents} 0 R>>")
    return root
