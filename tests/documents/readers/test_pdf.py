"""PDF files into text with marks: order, paragraphs, structure, furniture and refusals."""

from __future__ import annotations

import re

import pytest
from pypdfium2 import PdfiumError

from documents.readers.pdf_pages import HEIGHT, KOREAN, Page, pdf
from pipeline.config.build import DocumentPart
from pipeline.documents.marks import MarkKind
from pipeline.documents.pdf.glyphs import Style
from pipeline.documents.pdf.lines import lines_of
from pipeline.documents.pdf.words import Word
from pipeline.documents.readers import kind_of, reader_of_content
from pipeline.documents.readers.pdf import READER
from pipeline.documents.readers.reader import Converted, FileKind, ReadOptions, RefusedFileError

LEFT = [
    "The pump draws water from the lower tank and",
    "lifts it to the upper tank. A valve closes when",
    "the upper tank is full. The motor stops after",
    "that and starts again when the level falls by",
    "more than ten centimetres below the mark.",
]
RIGHT = [
    "Clean the filter every month. Turn the motor off",
    "before the cover is opened. Rinse the filter with",
    "clear water and let it dry in the air. Never use",
    "soap, because it damages the fine mesh of which",
    "the filter is made.",
]


def converted(data: bytes, *parts: DocumentPart) -> Converted:
    assert READER.convert is not None
    return READER.convert(data, ReadOptions(frozenset(parts)))


def said(found: Converted, kind: MarkKind) -> list[str]:
    return [found.text[mark.start : mark.end] for mark in found.marks if mark.kind is kind]


def blocks(found: Converted) -> list[str]:
    return found.text.strip().split("\n\n")


def test_lines_of_a_paragraph_are_joined_and_paragraphs_kept_apart() -> None:
    page = Page().lines(60, 100, LEFT, step=12).lines(60, 180, RIGHT, step=12)
    assert blocks(converted(pdf([page]))) == [" ".join(LEFT), " ".join(RIGHT)]


def test_indented_line_begins_a_paragraph() -> None:
    page = Page().lines(60, 100, LEFT).text(75, 160, "Then the pump rests until the next day begins.")
    assert blocks(converted(pdf([page])))[1] == "Then the pump rests until the next day begins."


def test_columns_are_read_one_after_the_other() -> None:
    page = Page().lines(50, 100, LEFT).lines(320, 100, RIGHT)
    assert blocks(converted(pdf([page]))) == [" ".join(LEFT), " ".join(RIGHT)]


def test_columns_drawn_row_by_row_are_read_one_after_the_other() -> None:
    page = Page().text(50, 60, "Pump and filter", size=20)
    for number, (left, right) in enumerate(zip(LEFT, RIGHT, strict=True)):
        page.text(50, 100 + 12 * number, left).text(320, 100 + 12 * number, right)
    assert blocks(converted(pdf([page]))) == ["# Pump and filter", " ".join(LEFT), " ".join(RIGHT)]


def test_block_above_is_read_first_even_if_it_is_drawn_last() -> None:
    page = Page().lines(60, 200, RIGHT).lines(60, 100, LEFT)
    assert blocks(converted(pdf([page]))) == [" ".join(LEFT), " ".join(RIGHT)]


def test_hyphens_at_line_ends_are_dropped_unless_the_document_writes_them() -> None:
    lines = [
        "We read long-context models here. The train-",
        "ing of a model with a new long-",
        "context objective takes up to ten days on it.",
    ]
    text = converted(pdf([Page().lines(60, 100, lines)])).text
    assert "The training of a model with a new long-context objective" in text


def test_korean_lines_are_joined_as_the_document_writes_the_words() -> None:
    known = "탄소중립기본계획 및 주요 정책 등을 심의하기 위하여 위원회를 둔다. 위원회의 위원은 대통령이 위촉한다."
    broken = [
        "그 밖에 이 일에 필요한 사항은 위원",
        "회의 의결을 거쳐 위원장이 정하며 탄",
        "소중립기본계획 및 그 밖의 주요한",
        "정책 등을 다시 본다.",
    ]
    page = Page()
    for number in range(3):
        page.text(40, 60 + 20 * number, known, size=8, font=KOREAN)
    page.lines(40, 200, broken, size=10, font=KOREAN)
    text = converted(pdf([page])).text
    assert "위원회의 의결을" in text
    assert "정하며 탄소중립기본계획 및 그 밖의 주요한 정책 등을 다시" in text


