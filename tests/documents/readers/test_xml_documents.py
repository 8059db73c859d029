"""DocBook, JATS, TEI and unknown XML: headings, lists, tables, footnotes, refusals and attacks."""

from __future__ import annotations

from pathlib import Path

import pytest
from reader_runs import fates, marked, one_extract, read_bytes

JATS = """<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE article PUBLIC "-//NLM//DTD JATS//EN" "JATS.dtd" [<!ENTITY co "Acme Corp">]>
<article><front><journal-meta><journal-title>Left out</journal-title></journal-meta><article-meta>
<title-group><article-title>Growth of <italic>E. coli</italic> in heat</article-title></title-group>
<abstract><title>Abstract</title><p>We studied &co; cultures&nbsp;at 40 degrees.</p></abstract></article-meta></front>
<body><sec><label>1</label><title>Introduction</title><p>Bacteria grow<sup>1</sup> fast<fn><p>Very fast.</p></fn> here.
<list list-type="order"><list-item><p>First step</p></list-item><list-item><p>Second step</p></list-item></list></p>
<sec><label>1.1</label><title>Methods</title><p>We used <inline-formula><alternatives>
<tex-math>\\documentclass{x}\\begin{document}$a+b$\\end{document}</tex-math><math>a b</math></alternatives>
</inline-formula>.</p>
<table-wrap><label>Table 1</label><caption><p>Rates</p></caption><table><thead><tr><th>T</th><th>Rate</th></tr></thead>
<tbody><tr><td rowspan="2">40</td><td>2.5</td></tr><tr><td>2.6</td></tr></tbody></table></table-wrap></sec></sec></body>
<back><ref-list><title>References</title><ref><label>1.</label><element-citation><name><surname>Lee</surname>
<given-names>S</given-names></name><article-title>Heat</article-title><year>2001</year></element-citation></ref></ref-list>
</back></article>"""
DOCBOOK = """<?xml version="1.0"?><book xmlns="http://docbook.org/ns/docbook"><info><title>설비 안내서</title></info>
<chapter><title>설치</title><para>전원을 켜기 전에 <emphasis>반드시</emphasis> 접지를
확인한다.<footnote><para>10Ω 이하.</para></footnote></para>
<itemizedlist><listitem><para>볼트를 조인다.</para><orderedlist numeration="loweralpha">
<listitem><para>왼쪽</para></listitem><listitem><para>오른쪽</para></listitem></orderedlist></listitem>
<listitem><para>덮개를 닫는다.</para></listitem></itemizedlist>
<section><title>배선</title><note><title>참고</title><para>전선은 별매.</para></note>
<programlisting language="C">int a;
  int b;</programlisting><table><title>표 1</title><tgroup cols="3"><colspec colname="a"/><colspec colname="b"/>
<colspec colname="c"/><thead><row><entry>가</entry><entry namest="b" nameend="c">나</entry></row></thead><tbody>
<row><entry morerows="1">1</entry><entry>2</entry><entry>3</entry></row><row><entry>4</entry><entry>5</entry></row>
</tbody></tgroup></table></section></chapter></book>"""
TEI = """<?xml version="1.0"?><TEI xmlns="http://www.tei-c.org/ns/1.0"><teiHeader><fileDesc><titleStmt>
<title>Letters of 1850</title></titleStmt></fileDesc></teiHeader><text><body><pb n="1"/><div><head>Letter I</head>
<p>Dear Sir,<note n="1">A friend.</note> the rain has<lb/>fallen for <pb n="2"/>three days.</p>
<lg><l>O rose, thou art sick</l><l>The invisible worm</l></lg>
<div><head>Reply</head><p>I <choice><orig>knowe</orig><reg>know</reg></choice> it well.</p></div></div></body>
</text></TEI>"""


def test_jats_article(tmp_path: Path) -> None:
    found = one_extract(tmp_path, "a.nxml", JATS.encode())
    assert found.title == "Growth of E. coli in heat"
    headings = [(mark.level, mark.value) for mark in found.marks if mark.kind.value == "heading"]
    assert headings == [
        (1, "Growth of E. coli in heat"),
        (2, "Abstract"),
        (2, "1 Introduction"),
        (3, "1.1 Methods"),
        (2, "References"),
    ]
    assert "We studied Acme Corp cultures\u00a0at 40 degrees.".replace("\u00a0", " ") in found.text
    assert "Bacteria grow^1 fast[^1] here.\n\n1. First step\n2. Second step\n\n[^1]: Very fast.\n" in found.text
    assert "We used a+b" in found.text
    assert "Table 1\n\nRates\n\n| T | Rate |\n| --- | --- |\n| 40 | 2.5 |\n| 40 | 2.6 |\n" in found.text
    assert "1. Lee S Heat 2001" in found.text
    assert "Left out" not in found.text
    cells = [(mark.row, mark.column, mark.row_span) for mark in found.marks if mark.value == "40"]
    assert cells == [(1, 0, 2)]


