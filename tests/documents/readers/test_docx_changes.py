"""Tracked changes in docx files: the final and the original text."""

from __future__ import annotations

from office_files import convert, docx, marked, paragraph

from pipeline.config.build import TrackedChanges


def both(data: bytes) -> tuple[str, str]:
    """The final and the original text."""
    final, original = (convert(data, reader="docx", changes=version).text for version in TrackedChanges)
    return final, original


def run(text: str, tag: str = "t") -> str:
    return f'<w:r><w:{tag} xml:space="preserve">{text}</w:{tag}></w:r>'


def test_inserted_deleted_and_moved_runs_belong_to_one_version() -> None:
    inside = f'<w:del w:id="1">{run("100만 원", "delText")}</w:del><w:ins w:id="2">{run("200만 원")}</w:ins>{run(".")}'
    body = paragraph("차임은 ", inside=inside)
    body += paragraph("A", inside=f"<w:moveFrom>{run(' moved')}</w:moveFrom>")
    body += paragraph("B", inside=f"<w:moveTo>{run(' moved')}</w:moveTo>")
    data = docx(body)
    assert both(data) == ("차임은 200만 원.\n\nA\n\nB moved\n", "차임은 100만 원.\n\nA moved\n\nB\n")
    assert marked(convert(data, reader="docx"), "inserted") == ["200만 원", " moved"]


def test_text_inserted_and_deleted_again_belongs_to_no_version() -> None:
    data = docx(paragraph("a", inside=f"<w:ins><w:del>{run('x', 'delText')}</w:del>{run('b')}</w:ins>"))
    assert both(data) == ("ab\n", "a\n")


def test_deleted_paragraph_ends_join_paragraphs_and_inserted_ones_part_them() -> None:
    body = paragraph("This is ", properties="<w:rPr><w:del/></w:rPr>") + paragraph("one.")
    body += paragraph("These are ", properties="<w:rPr><w:ins/></w:rPr>") + paragraph("two.")
    body += paragraph("last", properties="<w:rPr><w:del/></w:rPr>")
    assert both(docx(body)) == (
        "This is one.\n\nThese are\n\ntwo.\n\nlast\n",
        "This is\n\none.\n\nThese are two.\n\nlast\n",
    )


def test_deleted_rows_and_paragraphs_vanish_and_do_not_count() -> None:
    numbering = '<w:abstractNum w:abstractNumId="0"><w:lvl w:ilvl="0"><w:start w:val="1"/><w:numFmt w:val="decimal"/>'
    numbering += (
        '<w:lvlText w:val="%1."/></w:lvl></w:abstractNum><w:num w:numId="1"><w:abstractNumId w:val="0"/></w:num>'
    )
    number = '<w:numPr><w:ilvl w:val="0"/><w:numId w:val="1"/></w:numPr>'
    row = "<w:tr><w:trPr>{}</w:trPr><w:tc>{}</w:tc><w:tc>{}</w:tc></w:tr>"
    body = paragraph("a", properties=number)
    body += paragraph(properties=f"{number}<w:rPr><w:del/></w:rPr>", inside=f"<w:del>{run('gone', 'delText')}</w:del>")
    body += paragraph("c", properties=number)
    body += f"<w:tbl>{row.format('', paragraph('1'), paragraph('2'))}"
    body += f"{row.format('<w:del/>', paragraph('3'), paragraph('4'))}"
    body += f"{row.format('<w:ins/>', paragraph('5'), paragraph('6'))}</w:tbl>"
    final, original = both(docx(body, numbering=numbering))
    assert final == "1. a\n2. c\n\n| 1 | 2 |\n| --- | --- |\n| 5 | 6 |\n"
    assert original == "1. a\n2. gone\n3. c\n\n| 1 | 2 |\n| --- | --- |\n| 3 | 4 |\n"


def test_note_in_deleted_text_is_neither_read_nor_counted() -> None:
    reference = '<w:r><w:footnoteReference w:id="{}"/></w:r>'
    body = paragraph("x", inside=f"<w:del>{reference.format(1)}</w:del>{reference.format(2)}")
    notes = "".join(f'<w:footnote w:id="{n}">{paragraph(f"note {n}")}</w:footnote>' for n in (1, 2))
    assert both(docx(body, footnotes=notes)) == (
        "x[^1]\n\n[^1]: note 2\n",
        "x[^1][^2]\n\n[^1]: note 1\n\n[^2]: note 2\n",
    )