def test_headings_come_from_size_and_weight_and_numbers() -> None:
    page = Page().text(60, 60, "Operating manual", size=22).lines(60, 100, LEFT)
    page.text(60, 190, "1 Cleaning", size=14, font="bold").lines(60, 210, RIGHT)
    page.text(60, 300, "1.1 Filter", size=14, font="bold").lines(60, 320, LEFT)
    page.text(60, 410, "Safety", font="bold").lines(60, 430, RIGHT)
    found = converted(pdf([page]))
    headings = [(mark.level, mark.value) for mark in found.marks if mark.kind is MarkKind.HEADING]
    assert headings == [(1, "Operating manual"), (2, "1 Cleaning"), (3, "1.1 Filter"), (3, "Safety")]
    assert found.title == "Operating manual"


def test_bookmarks_give_levels_and_find_headings_in_body_type() -> None:
    page = Page().text(60, 60, "Cleaning").lines(60, 90, LEFT).text(60, 180, "Filter").lines(60, 210, RIGHT)
    found = converted(pdf([page], bookmarks=[(0, "Cleaning", 0), (1, "Filter", 0)]))
    headings = [(mark.level, mark.value) for mark in found.marks if mark.kind is MarkKind.HEADING]
    assert headings == [(1, "Cleaning"), (2, "Filter")]


def test_tags_give_levels() -> None:
    page = Page().text(60, 60, "Cleaning", tag=0).lines(60, 90, LEFT).text(60, 180, "Filter", tag=1)
    found = converted(pdf([page.lines(60, 210, RIGHT)], headings=[(0, "H1"), (1, "H2")]))
    headings = [(mark.level, mark.value) for mark in found.marks if mark.kind is MarkKind.HEADING]
    assert headings == [(1, "Cleaning"), (2, "Filter")]


def test_bold_line_in_a_sentence_and_captions_are_no_headings() -> None:
    page = Page().lines(60, 100, LEFT).text(60, 190, "Never open the cover while it runs.", font="bold")
    page.text(60, 230, "Table 1 Parts", size=14).lines(60, 250, RIGHT)
    assert said(converted(pdf([page])), MarkKind.HEADING) == []


def test_items_of_lists_have_labels_and_levels() -> None:
    page = Page().text(60, 100, "You need these parts:")
    page.text(70, 115, "• a filter").text(90, 128, "• a new one").text(70, 141, "• a cover")
    page.text(60, 170, "1. Turn the motor off before the cover of the pump is opened, and wait until")
    page.text(72, 182, "it has stopped.").text(60, 195, "2. Open the cover.")
    found = converted(pdf([page]))
    items = [(mark.level, mark.value) for mark in found.marks if mark.kind is MarkKind.LIST_ITEM]
    assert items == [(1, ""), (2, ""), (1, ""), (1, "1"), (1, "2")]
    assert "1. Turn the motor off before the cover of the pump is opened, and wait until it has stopped." in found.text


def test_korean_provisions_begin_paragraphs() -> None:
    lines = [
        "제1조(목적) 이 법은 물의 이용에 필요한 사항을 정한다.",
        "제2조(정의) 이 법에서 쓰는 말의 뜻은 다음과 같다.",
    ]
    found = converted(pdf([Page().lines(60, 100, lines, font=KOREAN)]))
    assert blocks(found) == lines


def test_speeches_begin_paragraphs_and_keep_their_sign() -> None:
    lines = ["◯위원장 박정 의석을 정돈하여 주시기 바랍니다", "◯이수진 위원 위원장님, 의사진행발언을 신청하여도"]
    page = Page().lines(60, 100, [*lines, "되겠습니까?"], font=KOREAN)
    assert blocks(converted(pdf([page]))) == [lines[0], f"{lines[1]} 되겠습니까?"]


def _grid(page: Page, xs: list[int], ys: list[int]) -> Page:
    for x in xs:
        page.rule(x, ys[0], x, ys[-1])
    for y in ys:
        page.rule(xs[0], y, xs[-1], y)
    return page


