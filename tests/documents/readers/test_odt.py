"""Text and marks of odt and odp files."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import pytest
from office_files import convert, marked, marks_of, odf, odf_part, zipped

from pipeline.config.build import DocumentPart, InputSource, TrackedChanges
from pipeline.documents.discovery import discover
from pipeline.documents.items import TO_THE_END, Segment
from pipeline.documents.readers.reader import (
    Converted,
    Extract,
    Failed,
    Reading,
    ReadLimits,
    ReadOptions,
    ReadSettings,
    RefusedFileError,
)
from pipeline.documents.reading import read_segment

STYLES = """
<office:styles>
<style:style style:name="Title" style:family="paragraph"/>
<style:style style:name="Preformatted_20_Text" style:display-name="Preformatted Text" style:family="paragraph"/>
</office:styles>
"""
AUTOMATIC = """
<style:style style:name="Code" style:family="paragraph" style:parent-style-name="Preformatted_20_Text"/>
<style:style style:name="Name" style:family="paragraph" style:parent-style-name="Title"/>
<style:style style:name="NewPage" style:family="paragraph">
<style:paragraph-properties fo:break-before="page"/></style:style>
<style:style style:name="Hid" style:family="text"><style:text-properties text:display="none"/></style:style>
<style:style style:name="Up" style:family="text"><style:text-properties style:text-position="super 58%"/></style:style>
<style:style style:name="Off" style:family="drawing-page">
<style:drawing-page-properties presentation:visibility="hidden"/></style:style>
<text:list-style style:name="L1">
<text:list-level-style-number text:level="1" style:num-format="1" style:num-prefix="제" style:num-suffix="조"/>
<text:list-level-style-number text:level="2" style:num-format="가, 나, 다, ..." style:num-suffix="."/>
<text:list-level-style-bullet text:level="3" text:bullet-char="•"/>
</text:list-style>
"""


def read(data: bytes, *include: DocumentPart, changes: TrackedChanges = TrackedChanges.FINAL) -> Converted:
    return convert(data, *include, reader="odt", changes=changes)


def p(text: str, style: str = "") -> str:
    return f'<text:p text:style-name="{style}">{text}</text:p>'


def item(*inside: str) -> str:
    return f"<text:list-item>{''.join(inside)}</text:list-item>"


def test_title_headings_and_their_numbers() -> None:
    outline = '<office:styles><text:outline-style><text:outline-level-style text:level="1" style:num-format="I"'
    outline += ' style:num-suffix="."/><text:outline-level-style text:level="2" style:num-format="1"'
    outline += ' text:display-levels="2"/></text:outline-style></office:styles>'
    body = p("약관", "Name") + '<text:h text:outline-level="1">목적</text:h>' + p("본문")
    body += '<text:h text:outline-level="2">Terms</text:h><text:h text:outline-level="2" '
    body += 'text:is-list-header="true">None</text:h>'
    found = read(odf(body, automatic=AUTOMATIC, styles=STYLES + outline))
    assert found.text == "# 약관\n\n## I. 목적\n\n본문\n\n### I.1 Terms\n\n### None\n"
    assert [mark.level for mark in marks_of(found, "heading")] == [1, 2, 3, 3]
    assert found.title == "약관"


def test_lists_are_numbered_nested_and_continued() -> None:
    dots = f"<text:list>{item(p('dot'))}</text:list>"
    inner = f"<text:list>{item(p('a'))}{item(p('b'), dots)}</text:list>"
    first = f'<text:list xml:id="x" text:style-name="L1">{item(p("One"), p("more"), inner)}{item(p("Two"), inner)}'
    body = f"{first}</text:list>{p('between')}"
    body += f'<text:list text:style-name="L1" text:continue-list="x">{item(p("Three"))}</text:list>'
    body += (
        f'<text:list text:style-name="L1">{item(p("Anew"))}<text:list-header>{p("head")}</text:list-header></text:list>'
    )
    found = read(odf(body, automatic=AUTOMATIC))
    lines = [line.strip() for line in found.text.splitlines() if line.strip()]
    assert lines == [
        *["제1조 One", "more", "가. a", "나. b", "- dot", "제2조 Two", "가. a", "나. b", "- dot"],
        *["between", "제3조 Three", "제1조 Anew", "head"],
    ]
    assert [(mark.level, mark.value) for mark in marks_of(found, "list_item")][:4] == [
        (1, "제1조"),
        (2, "가"),
        (2, "나"),
        (3, ""),
    ]


def test_table_cells_keep_their_spans_and_repetitions() -> None:
    body = f"""<table:table><table:table-header-rows><table:table-row>
    <table:table-cell table:number-rows-spanned="2">{p("품목")}</table:table-cell>
    <table:table-cell table:number-columns-spanned="2">{p("가격")}</table:table-cell><table:covered-table-cell/>
    </table:table-row></table:table-header-rows><table:table-row><table:covered-table-cell/>
    <table:table-cell table:number-columns-repeated="2">{p("원")}</table:table-cell></table:table-row>
    <table:table-row table:number-rows-repeated="1000000"><table:table-cell table:number-columns-repeated="1000"/>
    </table:table-row></table:table>"""
    found = read(odf(body))
    cells = [(m.value, m.row, m.column, m.row_span, m.column_span) for m in marks_of(found, "cell")]
    assert cells == [("품목", 0, 0, 2, 1), ("가격", 0, 1, 1, 2), ("원", 1, 1, 1, 1), ("원", 1, 2, 1, 1)]


def test_inline_elements_notes_and_code() -> None:
    note = '<text:note text:note-class="footnote"><text:note-citation>1</text:note-citation>'
    note += f"<text:note-body>{p('민법 제618조')}</text:note-body></text:note>"
    body = p(
        f'a<text:s text:c="2"/>b<text:tab/>c<text:line-break/>10<text:span text:style-name="Up">6</text:span>{note}\n.'
    )
    body += p("<text:ruby><text:ruby-base>漢字</text:ruby-base><text:ruby-text>한자</text:ruby-text></text:ruby>")
    body += p('<text:a xlink:href="http://x">link</text:a> <text:page-number>7</text:page-number>')
    body += p("x = 1", "Code") + p('<text:s text:c="4"/>y', "Code")
    found = read(odf(body, automatic=AUTOMATIC, styles=STYLES))
    assert found.text == (
        "a  b\tc\n10^6[^1] .\n\n漢字(한자)\n\nlink 7\n\n```\nx = 1\n    y\n```\n\n[^1]: 민법 제618조\n"
    )
    assert marked(found, "footnote") == ["[^1]: 민법 제618조"]


def test_frames_charts_and_equations_follow_their_paragraph() -> None:
    frame = f"<draw:frame><draw:text-box>{p('boxed')}</draw:text-box></draw:frame>"
    chart = '<draw:frame><draw:object xlink:href="./Object 1"/><draw:image xlink:href="x"/></draw:frame>'
    equation = "<draw:frame><draw:object><math:math><math:mfrac><math:mi>a</math:mi><math:mi>b</math:mi></math:mfrac>"
    equation += "</math:math></draw:object></draw:frame>"
    shape = f"<draw:custom-shape>{p('shape')}</draw:custom-shape>"
    rows = "".join(
        f"<table:table-row><table:table-cell>{p(a)}</table:table-cell><table:table-cell>{p(b)}</table:table-cell>"
        "</table:table-row>"
        for a, b in (("", "매출"), ("1월", "3"))
    )
    inner = f"<office:body><office:chart><chart:chart><chart:title>{p('Sales')}</chart:title>"
    inner += "".join(
        f'<chart:axis chart:dimension="{axis}"><chart:title>{p(name)}</chart:title></chart:axis>'
        for axis, name in (("x", "월"), ("y", "억 원"))
    )
    inner += f"<table:table>{rows}</table:table></chart:chart></office:chart></office:body>"
    parts = {"Object 1__content": odf_part("office:document-content", inner)}
    found = read(odf(p(f"text{frame}{shape}{chart}{equation}"), **parts))
    assert found.text == (
        "text\n\nboxed\n\nshape\n\nSales\n\n억 원\n\n| 월 | 매출 |\n| --- | --- |\n| 1월 | 3 |\n\n$$\\frac{a}{b}$$\n"
    )


def test_equation_placed_like_a_letter_stays_in_its_line() -> None:
    frame = (
        '<draw:frame text:anchor-type="as-char"><draw:object><math:math><math:mi>E</math:mi></math:math></draw:object>'
    )
    frame += "</draw:frame>"
    assert read(odf(p(f"Let {frame} be") + p(frame))).text == "Let $E$ be\n\n$$E$$\n"


def test_hidden_text_comments_and_headers_are_read_by_recipe() -> None:
    masters = '<office:master-styles><style:master-page style:name="Standard"><style:header>'
    masters += f"{p('대외비')}</style:header><style:footer>{p('foot')}</style:footer></style:master-page>"
    masters += f'<style:master-page style:name="Unused"><style:header>{p("never")}</style:header></style:master-page>'
    comment = f"<office:annotation><dc:creator>김</dc:creator>{p('확인')}</office:annotation>"
    body = p(f'seen<text:span text:style-name="Hid"> hidden</text:span>{comment}')
    body += f'<text:section text:display="none">{p("section")}</text:section>'
    data = odf(body, automatic=AUTOMATIC, styles=f"{masters}</office:master-styles>")
    assert read(data).text == "seen\n"
    found = read(data, *DocumentPart)
    assert found.text == "대외비\n\nseen hidden\n\n김: 확인\n\nsection\n\nfoot\n"
    assert marked(found, "hidden") == [" hidden", "김: 확인"]


def test_tracked_changes_give_the_final_or_the_original_text() -> None:
    regions = '<text:tracked-changes><text:changed-region xml:id="d"><text:deletion>' + p("old")
    regions += '</text:deletion></text:changed-region><text:changed-region xml:id="i"><text:insertion/>'
    regions += "</text:changed-region></text:tracked-changes>"
    body = regions + p(
        'rent <text:change text:change-id="d"/><text:change-start text:change-id="i"/>new'
        '<text:change-end text:change-id="i"/>.'
    )
    data = odf(body)
    assert read(data).text == "rent new.\n"
    assert marked(read(data), "inserted") == ["new"]
    assert read(data, changes=TrackedChanges.ORIGINAL).text == "rent old.\n"


def test_page_starts_are_noted_ones_and_those_of_the_author() -> None:
    body = p("One") + "<text:soft-page-break/>" + p("Two<text:soft-page-break/> goes on") + p("Four", "NewPage")
    found = read(odf(body, automatic=AUTOMATIC))
    pages = [(mark.value, found.text[mark.start :].split("\n")[0]) for mark in marks_of(found, "page")]
    assert pages == [("1", "One"), ("2", "Two goes on"), ("3", " goes on"), ("4", "Four")]


def test_flat_file_is_read_and_told_by_content(tmp_path: Path) -> None:
    flat = odf_part("office:document", f"<office:body><office:text>{p('flat')}</office:text></office:body>")
    flat = flat.replace(
        "<office:document ", '<office:document office:mimetype="application/vnd.oasis.opendocument.text" '
    )
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("content.xml", flat)
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.text")
    for name, data in (
        ("a.fodt", flat.encode()),
        ("b.odt", odf(p("flat"))),
        ("c", odf(p("flat"))),
        ("d.odt", packed.getvalue()),
    ):
        (tmp_path / name).write_bytes(data)
        reading = read_path(tmp_path / name)
        assert isinstance(reading, Extract), name
        assert (reading.format, reading.text) == ("odt", "flat\n")


def read_path(path: Path) -> Reading:
    (item,) = discover([InputSource(path=str(path))]).items
    settings = ReadSettings("text", "title", ReadLimits(2**26, 200, 30, 2**30), ReadOptions())
    (reading,) = read_segment(Segment(item, 0, TO_THE_END, item.num_bytes), settings)
    return reading


def test_encrypted_and_empty_files_are_refused() -> None:
    entry = "<manifest:file-entry><manifest:encryption-data/></manifest:file-entry>"
    with pytest.raises(RefusedFileError) as refused:
        read(odf(p("x"), **{"META-INF__manifest": odf_part("manifest:manifest", entry)}))
    assert refused.value.reason == "encrypted"
    for body, reason in ((p(""), "empty"), (p('<draw:frame><draw:image xlink:href="p"/></draw:frame>'), "scanned")):
        with pytest.raises(RefusedFileError) as refused:
            read(odf(body))
        assert refused.value.reason == reason


def test_damaged_and_hostile_files_are_dead_letters(tmp_path: Path) -> None:
    whole = odf(p("text " * 50))
    nested = odf_part("office:document-content", f"<office:body><office:text>{'<text:list>' * 100_000}")
    deep = "<table:table><table:table-row><table:table-cell>" * 70
    deep += p("x") + "</table:table-cell></table:table-row></table:table>" * 70
    files = {
        "truncated": whole[: len(whole) // 2],
        "nested": zipped({"mimetype": "application/vnd.oasis.opendocument.text", "content.xml": nested}),
        "deep": odf(deep),
        "other": odf("", kind="spreadsheet").replace(b"spreadsheet", b"text\0\0\0\0\0\0\0"),
    }
    for name, data in files.items():
        (tmp_path / f"{name}.odt").write_bytes(data)
        assert isinstance(read_path(tmp_path / f"{name}.odt"), Failed), name


def test_slides_are_pages_with_headings() -> None:
    def frame(text: str, kind: str = "") -> str:
        return f'<draw:frame presentation:class="{kind}"><draw:text-box>{p(text)}</draw:text-box></draw:frame>'

    notes = f"<presentation:notes>{frame('말할 것', 'notes')}</presentation:notes>"
    body = f"<draw:page>{frame('Body')}{frame('제목', 'title')}{frame('7', 'page-number')}{notes}</draw:page>"
    body += f'<draw:page draw:style-name="Off">{frame("Secret", "title")}</draw:page>'
    body += f"<draw:page>{frame('A line')}{frame('Text below it.')}</draw:page>"
    data = odf(body, kind="presentation", automatic=AUTOMATIC)
    found = convert(data, reader="odp")
    assert found.text == "# 제목\n\nBody\n\n# A line\n\nText below it.\n"
    assert [mark.value for mark in marks_of(found, "page")] == ["1", "3"]
    found = convert(data, DocumentPart.NOTES, DocumentPart.HIDDEN, reader="odp")
    assert found.text == "# 제목\n\nBody\n\n말할 것\n\n# Secret\n\n# A line\n\nText below it.\n"
    assert marked(found, "hidden") == ["말할 것"]


def test_slide_with_empty_notes_has_no_notes() -> None:
    empty = "<draw:text-box><text:p/></draw:text-box>"
    notes = f'<presentation:notes><draw:frame presentation:class="notes">{empty}</draw:frame></presentation:notes>'
    body = f"<draw:page><draw:frame><draw:text-box>{p('Body')}</draw:text-box></draw:frame>{notes}</draw:page>"
    found = convert(odf(body, kind="presentation"), DocumentPart.NOTES, reader="odp")
    assert found.text == "Body\n"
    assert marked(found, "hidden") == []
    only = f"<draw:page>{notes}</draw:page>"
    with pytest.raises(RefusedFileError):
        convert(odf(only, kind="presentation"), DocumentPart.NOTES, reader="odp")
