"""Chapters, pages, footnotes, refusals and damage of e-books."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest
from reader_runs import fates, marked, one_extract, read_bytes

from benchmarks.formats import recall_of
from pipeline.documents.grammar.outline import read_outline
from pipeline.documents.readers import reader_of_content
from pipeline.documents.readers.reader import FileKind, NotRead

ENGLISH = (
    "The lighthouse on Gull Point was lit for the first time on the third of November. Its keeper, a man called Amos "
    "Reed, had carried the oil up the stairs himself. The lamp burned for sixty years, "
    "and in that time only two ships "
    "were lost on the reef below. When the last keeper left, the village kept the key in the church."
)
KOREAN = (
    "등대는 십일월 초사흘에 처음으로 불을 밝혔다. 등대지기는 기름을 직접 지고 계단을 "
    "올랐다. 그 불은 예순 해 동안 꺼지지 "
    "않았고, 그동안 암초에 걸린 배는 두 척뿐이었다. 마지막 등대지기가 떠난 뒤 마을 "
    "사람들은 열쇠를 교회에 맡겨 두었다. "
    "아이들은 여름마다 그 계단을 세어 보았지만 아무도 같은 수를 말하지 못하였다. 바람이 부는 밤이면 종소리가 들렸다."
)
CONTAINER = (
    '<container xmlns="urn:oasis:names:tc:opendocument:xmlns:container"><rootfiles>'
    '<rootfile full-path="OEBPS/book.opf" media-type="application/oebps-package+xml"/></rootfiles></container>'
)


def page(body: str, head: str = "") -> str:
    return (
        '<?xml version="1.0" encoding="utf-8"?><!DOCTYPE html><html xmlns="http://www.w3.org/1999/xhtml" '
        f'xmlns:epub="http://www.idpf.org/2007/ops"><head>{head}</head><body>{body}</body></html>'
    )


def package(chapters: Sequence[str], *, title: str, extra: str = "", guide: str = "") -> str:
    items = "".join(
        f'<item id="c{n}" href="{name}" media-type="application/xhtml+xml"/>' for n, name in enumerate(chapters)
    )
    spine = "".join(f'<itemref idref="c{n}"/>' for n in range(len(chapters)))
    return (
        '<package xmlns="http://www.idpf.org/2007/opf" version="3.0"><metadata xmlns:dc="http://purl.org/dc/elements/1.1/">'
        f"<dc:title>{title}</dc:title></metadata><manifest>{items}{extra}</manifest><spine>{spine}</spine>{guide}</package>"
    )


def zipped(parts: Mapping[str, str | bytes]) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("mimetype", "application/epub+zip", zipfile.ZIP_STORED)
        for name, content in parts.items():
            archive.writestr(name, content)
    return stream.getvalue()


def book(chapters: Mapping[str, str], *, title: str = "등대 이야기", extra: str = "", guide: str = "") -> bytes:
    opf = package(list(chapters), title=title, extra=extra, guide=guide)
    pages = {f"OEBPS/{name}": html for name, html in chapters.items()}
    return zipped({"META-INF/container.xml": CONTAINER, "OEBPS/book.opf": opf, **pages})


def sentences(text: str) -> list[str]:
    return [f"{part.strip()}." for part in text.split(".") if part.strip()]


def wrapped(form: str, text: str) -> bytes:
    first, *rest = sentences(text)
    body = {
        "paragraphs": "".join(f"<p>{part}</p>" for part in [first, *rest]),
        "heading": f"<h1>{first}</h1>" + "".join(f"<p>{part}</p>" for part in rest),
        "list": "<ul>" + "".join(f"<li>{part}</li>" for part in [first, *rest]) + "</ul>",
        "table": "<table>" + "".join(f"<tr><td>{part}</td><td/></tr>" for part in [first, *rest]) + "</table>",
        "verse": "<p>" + "\n<br/>\n".join(f"<span>{part}</span>" for part in [first, *rest]) + "</p>",
        "header": f"<header><p>{first}</p></header><section><p>{' '.join(rest)}</p></section>",
        "aside": f"<p>{first}</p><aside><p>{' '.join(rest)}</p></aside>",
        "inline": f"<p>{text.replace(' ', ' <b></b>')}</p>",
    }[form]
    return book({"a.xhtml": page(body)})


@pytest.mark.parametrize("form", ["paragraphs", "heading", "list", "table", "verse", "header", "aside", "inline"])
@pytest.mark.parametrize("text", [ENGLISH, KOREAN], ids=["en", "ko"])
def test_recall_of_books_made_from_known_text(form: str, text: str, tmp_path: Path) -> None:
    recall = recall_of(one_extract(tmp_path, "a.epub", wrapped(form, text)).text, text)
    assert recall is not None
    assert recall >= 0.97


def test_chapters_come_in_spine_order_without_the_contents(tmp_path: Path) -> None:
    nav = '<nav epub:type="toc"><ol><li><a href="b.xhtml">둘째 장</a></li></ol></nav>'
    contents = "<p><a href='b.xhtml'>둘째 장</a></p><p><a href='a.xhtml'>첫째 장</a></p>"
    data = book(
        {
            "b.xhtml": page("<h1>첫째</h1><p>처음.</p>"),
            "toc.xhtml": page(contents),
            "a b.xhtml": page("<h1>둘째</h1><p>끝.</p>"),
        },
        extra='<item id="n" href="nav.xhtml" media-type="application/xhtml+xml" properties="nav"/>',
        guide='<guide><reference type="toc" href="toc.xhtml"/><reference type="toc" href="b.xhtml#top"/></guide>',
    )
    found = one_extract(tmp_path, "a.epub", data)
    assert found.title == "등대 이야기"
    assert found.text == "# 첫째\n\n처음.\n\n# 둘째\n\n끝.\n"
    assert nav not in found.text


def test_page_breaks_and_footnotes_are_marks(tmp_path: Path) -> None:
    body = (
        '<h2>Light</h2><p>The lamp<a epub:type="noteref" href="#fn1">1</a> burned '
        '<span epub:type="pagebreak" title="12">12</span>all night. <span class="pagenum">[Pg 13]</span>At dawn</p>'
        '<aside epub:type="footnote" id="fn1"><p>An oil lamp.</p></aside>'
    )
    found = one_extract(tmp_path, "a.epub", book({"a.xhtml": page(body)}))
    assert "The lamp[^1] burned all night. At dawn" in found.text
    assert [(kind, value) for kind, value, _ in marked(found)] == [
        ("heading", "Light"),
        ("page", "12"),
        ("page", "13"),
        ("footnote", "1"),
    ]
    outline = read_outline(text=found.text, domain="manual", language="en", marks=found.marks)
    assert "Light" in [node.value for node in outline]


def test_protected_and_empty_books_are_refused_and_fonts_may_be_obfuscated(tmp_path: Path) -> None:
    def encrypted(method: str) -> bytes:
        rights = f'<encryption><EncryptedData><EncryptionMethod Algorithm="{method}"/></EncryptedData></encryption>'
        opf = package(["a.xhtml"], title="x")
        return zipped(
            {"META-INF/container.xml": CONTAINER, "OEBPS/book.opf": opf, "OEBPS/a.xhtml": page("<p>Words.</p>")}
            | {"META-INF/encryption.xml": rights}
        )

    for data, fate in (
        (encrypted("http://www.w3.org/2001/04/xmlenc#aes128-cbc"), "encrypted"),
        (encrypted("http://www.idpf.org/2008/embedding"), "kept"),
        (book({"a.xhtml": page("<p><img src='a.png'/></p>")}), "no_text"),
        (zipped({"a.txt": "no book"}), "no_text"),
    ):
        assert [fate for _, fate in fates(read_bytes(tmp_path, "a.epub", data))] == [fate]


def test_damage_and_bombs_cost_the_book_only(tmp_path: Path) -> None:
    data = book({"a.xhtml": page("<p>Words.</p>")})
    assert fates(read_bytes(tmp_path, "a.epub", data[:200])) == [("a.epub", "failed")]
    (bomb,) = read_bytes(tmp_path, "a.epub", book({"a.xhtml": "<p>" + " " * (70 << 20)}))
    assert isinstance(bomb, NotRead)
    assert bomb.why.reason == "inflated"
    laughs = '<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;">]>'
    opf = laughs + package(["a.xhtml"], title="&b;")
    parts = {"META-INF/container.xml": CONTAINER, "OEBPS/book.opf": opf, "OEBPS/a.xhtml": page("<p>Words.</p>")}
    assert one_extract(tmp_path, "a.epub", zipped(parts)).text == "Words.\n"
    nested = page("<div>" * 100_000)
    assert fates(read_bytes(tmp_path, "a.epub", book({"a.xhtml": nested}))) == [("a.epub", "failed")]


def test_book_is_recognised_by_content() -> None:
    reader = reader_of_content(book({"a.xhtml": page("<p>x</p>")}), FileKind(None))
    assert reader is not None
    assert reader.name == "epub"