def test_ruled_table_has_cells_and_spans() -> None:
    page = Page().lines(60, 60, LEFT)
    _grid(page, [60, 460], [150, 170, 190, 210]).rule(200, 170, 200, 210).rule(330, 150, 330, 210)
    page.text(65, 164, "Part and size").text(335, 164, "Price")
    page.text(65, 184, "Filter").text(205, 184, "10 cm").text(335, 184, "5.00")
    page.text(65, 204, "Cover").text(205, 204, "20 cm").text(335, 204, "7.50")
    found = converted(pdf([page.lines(60, 240, RIGHT)]))
    assert said(found, MarkKind.TABLE) == [
        "| Part and size | Part and size | Price |\n| --- | --- | --- |\n"
        "| Filter | 10 cm | 5.00 |\n| Cover | 20 cm | 7.50 |"
    ]
    first = next(mark for mark in found.marks if mark.kind is MarkKind.CELL)
    assert (first.value, first.column_span) == ("Part and size", 2)
    assert blocks(found)[0] == " ".join(LEFT)
    assert blocks(found)[-1] == " ".join(RIGHT)


def test_table_without_outer_borders_is_found() -> None:
    page = Page()
    for y in (100, 120, 140):
        page.rule(60, y, 400, y)
    page.rule(200, 100, 200, 140)
    page.text(65, 114, "Part").text(205, 114, "Price").text(65, 134, "Filter").text(205, 134, "5.00")
    assert said(converted(pdf([page])), MarkKind.CELL) == ["Part", "Price", "Filter", "5.00"]


def test_lines_of_an_open_row_become_rows() -> None:
    page = _grid(Page(), [60, 200, 330], [100, 120, 180])
    page.text(65, 114, "Part").text(205, 114, "Price")
    for number, (name, price) in enumerate((("Filter", "5"), ("Cover", "7"), ("Motor", "90"))):
        page.text(65, 134 + 15 * number, name).text(205, 134 + 15 * number, price)
    (table,) = said(converted(pdf([page])), MarkKind.TABLE)
    assert table.splitlines()[2:] == ["| Filter | 5 |", "| Cover | 7 |", "| Motor | 90 |"]


def test_aligned_columns_are_a_table() -> None:
    page = Page().lines(60, 60, LEFT)
    for number, row in enumerate((("Part", "Size", "Price"), ("Filter", "10", "5.00"), ("Cover", "20", "7.50"))):
        for column, cell in enumerate(row):
            page.text(60 + 120 * column, 150 + 14 * number, cell)
    (table,) = said(converted(pdf([page])), MarkKind.TABLE)
    assert table.splitlines()[-1] == "| Cover | 20 | 7.50 |"


def test_two_rows_of_many_aligned_cells_are_a_table_below_other_rows() -> None:
    page = Page().lines(60, 60, LEFT).text(60, 140, "Bookings", font="bold")
    for number, row in enumerate((("Start", "End", "Shows", "Net"), ("1 May", "2 May", "48", "9.00"))):
        for column, cell in enumerate(row):
            page.text(60 + 90 * column, 160 + 14 * number, cell)
    (table,) = said(converted(pdf([page.lines(60, 220, RIGHT)])), MarkKind.TABLE)
    assert table.splitlines()[-1] == "| 1 May | 2 May | 48 | 9.00 |"


def test_highlighted_words_and_framed_titles_are_no_tables() -> None:
    page = _grid(Page(), [80, 116, 137], [90, 105])
    page.lines(60, 100, ["The upper tank is filled by the pump before it stops.", "That takes an hour."])
    _grid(page, [60, 100, 300], [200, 220]).text(65, 214, "II").text(105, 214, "Maintenance")
    found = converted(pdf([page]))
    assert said(found, MarkKind.TABLE) == []
    assert "The upper tank is filled by the pump" in found.text
    assert "II Maintenance" in found.text


def _running(number: int) -> Page:
    page = Page().text(60, 40, "Pump manual").lines(60, 200, LEFT if number % 2 else RIGHT)
    return page.text(290, HEIGHT - 30, f"- {number} -")


def test_headers_and_page_numbers_are_removed_or_kept_by_the_recipe() -> None:
    data = pdf([_running(number) for number in range(1, 6)])
    body = converted(data).text
    assert "manual" not in body
    assert "-" not in body
    assert body.count("The pump draws") == 3
    kept = converted(data, DocumentPart.HEADERS).text
    assert kept.count("Pump manual") == 5
    assert [f"- {number} -" in kept for number in range(1, 6)] == [True] * 5


