"""HTML files: recall on pages of known text, and recognition by content."""

from __future__ import annotations

from pathlib import Path

import pytest
from reader_runs import marked, one_extract

from benchmarks.formats import recall_of
from pipeline.documents.markup import convert_body, convert_page

TEXTS = {
    "en": (
        "Switch off the mains before you open the cover. Loosen the four screws at the corners and lift the lid with "
        "both hands. Check the seal for cracks, and replace it if it is older than two "
        "years. Clean the filter with warm "
        "water only. Close the cover, tighten the screws to 4 Nm, and wait ten minutes before you switch on."
    ),
    "ko": (
        "덮개를 열기 전에 주 전원을 차단하십시오. 네 모서리의 나사를 풀고 두 손으로 뚜껑을 "
        "들어 올립니다. 밀봉재에 금이 갔는지 "
        "확인하고 이 년이 지났으면 교체합니다. 필터는 따뜻한 물로만 씻습니다. 덮개를 닫고 "
        "나사를 4 Nm 토크로 조인 다음 십 분 "
        "동안 기다렸다가 전원을 켭니다. 이상한 소리가 나면 즉시 전원을 끄고 서비스 센터에 "
        "연락하십시오. 보증 기간은 두 해입니다."
    ),
}


def parts_of(text: str) -> list[str]:
    return [f"{part.strip()}." for part in text.split(".") if part.strip()]


def page_of(form: str, text: str) -> str:
    parts = parts_of(text)
    body = {
        "paragraphs": "".join(f"<p>{part}" for part in parts),
        "headings": "".join(f"<h2>{part}</h2>" for part in parts),
        "list": f"<ol>{''.join(f'<li>{part}' for part in parts)}</ol>",
        "definitions": f"<dl>{''.join(f'<dt>{part}</dt>' for part in parts)}</dl>",
        "table": f"<table>{''.join(f'<tr><td>{part}<td>' for part in parts)}</table>",
        "layout": f"<table><tr><td><h1>{parts[0]}</h1><td>{' '.join(parts[1:])}</table>",
        "breaks": "<br>\n".join(parts),
        "main": f"<nav>Home</nav><main>{''.join(f'<p>{part}</p>' for part in parts)}</main><footer>Imprint</footer>",
        "word": f"<div class=WordSection1><p><span lang=EN>{'</span><o:p></o:p></p><p>'.join(parts)}</div>",
    }[form]
    return f"<!DOCTYPE html><html><head><title>T</title><script>x()</script></head><body>{body}</body></html>"


FORMS = ["paragraphs", "headings", "list", "definitions", "table", "layout", "breaks", "main", "word"]


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("language", TEXTS)
@pytest.mark.parametrize("codec", ["utf-8", "utf-16", "cp949"])
def test_recall_of_pages_made_from_known_text(form: str, language: str, codec: str, tmp_path: Path) -> None:
    text = TEXTS[language]
    recall = recall_of(one_extract(tmp_path, "a.html", page_of(form, text).encode(codec)).text, text)
    assert recall is not None
    assert recall >= 0.97


START = "<html><body><h1>Rules</h1><p>No smoking.</p></body></html>"


@pytest.mark.parametrize(
    ("name", "data", "format_name"),
    [
        ("report.doc2", START.encode(), "html"),
        ("page", b"\xef\xbb\xbf\n<!DOCTYPE HTML PUBLIC 'x'>" + START.encode(), "html"),
        ("page.x1", b'<?xml version="1.0"?><!-- a --><!DOCTYPE html><html xmlns="x"><p>Words</p></html>', "html"),
        ("wide.x2", START.encode("utf-16"), "html"),
        ("part.html", b"<h1>Rules</h1><p>No doctype here.</p>", "html"),
        ("notes.md", START.encode(), "markdown"),
        ("notes.txt", START.encode(), "text"),
        ("notes", b"The tag <html> opens a page.", "text"),
        ("notes2", b"<htmlx>", "text"),
    ],
)
def test_html_is_told_by_content_where_the_name_does_not_say(
    name: str, data: bytes, format_name: str, tmp_path: Path
) -> None:
    assert one_extract(tmp_path, name, data).format == format_name


def test_convert_body_keeps_what_a_page_would_leave_out() -> None:
    html = "<title>T</title><body><header>Top</header><p>Text</p><aside>Box</aside><nav>Menu</nav></body>"
    assert convert_page(html).markdown.split() == ["Text"]
    assert convert_body(html).markdown.split() == ["Top", "Text", "Box"]


def test_line_breaks_do_not_split_a_paragraph() -> None:
    assert convert_page("<p>a\n<br/>\nb <br> <i>c</i></p><pre>x\n<br>\ny</pre>").markdown.startswith("a  \nb  \n*c*\n")


def test_footnote_in_an_aside_is_kept_by_pages(tmp_path: Path) -> None:
    note = "<aside role='doc-footnote' id='fn2'><p>A note.</p></aside>"
    html = f"<p>Words<a role='doc-noteref'>2</a></p>{note}<aside>Ad</aside>"
    found = one_extract(tmp_path, "a.html", html.encode())
    assert found.text.split() == ["Words[^2]", "A", "note."]
    assert marked(found) == [("footnote", "2", "A note.")]
