"""Text and marks of docx files."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import pytest
from office_files import convert, docx, marked, marks_of, ole, paragraph, part, zipped

from pipeline.config.build import DocumentPart, InputSource
from pipeline.documents.discovery import discover
from pipeline.documents.grammar.outline import read_outline
from pipeline.documents.items import TO_THE_END, Segment
from pipeline.documents.readers.reader import (
    Converted,
    Extract,
    Failed,
    NotRead,
    Reading,
    ReadLimits,
    ReadOptions,
    ReadSettings,
    RefusedFileError,
)
from pipeline.documents.reading import read_segment

STYLES = """
<w:style w:type="paragraph" w:styleId="a" w:default="1"><w:name w:val="Normal"/></w:style>
<w:style w:type="paragraph" w:styleId="1"><w:name w:val="heading 1"/><w:basedOn w:val="a"/></w:style>
<w:style w:type="paragraph" w:styleId="2"><w:name w:val="heading 2"/><w:basedOn w:val="a"/></w:style>
<w:style w:type="paragraph" w:styleId="Clause"><w:name w:val="조항"/><w:basedOn w:val="2"/></w:style>
<w:style w:type="paragraph" w:styleId="a3"><w:name w:val="Title"/></w:style>
<w:style w:type="paragraph" w:styleId="Src"><w:name w:val="Source Code"/></w:style>
<w:style w:type="character" w:styleId="Secret"><w:name w:val="Secret"/><w:rPr><w:vanish/></w:rPr></w:style>
"""


def read(data: bytes, *include: DocumentPart) -> Converted:
    return convert(data, *include, reader="docx")


def run(inside: str, properties: str = "") -> str:
    return f"<w:r><w:rPr>{properties}</w:rPr>{inside}</w:r>"


def cell(text: str, properties: str = "") -> str:
    return f"<w:tc><w:tcPr>{properties}</w:tcPr>{paragraph(text)}</w:tc>"


def test_headings_have_the_levels_of_their_styles_below_the_title() -> None:
    body = (
        paragraph("임대차 계약서", style="a3") + paragraph("제1장 총칙", style="1") + paragraph("목적", style="Clause")
    )
    body += paragraph("이 계약은 창고의 임대차에 관한 것이다.") + paragraph(
        "Annex", properties='<w:outlineLvl w:val="0"/>'
    )
    found = read(docx(body, styles=STYLES))
    assert found.text == (
        "# 임대차 계약서\n\n## 제1장 총칙\n\n### 목적\n\n이 계약은 창고의 임대차에 관한 것이다.\n\n## Annex\n"
    )
    assert [(mark.level, mark.value) for mark in marks_of(found, "heading")] == [
        (1, "임대차 계약서"),
        (2, "제1장 총칙"),
        (3, "목적"),
        (2, "Annex"),
    ]
    assert found.title == "임대차 계약서"
    outline = read_outline(text=found.text, domain="manual", language="ko", marks=found.marks)
    assert [(node.level, node.value) for node in outline if node.kind == "heading"] == [
        (1, "임대차 계약서"),
        (2, "제1장 총칙"),
        (3, "목적"),
        (2, "Annex"),
    ]


def test_headings_without_a_title_keep_their_levels_and_long_ones_are_text() -> None:
    clause = "The tenant shall pay the rent on the first day of each month and shall bear all costs of the payment. "
    found = read(docx(paragraph("Scope", style="1") + paragraph(clause * 2, style="2"), styles=STYLES))
    assert [(mark.level, mark.value) for mark in marks_of(found, "heading")] == [(1, "Scope")]
    assert found.text.endswith(f"\n\n{(clause * 2).strip()}\n")


def test_merged_cells_keep_their_places() -> None:
    wide, down, below = '<w:gridSpan w:val="2"/>', '<w:vMerge w:val="restart"/>', "<w:vMerge/>"
    body = f"""<w:tbl>
    <w:tr>{cell("품목", down)}{cell("가격", wide)}</w:tr>
    <w:tr>{cell("", below)}{cell("국내")}{cell("국외")}</w:tr>
    <w:tr>{cell("사과")}{cell("10")}{cell("20")}</w:tr>
    <w:tr><w:trPr><w:gridBefore w:val="1"/></w:trPr>{cell("30")}{cell("40")}</w:tr></w:tbl>"""
    found = read(docx(body))
    cells = [(m.value, m.row, m.column, m.row_span, m.column_span) for m in marks_of(found, "cell")]
    assert cells == [
        ("품목", 0, 0, 2, 1),
        ("가격", 0, 1, 1, 2),
        ("국내", 1, 1, 1, 1),
        ("국외", 1, 2, 1, 1),
        ("사과", 2, 0, 1, 1),
        ("10", 2, 1, 1, 1),
        ("20", 2, 2, 1, 1),
        ("30", 3, 1, 1, 1),
        ("40", 3, 2, 1, 1),
    ]
    assert found.text.splitlines()[:3] == ["| 품목 | 가격 | 가격 |", "| --- | --- | --- |", "| 품목 | 국내 | 국외 |"]


def test_nested_table_stays_in_its_cell_and_a_frame_around_text_is_no_table() -> None:
    nested = f"<w:tbl><w:tr>{cell('x')}{cell('y')}</w:tr></w:tbl>"
    outer = f"<w:tbl><w:tr>{cell('left side')}<w:tc>{paragraph('see')}{nested}{paragraph()}</w:tc></w:tr></w:tbl>"
    frame = f"<w:tbl><w:tr><w:tc>{paragraph('Part', style='1')}{paragraph('Text.')}</w:tc></w:tr></w:tbl>"
    found = read(docx(outer + frame, styles=STYLES))
    assert found.text == "| left side | see x y |\n| --- | --- |\n\n# Part\n\nText.\n"


def test_footnotes_and_endnotes_follow_their_section() -> None:
    reference = '<w:r><w:footnoteReference w:id="2"/></w:r>'
    end = '<w:r><w:endnoteReference w:id="5"/></w:r>'
    custom = '<w:r><w:footnoteReference w:customMarkFollows="1" w:id="3"/><w:t>*</w:t></w:r>'
    body = paragraph("First", style="1") + paragraph("Rent", inside=reference + run("<w:t>.</w:t>") + end)
    body += paragraph("Second", style="1") + paragraph("Star", inside=custom)
    notes = f'<w:footnote w:id="2">{paragraph("민법 제618조.")}</w:footnote>'
    notes += f'<w:footnote w:id="3">{paragraph("By hand.")}</w:footnote>'
    endnotes = f'<w:endnote w:id="5">{paragraph("At the end.")}</w:endnote>'
    found = read(docx(body, styles=STYLES, footnotes=notes, endnotes=endnotes))
    assert found.text == (
        "# First\n\nRent[^1].[^i]\n\n[^1]: 민법 제618조.\n\n[^i]: At the end.\n\n"
        "# Second\n\nStar[^*]\n\n[^*]: By hand.\n"
    )
    assert [mark.value for mark in marks_of(found, "footnote")] == ["1", "i", "*"]


def test_text_box_is_read_once_after_its_paragraph() -> None:
    box = f"<w:txbxContent>{paragraph('안의 글')}</w:txbxContent>"
    drawing = f"<mc:Choice Requires='wps'><w:drawing><wps:txbx>{box}</wps:txbx></w:drawing></mc:Choice>"
    picture = f"<mc:Fallback><w:pict><v:textbox>{box}</v:textbox></w:pict></mc:Fallback>"
    body = paragraph("밖의 글", inside=f"<w:r><mc:AlternateContent>{drawing}{picture}</mc:AlternateContent></w:r>")
    body += paragraph(
        "Old", inside=f"<w:r><w:pict><v:textbox>{box.replace('안의 글', 'VML')}</v:textbox></w:pict></w:r>"
    )
    assert read(docx(body)).text == "밖의 글\n\n안의 글\n\nOld\n\nVML\n"


def test_chart_becomes_a_table_of_its_values() -> None:
    points = "<c:pt idx='0'><c:v>{}</c:v></c:pt><c:pt idx='1'><c:v>{}</c:v></c:pt>"
    series = f"<c:ser><c:tx><c:v>매출</c:v></c:tx><c:cat>{points.format('1월', '2월')}</c:cat>"
    series += f"<c:val>{points.format('4.4000000000000004', '5')}</c:val></c:ser>"
    body = paragraph("Chart", inside='<w:r><w:drawing><c:chart r:id="c1"/></w:drawing></w:r>')
    data = docx(body, targets={"c1": ("chart", "chart1.xml")}, chart1=part("c:chartSpace", series))
    assert read(data).text == "Chart\n\n|  | 매출 |\n| --- | --- |\n| 1월 | 4.4 |\n| 2월 | 5 |\n"


def test_fields_show_their_result_and_not_their_instruction() -> None:
    begin, separate, end = (f'<w:r><w:fldChar w:fldCharType="{kind}"/></w:r>' for kind in ("begin", "separate", "end"))
    code = "<w:r><w:instrText>IF </w:instrText></w:r>"
    nested = f"{begin}<w:r><w:instrText>REF x</w:instrText></w:r>{separate}{run('<w:t>unseen</w:t>')}{end}"
    field = f"{begin}{code}{nested}{separate}{run('<w:t>shown</w:t>')}{end}"
    simple = '<w:fldSimple w:instr="PAGE">' + run("<w:t> 7</w:t>") + "</w:fldSimple>"
    box = '<w:r><w:fldChar w:fldCharType="begin"><w:ffData><w:checkBox><w:checked/></w:checkBox></w:ffData>'
    box += f"</w:fldChar></w:r>{end}"
    assert read(docx(paragraph("Is ", inside=field + simple + box))).text == "Is shown 7☒\n"


def test_inline_elements_are_read_in_order() -> None:
    inside = (
        run("<w:tab/><w:t>a</w:t><w:br/><w:noBreakHyphen/><w:t>b</w:t>")
        + run('<w:sym w:font="Symbol" w:char="F061"/><w:sym w:font="Wingdings" w:char="F0FE"/>')
        + f"<w:hyperlink>{run('<w:t> link</w:t>')}</w:hyperlink>"
        + f"<w:smartTag><w:smartTag>{run('<w:t> 서울</w:t>')}</w:smartTag></w:smartTag>"
        + f"<w:sdt><w:sdtPr/><w:sdtContent>{run('<w:t> 갑</w:t>')}</w:sdtContent></w:sdt>"
        + run("<w:t> 10</w:t>")
        + run("<w:t>6</w:t>", '<w:vertAlign w:val="superscript"/>')
        + run(
            "<w:ruby><w:rt><w:r><w:t>한자</w:t></w:r></w:rt><w:rubyBase><w:r><w:t>漢字</w:t></w:r></w:rubyBase></w:ruby>"
        )
    )
    assert read(docx(paragraph("x", inside=inside))).text == "x\ta\n-bα☑ link 서울 갑 10^6漢字(한자)\n"


def test_equations_are_written_as_latex() -> None:
    def text(value: str) -> str:
        return f"<m:r><m:t>{value}</m:t></m:r>"

    root = f"<m:rad><m:radPr><m:degHide/></m:radPr><m:deg/><m:e>{text('b')}</m:e></m:rad>"
    fraction = f"<m:f><m:num>{text('-')}{root}</m:num><m:den>{text('2a')}</m:den></m:f>"
    power = f"<m:sSup><m:e>{text('x')}</m:e><m:sup>{text('2')}</m:sup></m:sSup>"
    total = f'<m:nary><m:naryPr><m:chr m:val="∑"/></m:naryPr><m:sub>{text("i=1")}</m:sub><m:sup>{text("n")}</m:sup>'
    total += f"<m:e>{text('i')}</m:e></m:nary>"
    group = f"<m:d><m:e>{text('a')}</m:e></m:d>"
    body = paragraph("So ", inside=f"<m:oMath>{text('x=')}{fraction}</m:oMath>")
    body += paragraph(inside=f"<m:oMathPara><m:oMath>{power}{group}{total}</m:oMath></m:oMathPara>")
    assert read(docx(body)).text == "So $x=\\frac{-\\sqrt{b}}{2a}$\n\n$$x^{2}(a)\\sum_{i=1}^{n}i$$\n"


def test_code_keeps_its_lines_and_prose_in_a_typewriter_font_is_text() -> None:
    font = '<w:rFonts w:ascii="Courier New"/>'
    body = paragraph("import sys", style="Src") + paragraph("    print(sys)", style="Src") + paragraph("End.")
    body += paragraph(inside=run('<w:t xml:space="preserve">def f(x):</w:t>', font))
    body += paragraph(inside=run('<w:t xml:space="preserve">    return x</w:t>', font)) + paragraph("Then.")
    body += paragraph(inside=run("<w:t>A memo in a vintage face.</w:t>", font))
    found = read(docx(body, styles=STYLES))
    assert marked(found, "code") == [
        "```\nimport sys\n    print(sys)\n```",
        "```\ndef f(x):\n    return x\n```",
    ]
    assert found.text.endswith("Then.\n\nA memo in a vintage face.\n")


def test_hidden_text_is_left_out_unless_the_recipe_reads_it() -> None:
    body = paragraph("Seen", inside=run("<w:t> direct</w:t>", "<w:vanish/>"))
    body += paragraph(inside=run("<w:t>by style</w:t>", '<w:rStyle w:val="Secret"/>'))
    body += f"<w:tbl><w:tr>{cell('a')}{cell('b')}</w:tr>"
    body += f"<w:tr><w:trPr><w:hidden/></w:trPr>{cell('c')}{cell('d')}</w:tr></w:tbl>"
    data = docx(body, styles=STYLES)
    assert read(data).text == "Seen\n\n| a | b |\n| --- | --- |\n"
    found = read(data, DocumentPart.HIDDEN)
    assert marked(found, "hidden") == [" direct", "by style"]
    assert found.text == "Seen direct\n\nby style\n\n| a | b |\n| --- | --- |\n| c | d |\n"


def test_comments_and_headers_are_read_if_the_recipe_says_so() -> None:
    section = '<w:sectPr><w:headerReference w:type="{}" r:id="{}"/>{}</w:sectPr>'
    body = paragraph("본문", inside='<w:r><w:commentReference w:id="1"/></w:r>')
    body += paragraph(properties=section.format("default", "h1", '<w:footerReference r:id="f1"/>'))
    body += paragraph("Second") + section.format("first", "h2", "<w:titlePg/>")
    data = docx(
        body,
        comments=f'<w:comment w:id="1" w:author="김">{paragraph("확인")}</w:comment>',
        targets={name: ("header", f"{name}.xml") for name in ("h1", "h2", "f1")},
        h1=part("w:hdr", paragraph("대외비")),
        h2=part("w:hdr", paragraph("Annex")),
        f1=part("w:ftr", paragraph("Page foot")),
    )
    assert read(data).text == "본문\n\nSecond\n"
    found = read(data, DocumentPart.COMMENTS, DocumentPart.HEADERS)
    assert found.text == "대외비\n\n본문\n\n김: 확인\n\nPage foot\n\nAnnex\n\nSecond\n"
    assert marked(found, "hidden") == ["김: 확인"]


def test_header_of_the_first_page_comes_before_the_others() -> None:
    section = '<w:sectPr><w:headerReference w:type="default" r:id="h1"/>'
    section += '<w:headerReference w:type="first" r:id="h2"/><w:titlePg/></w:sectPr>'
    data = docx(
        paragraph("Body") + section,
        targets={name: ("header", f"{name}.xml") for name in ("h1", "h2")},
        h1=part("w:hdr", paragraph("Others")),
        h2=part("w:hdr", paragraph("Cover")),
    )
    assert read(data, DocumentPart.HEADERS).text == "Cover\n\nOthers\n\nBody\n"


def test_page_starts_are_those_of_the_last_layout() -> None:
    rendered, broken = "<w:lastRenderedPageBreak/>", '<w:br w:type="page"/>'
    row = f"<w:tr><w:tc>{paragraph(inside=run(rendered + '<w:t>c</w:t>'))}</w:tc>"
    row += f"<w:tc>{paragraph(inside=run(rendered + '<w:t>d</w:t>'))}</w:tc></w:tr>"
    body = paragraph("One", inside=run(broken)) + paragraph(inside=run(f"{rendered}<w:t>Two</w:t>"))
    body += f"<w:tbl><w:tr>{cell('a')}{cell('b')}</w:tr>{row}</w:tbl>"
    body += paragraph("Long", inside=run(f"{rendered}<w:t> text</w:t>")) + paragraph("Last")
    found = read(docx(body))
    pages = [(mark.value, found.text[mark.start :].split("\n")[0]) for mark in marks_of(found, "page")]
    assert pages == [("1", "One"), ("2", "Two"), ("3", "| c | d |"), ("4", " text")]


def test_page_breaks_of_the_author_count_if_no_layout_is_noted() -> None:
    broken = run('<w:br w:type="page"/>')
    section = '<w:sectPr><w:pgNumType w:fmt="lowerRoman"/></w:sectPr>'
    last = '<w:sectPr><w:type w:val="nextPage"/><w:pgNumType w:start="1"/></w:sectPr>'
    body = paragraph("Preface", inside=broken + run("<w:t>More</w:t>")) + paragraph(properties=section)
    body += paragraph("Body") + paragraph("Next", properties="<w:pageBreakBefore/>")
    found = read(docx(body + last))
    pages = [(mark.value, found.text[mark.start :].split("\n")[0]) for mark in marks_of(found, "page")]
    assert pages == [("i", "Preface"), ("ii", "More"), ("1", "Body"), ("2", "Next")]


def test_page_breaks_of_the_author_do_not_count_if_text_between_them_fills_pages() -> None:
    body = paragraph("word " * 3000) + paragraph("x", properties="<w:pageBreakBefore/>")
    assert marks_of(read(docx(body)), "page") == []


def test_included_files_are_read_in_their_place() -> None:
    body = paragraph("Before") + '<w:altChunk r:id="x"/>' + '<w:altChunk r:id="y"/>' + paragraph("After")
    inner = docx(paragraph("Inner"))
    data = docx(body, targets={"x": ("aFChunk", "a.html"), "y": ("aFChunk", "b.docx")})
    parts = {"word/a.html": b"<html><body><h2>Web</h2><p>page</p></body></html>", "word/b.docx": inner}
    found = read(_with_parts(data, parts))
    assert found.text == "Before\n\n## Web\n\npage\n\nInner\n\nAfter\n"
    assert marked(found, "heading") == ["## Web"]


def test_strict_variant_and_a_main_document_of_another_name_are_read() -> None:
    data = _with_parts(docx(paragraph("x")), {})
    strict = {
        name: text.replace(
            b"http://schemas.openxmlformats.org/wordprocessingml/2006/main",
            b"http://purl.oclc.org/ooxml/wordprocessingml/main",
        ).replace(b"word/document.xml", b"/word/main1.xml")
        for name, text in _parts(data).items()
    }
    strict["word/main1.xml"] = strict.pop("word/document.xml")
    assert read(zipped(strict)).text == "x\n"
    assert read(zipped({"word/document.xml": part("w:document", f"<w:body>{paragraph('bare')}</w:body>")})).text == (
        "bare\n"
    )


def test_file_without_text_and_encrypted_file_are_refused() -> None:
    with pytest.raises(RefusedFileError) as refused:
        read(docx(paragraph()))
    assert refused.value.reason == "empty"
    with pytest.raises(RefusedFileError) as refused:
        read(docx(paragraph(inside='<w:r><w:drawing><a:blip r:embed="p"/></w:drawing></w:r>')))
    assert refused.value.reason == "scanned"
    with pytest.raises(RefusedFileError) as refused:
        read(ole("EncryptedPackage"))
    assert refused.value.reason == "encrypted"


def _parts(data: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def _with_parts(data: bytes, more: dict[str, bytes]) -> bytes:
    return zipped(_parts(data) | more)


def read_path(path: Path, *, max_parser_bytes: int = 2**30) -> Reading:
    limits = ReadLimits(2**26, 200, 30, max_parser_bytes)
    (item,) = discover([InputSource(path=str(path))]).items
    segment = Segment(item, 0, TO_THE_END, item.num_bytes)
    (reading,) = read_segment(segment, ReadSettings("text", "title", limits, ReadOptions()))
    return reading


def test_content_tells_the_format_of_a_file_without_a_fitting_name(tmp_path: Path) -> None:
    for name in ("계약서", "b.doc", "c.docx"):
        path = tmp_path / name
        path.write_bytes(docx(paragraph("제1조 (목적)")))
        reading = read_path(path)
        assert isinstance(reading, Extract), name
        assert (reading.format, reading.text) == ("docx", "제1조 (목적)\n")
    late = tmp_path / "late.docx"
    with zipfile.ZipFile(late, "w") as archive:
        archive.writestr("docProps/thumbnail.jpeg", b"\xff" * 70_000)
        archive.writestr("word/document.xml", part("w:document", f"<w:body>{paragraph('본문')}</w:body>"))
    reading = read_path(late)
    assert isinstance(reading, Extract), "the names of the text's parts lie far behind the beginning"
    locked = tmp_path / "locked.docx"
    locked.write_bytes(ole("EncryptedPackage"))
    reading = read_path(locked)
    assert isinstance(reading, NotRead)
    assert reading.why.reason == "encrypted"


def test_hostile_files_are_dead_letters(tmp_path: Path) -> None:
    laughs = '<!DOCTYPE w [<!ENTITY a "ha">' + "".join(
        f'<!ENTITY {chr(98 + i)} "{f"&{chr(97 + i)};" * 10}">' for i in range(12)
    )
    bomb = f'<?xml version="1.0"?>{laughs}]>' + part("w:document", f"<w:body>{paragraph('x&m;')}</w:body>")[38:]
    nested = f"<w:tbl><w:tr><w:tc>{'<w:p>' * 100_000}"
    large = zipped({"word/document.xml": b"<a>" + b" " * (120 << 20)})
    whole = docx(paragraph("text " * 100))
    files = {
        "bomb": zipped({"word/document.xml": bomb}),
        "nested": zipped({"word/document.xml": part("w:document", nested)}),
        "large": large,
        "truncated": whole[: len(whole) // 2],
        "nul": zipped({"word/document.xml": part("w:document", "<w:body><w:p>\0</w:p></w:body>")}),
        "depth": docx("<w:tbl><w:tr><w:tc>" * 80 + paragraph("x") + "</w:tc></w:tr></w:tbl>" * 80),
    }
    outcomes = {}
    for name, data in files.items():
        path = tmp_path / f"{name}.docx"
        path.write_bytes(data)
        outcomes[name] = read_path(path)
    assert [name for name, reading in outcomes.items() if name != "bomb" and not isinstance(reading, Failed)] == []
    bombed = outcomes["bomb"]
    assert isinstance(bombed, Failed) or (isinstance(bombed, Extract) and "haha" not in bombed.text)


def test_wide_spans_stay_within_bounds() -> None:
    wide = cell("a", '<w:gridSpan w:val="1000000000"/>')
    body = f"<w:tbl><w:tr>{wide}{cell('b')}</w:tr><w:tr>{cell('c')}</w:tr></w:tbl>"
    assert len(read(docx(body)).text) < 20_000