def test_same_headings_and_numbers_at_different_heights_stay() -> None:
    pages = [Page().text(60, 60 + 9 * number, "Version", size=16).lines(60, 150, LEFT) for number in range(4)]
    for number, page in enumerate(pages):
        page.text(60, HEIGHT - 140 + 11 * number, f"{number + 1}")
    text = converted(pdf(pages)).text
    assert text.count("# Version") == 4
    assert [str(number) in text for number in range(1, 5)] == [True] * 4


def test_footnotes_are_kept_apart_and_referred_to() -> None:
    page = Page().lines(60, 100, LEFT)
    page.text(60, 172, "It lasts ten years").text(146, 168, "1", size=6).text(150, 172, "in use.")
    page.text(60, 700, "1", size=5).text(64, 703, "Measured at ten litres an hour, in a tank", size=8)
    page.text(60, 713, "of glass.", size=8)
    found = converted(pdf([page]))
    assert said(found, MarkKind.FOOTNOTE) == ["[^1]: Measured at ten litres an hour, in a tank of glass."]
    assert "ten years[^1] in use." in found.text


def test_raised_number_that_is_no_reference_is_written_as_a_power() -> None:
    page = Page().text(60, 100, "About 10").text(101, 96, "3", size=6).text(108, 100, "litres an hour flow.")
    assert "About 10^3 litres" in converted(pdf([page])).text


def test_pages_begin_with_their_labels_and_paragraphs_go_on() -> None:
    first = Page().lines(60, 100, LEFT[:4])
    second = Page().lines(60, 100, LEFT[4:]).lines(60, 150, RIGHT)
    found = converted(pdf([first, second, Page(), Page().lines(60, 100, RIGHT)], labels="0 <</S /r>> 2 <</S /D>>"))
    pages = [(mark.value, found.text[mark.start :][:12]) for mark in found.marks if mark.kind is MarkKind.PAGE]
    assert pages == [("i", "The pump dra"), ("ii", "more than te"), ("1", "Clean the fi"), ("2", "Clean the fi")]
    assert blocks(found)[0] == " ".join(LEFT)


def test_paragraph_goes_on_behind_a_caption_in_the_next_column() -> None:
    page = Page().lines(50, 100, LEFT[:3]).text(320, 80, "Figure 1 The pump and its tank", size=9)
    page.lines(320, 100, LEFT[3:])
    assert blocks(converted(pdf([page]))) == [" ".join(LEFT), "Figure 1 The pump and its tank"]


def test_code_keeps_its_lines_and_indents() -> None:
    page = Page().lines(60, 100, LEFT).lines(60, 180, ["if full:", "    stop()  # motor"], font="code")
    page.lines(60, 230, RIGHT)
    assert said(converted(pdf([page])), MarkKind.CODE) == ["```\nif full:\n    stop()  # motor\n```"]


def test_table_of_contents_keeps_its_lines() -> None:
    page = Page().lines(60, 100, ["1 Cleaning ............ 3", "2 Safety ............ 12"])
    assert blocks(converted(pdf([page]))) == ["1 Cleaning ............ 3\n2 Safety ............ 12"]


def test_turned_page_is_read_and_turned_words_follow_the_page() -> None:
    page = Page()
    for number, line in enumerate(LEFT):
        page.turned(100 + 12 * number, 700, line)
    assert blocks(converted(pdf([page]))) == [" ".join(LEFT)]
    mixed = Page().turned(30, 500, "Draft of May").lines(60, 100, LEFT)
    assert blocks(converted(pdf([mixed]))) == [" ".join(LEFT), "Draft of May"]


def test_comments_are_read_by_the_recipe() -> None:
    page = Page(comments=["Please check (twice)"]).lines(60, 100, LEFT)
    assert "check" not in converted(pdf([page])).text
    assert "Please check (twice)" in converted(pdf([page]), DocumentPart.COMMENTS).text


def test_title_of_the_metadata_counts_if_the_text_has_it() -> None:
    page = Page().text(60, 60, "Volume 2", size=20).text(60, 90, "Pumps and filters").lines(60, 130, LEFT)
    assert converted(pdf([page], title="Pumps and filters")).title == "Pumps and filters"
    assert converted(pdf([page], title="Microsoft Word - x.doc")).title == "Volume 2"