def test_docbook_book(tmp_path: Path) -> None:
    found = one_extract(tmp_path, "a.xml", DOCBOOK.encode())
    assert found.title == "설비 안내서"
    assert "전원을 켜기 전에 반드시 접지를 확인한다.[^1]" in found.text
    assert "- 볼트를 조인다.\n    a. 왼쪽\n    b. 오른쪽\n- 덮개를 닫는다.\n" in found.text
    assert "```c\nint a;\n  int b;\n```" in found.text
    assert "| 가 | 나 | 나 |\n| --- | --- | --- |\n| 1 | 2 | 3 |\n| 1 | 4 | 5 |" in found.text
    assert [(kind, value) for kind, value, _ in marked(found) if kind in ("heading", "footnote")] == [
        ("heading", "설비 안내서"),
        ("heading", "설치"),
        ("footnote", "1"),
        ("heading", "배선"),
    ]


def test_tei_letters(tmp_path: Path) -> None:
    found = one_extract(tmp_path, "a.xml", TEI.encode())
    assert found.title == "Letters of 1850"
    assert "Dear Sir,[^1] the rain has\nfallen for three days.\n\n[^1]: A friend.\n" in found.text
    assert "O rose, thou art sick\nThe invisible worm" in found.text
    assert "I know it well." in found.text
    assert [value for kind, value, _ in marked(found) if kind == "page"] == ["1", "2"]


def test_unknown_vocabulary_gives_its_text(tmp_path: Path) -> None:
    xml = (
        "<?xml version='1.0' encoding='euc-kr'?><법령><조문><번호>1</번호><제목>목적</제목></조문>"
        "<내용><![CDATA[제1조(목적) "
        ""
        "이 법은 "
        "주거용 건물의 임대차에 관하여 민법에 대한 특례를 규정함으로써 국민 주거생활의 안정을 보장함을 "
        "목적으로 한다.]]></내용></법령>"
    )
    found = one_extract(tmp_path, "law.xml", xml.encode("euc-kr"))
    assert found.text.startswith("1\n목적\n\n제1조(목적) 이 법은 주거용 건물의")


@pytest.mark.parametrize(
    ("data", "fate"),
    [
        (b"<?xml version='1.0'?><config><a>1</a><b>true</b></config>", "no_text"),
        (
            b"<svg xmlns='x'><text>A drawing with some words that nobody reads as a document.</text></svg>",
            "no_text",
        ),
        (b"<article><p>Words that are cut", "failed"),
        (b"<a>" * 100_000, "failed"),
        (b"<?xml version='1.0'?><a>\0</a>", "failed"),
    ],
)
def test_refusals_and_damage(data: bytes, fate: str, tmp_path: Path) -> None:
    assert fates(read_bytes(tmp_path, "a.xml", data)) == [("a.xml", fate)]


def test_entities_are_neither_expanded_nor_fetched(tmp_path: Path) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text("secret words")
    laughs = "".join(f"<!ENTITY l{n} '{f'&l{n - 1};' * 10}'>" for n in range(1, 10))
    head = f"<!DOCTYPE article [<!ENTITY file SYSTEM '{secret.as_uri()}'>]>"
    body = "<article><p>Words and &file; that make up a paragraph of an article of some length.</p></article>"
    found = one_extract(tmp_path, "a.xml", (head + body).encode())
    assert "secret" not in found.text
    bomb = f"<!DOCTYPE article [<!ENTITY l0 'ha'>{laughs}]>" + body.replace("&file;", "&l9;")
    assert fates(read_bytes(tmp_path, "b.xml", bomb.encode())) == [("b.xml", "failed")]


def test_pages_and_documents_are_told_apart(tmp_path: Path) -> None:
    page = b'<?xml version="1.0"?><html xmlns="http://www.w3.org/1999/xhtml"><body><p>A page.</p></body></html>'
    assert one_extract(tmp_path, "page.xml", page).format == "html"
    assert one_extract(tmp_path, "article.unknown", JATS.encode()).format == "xml"