@pytest.mark.parametrize(
    ("data", "reason", "detail"),
    [
        (pdf([Page().image(), Page().image(), Page().lines(60, 100, LEFT)]), "scanned", "2 of 3 pages"),
        (pdf([Page().lines(60, 100, LEFT)], is_encrypted=True), "encrypted", "password"),
        (pdf([Page(), Page().rule(10, 10, 50, 50)]), "empty", "2 pages"),
    ],
)
def test_files_that_are_not_read_say_why(data: bytes, reason: str, detail: str) -> None:
    with pytest.raises(RefusedFileError, match=detail) as refused:
        converted(data)
    assert refused.value.reason == reason


def test_scanned_pages_refuse_a_file_only_if_they_are_more_than_the_pages_with_text() -> None:
    pages = [Page().image() for _ in range(4)] + [Page().lines(60, 100, LEFT) for _ in range(5)]
    found = converted(pdf(pages))
    assert found.warnings == ("pages without text, as images: 4 of 9",)
    with pytest.raises(RefusedFileError, match="6 of 11 pages"):
        converted(pdf([*pages, Page().image(), Page().image()]))


def test_few_scanned_pages_are_a_warning_and_text_over_an_image_is_read() -> None:
    pages = [Page().lines(60, 100, LEFT), Page().lines(60, 100, RIGHT), Page().image()]
    assert converted(pdf(pages)).warnings == ("pages without text, as images: 1 of 3",)
    assert "The pump draws" in converted(pdf([Page().image().lines(60, 100, LEFT)])).text


@pytest.mark.parametrize("cut", [0, 20, 400, 0.5, 0.9])
def test_damaged_file_raises_or_yields_text(cut: float) -> None:
    whole = pdf([Page().lines(60, 100, LEFT)])
    data = whole[: int(cut * len(whole)) if cut < 1 else int(cut)]
    try:
        found = converted(data)
    except Exception as error:  # noqa: BLE001  # any error costs one file; a crash would end the test
        assert str(error)
    else:
        assert "pump" in found.text


def test_no_character_is_lost_and_none_is_added() -> None:
    page = Page().text(60, 60, "Operating manual", size=22).lines(60, 100, LEFT).text(70, 180, "• a filter")
    _grid(page, [60, 200, 330], [200, 220, 240]).text(65, 214, "Part").text(205, 214, "Price")
    page.text(65, 234, "Cover").text(205, 234, "7.50").lines(60, 300, RIGHT, font="italic").turned(30, 500, "Draft")
    drawn = "Operatingmanual" + "".join(LEFT) + "afilterPartPriceCover750" + "".join(RIGHT) + "Draft"
    kept = sorted(char for char in converted(pdf([page])).text if char.isalnum())
    assert kept == sorted(char for char in drawn if char.isalnum())


def test_pdf_is_told_by_name_and_content() -> None:
    assert kind_of("report.PDF").reader is READER
    assert reader_of_content(b"\n%PDF-1.4 ...", FileKind(None)) is READER
    assert reader_of_content(b"plain", FileKind(READER)) is not READER


def test_letters_alone_in_their_columns_stay_apart_and_turned_names_stand_in_their_cells() -> None:
    page = Page().lines(60, 60, LEFT)
    _grid(page, [60, 220, 280, 340, 400], [150, 230, 250, 270])
    page.text(65, 222, "User action")
    for left, name in ((255, "Owner"), (315, "Security"), (375, "Guest")):
        page.turned(left, 225, name)
    page.text(65, 244, "Change degree").text(65, 264, "Dump cache")
    page.operators.append(f"BT /plain 10 Tf 53.33 Tc 247 {HEIGHT - 244} Td (XXX) Tj 60 -20 Td (XX) Tj 0 Tc ET")
    found = converted(pdf([page.lines(60, 300, RIGHT)]))
    assert said(found, MarkKind.TABLE) == [
        "| User action | Owner | Security | Guest |\n| --- | --- | --- | --- |\n"
        "| Change degree | X | X | X |\n| Dump cache |  | X | X |"
    ]
    assert blocks(found)[-1] == " ".join(RIGHT)


def test_words_of_two_directions_on_a_line_have_the_space_that_the_page_shows() -> None:
    style = Style(10.0)
    arabic = Word("مع", 200, 212, 100, style)
    latin = Word("Python", 165, 196, 100, style, is_glued=True)
    glued = Word("و", 159, 165, 100, style, is_glued=True)
    assert [line.text for line in lines_of([arabic, latin, glued])] == ["مع Pythonو"]


def _table_page(rows: list[tuple[str, str, str]], *, top: int = 100) -> Page:
    page = _grid(Page(), [60, 200, 330, 460], [top + 20 * number for number in range(len(rows) + 1)])
    for number, row in enumerate(rows):
        for left, text in zip((65, 205, 335), row, strict=True):
            page.text(left, top + 14 + 20 * number, text)
    return page


NAMES = ("Part", "Size", "Price")
ROWS = [("Filter", "10 cm", "5.00"), ("Cover", "20 cm", "7.50"), ("Valve", "30 cm", "9.50"), ("Seal", "40 cm", "2.50")]


@pytest.mark.parametrize("names", [[NAMES], []], ids=["header repeated", "header once"])
def test_table_that_goes_on_on_the_next_pages_is_one_table(names: list[tuple[str, str, str]]) -> None:
    first = _table_page([NAMES, *ROWS[:2]])
    second, third = _table_page([*names, *ROWS[1:3]], top=100), _table_page([*names, *ROWS[2:]], top=100)
    found = converted(pdf([first, second, third.lines(60, 300, LEFT)], labels="0 <</S /D>>"))
    lines = [" | ".join(row) for row in (NAMES, *ROWS[:2], *ROWS[1:3], *ROWS[2:])]
    assert said(found, MarkKind.TABLE) == [
        "\n".join(f"| {line} |" for line in (lines[0], "--- | --- | ---", *lines[1:]))
    ]
    pages = [
        (mark.value, found.text[mark.start :].split("\n")[0]) for mark in found.marks if mark.kind is MarkKind.PAGE
    ]
    assert pages == [("1", f"| {lines[0]} |"), ("2", f"| {lines[3]} |"), ("3", f"| {lines[5]} |")]
    assert blocks(found)[-1] == " ".join(LEFT)


def test_table_with_other_names_or_other_sides_on_the_next_page_is_another_table() -> None:
    other = _table_page([("Town", "River", "Lake"), *ROWS[2:]], top=100)
    assert len(said(converted(pdf([_table_page([NAMES, *ROWS[:2]]), other])), MarkKind.TABLE)) == 2
    narrow = _grid(Page(), [60, 160, 260, 300], [60, 80, 100])
    narrow.text(65, 74, "Seal").text(165, 74, "40 cm").text(262, 74, "2.50")
    narrow.text(65, 94, "Ring").text(165, 94, "50 cm").text(262, 94, "3.50")
    assert len(said(converted(pdf([_table_page([NAMES, *ROWS[:2]]), narrow])), MarkKind.TABLE)) == 2


def _with_damaged_pages(data: bytes, *numbers: int) -> bytes:
    """Damage the objects of some pages; numbers start at 0."""
    places = [found.start() for found in re.finditer(rb"<</Type /Page /Parent", data)]
    for number in numbers:
        data = data[: places[number]] + b"[" + data[places[number] + 1 :]
    return data


def _pages_of_one_sentence() -> bytes:
    lines = [
        "The pump is cleaned every week and whoever",
        "opens the upper valve notes the hour in",
        "a book that lies on the desk.",
    ]
    return pdf([Page().lines(60, 80 + 90 * number, [line]) for number, line in enumerate(lines)])


def test_damaged_page_is_left_out_with_a_warning_and_the_rest_is_read() -> None:
    found = converted(_with_damaged_pages(_pages_of_one_sentence(), 1))
    assert found.warnings == ("damaged pages left out: 2",)
    assert blocks(found) == ["The pump is cleaned every week and whoever", "a book that lies on the desk."]
    assert [mark.value for mark in found.marks if mark.kind is MarkKind.PAGE] == ["1", "2", "3"]
    assert len(blocks(converted(_pages_of_one_sentence()))) == 1, "an undamaged sentence is joined"


def test_file_whose_pages_are_all_damaged_is_damaged() -> None:
    with pytest.raises(PdfiumError):
        converted(_with_damaged_pages(_pages_of_one_sentence(), 0, 1, 2))
