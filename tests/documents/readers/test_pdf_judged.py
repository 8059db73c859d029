"""PDF files into text: faults found by reading converted files, each on a small page of its kind."""

from __future__ import annotations

import pytest

from documents.readers.pdf_pages import KOREAN, Page, pdf
from documents.readers.test_pdf import LEFT, RIGHT, blocks, converted, said
from pipeline.documents.marks import MarkKind
from pipeline.documents.readers.reader import Converted, RefusedFileError

BARS = [(70 + 40 * number, 420 - 17 * number) for number in range(8)]


def headings(found: Converted) -> list[tuple[int | None, str]]:
    return [(mark.level, mark.value) for mark in found.marks if mark.kind is MarkKind.HEADING]


def chart(page: Page) -> Page:
    """Draw eight bars with their values above and their names below, larger than the body."""
    for number, (left, top) in enumerate(BARS):
        page.box(left, top, left + 30, 450).text(left + 4, top - 4, f"{80 + number}.0", size=8)
        page.text(left, 466, f"Set {number}", size=13)
    return page


def test_items_larger_than_the_body_are_no_headings_and_a_numbered_title_alone_is_one() -> None:
    page = Page().text(60, 60, "1. Cleaning", size=14).lines(60, 90, LEFT)
    for number, item in enumerate(
        ["1. Open the cover", "2. Take out the filter", "◦ the upper one", "◦ the lower one"]
    ):
        page.text(60, 180 + 22 * number, item.replace("◦", "•"), size=13)
    found = converted(pdf([page.lines(60, 300, RIGHT).lines(60, 380, LEFT)]))
    assert headings(found) == [(1, "1. Cleaning")]
    assert len(said(found, MarkKind.LIST_ITEM)) == 4


def test_numbers_of_several_parts_stay_headings_one_after_the_other() -> None:
    page = Page().text(60, 60, "2.1 Pump", size=14).text(60, 90, "2.2 Filter", size=14).lines(60, 120, LEFT)
    assert [text for _, text in headings(converted(pdf([page])))] == ["2.1 Pump", "2.2 Filter"]


def test_labels_of_a_chart_are_neither_headings_nor_a_table() -> None:
    page = chart(Page().text(60, 60, "Results", size=16).lines(60, 90, LEFT).lines(60, 180, RIGHT))
    found = converted(pdf([page.lines(60, 520, LEFT).lines(60, 600, RIGHT)]))
    assert headings(found) == [(1, "Results")]
    assert said(found, MarkKind.TABLE) == []
    assert all(f"{80 + number}.0" in found.text for number in range(8))


def test_page_that_is_one_figure_has_no_headings_and_no_title() -> None:
    page = Page()
    for number in range(24):
        page.box(100 + 15 * number, 200, 110 + 15 * number, 210 + 5 * number)
    found = converted(pdf([page.text(60, 60, "Load by layer", size=18).text(60, 600, "0.1 0.2 0.3 0.4", size=9)]))
    assert (headings(found), found.title) == ([], "")


def test_levels_end_at_six_and_looks_of_nearly_one_size_are_one_level() -> None:
    page = Page()
    sizes = [30, 26, 22.5, 19.5, 17, 14.5, 12.4, 12]
    for number, size in enumerate([*sizes, *sizes]):
        page.text(60, 40 + 40 * number, f"Part {'ABCDEFGHIJKLMNOP'[number]} of it", size=size)
        page.text(60, 58 + 40 * number, "It says more.")
    page.lines(60, 690, LEFT).lines(60, 760, RIGHT)
    levels = [level for level, _ in headings(converted(pdf([page])))]
    assert len(levels) == 16
    assert set(levels) == {1, 2, 3, 4, 5, 6}
    assert levels[6] == levels[7] == levels[14] == levels[15] == 6


def test_numbered_heading_is_below_its_parent_if_both_have_one_look_with_the_title() -> None:
    page = Page().text(60, 60, "Logs of queries", size=15, font="bold")
    page.text(60, 100, "1 Language", size=15, font="bold").lines(60, 120, LEFT)
    page.text(60, 200, "1.1 Terms", size=13, font="bold").lines(60, 220, RIGHT)
    page.text(60, 300, "References", size=15, font="bold").lines(60, 320, LEFT)
    found = headings(converted(pdf([page])))
    assert found == [(1, "Logs of queries"), (2, "1 Language"), (3, "1.1 Terms"), (2, "References")]


def test_numbered_title_that_fills_its_line_is_not_joined_with_the_body() -> None:
    page = Page().lines(60, 60, LEFT).text(60, 140, "(1) How the pump of the upper tank works", size=11)
    page.text(70, 154, RIGHT[0]).lines(60, 166, RIGHT[1:])
    assert "(1) How the pump of the upper tank works" in blocks(converted(pdf([page])))[1].splitlines()[0]
    assert RIGHT[0] not in blocks(converted(pdf([page])))[1]


def test_lines_far_apart_are_paragraphs_and_full_lines_with_double_spacing_are_one() -> None:
    lines = ["This is the main text.", "Pictures appear at its end.", "Keep on reading."]
    apart = Page().lines(60, 100, lines, step=30)
    assert len(blocks(converted(pdf([apart])))) == 3
    double = Page().lines(60, 100, LEFT, step=23)
    assert blocks(converted(pdf([double]))) == [" ".join(LEFT)]


def test_values_stay_in_their_rows_if_a_rule_between_them_is_missing() -> None:
    page = Page()
    for top in (100, 124, 148, 172):
        page.rule(60, top, 200, top)
        if top != 148:
            page.rule(200, top, 340, top)
    for left in (60, 200, 340):
        page.rule(left, 100, left, 172)
    rows = [("Opened", "1403/09/19"), ("Session", "436"), ("Posted", "1403/10/05")]
    for number, row in enumerate(rows):
        for left, text in zip((66, 206), row, strict=True):
            page.text(left, 116 + 24 * number, text)
    text = converted(pdf([page])).text
    assert "| Session | 436 |\n| Posted | 1403/10/05 |" in text


def test_lines_of_a_text_in_a_cell_over_two_rows_stay_one_cell() -> None:
    page = Page()
    for top in (100, 112, 124):
        page.rule(60, top, 200, top)
        if top != 112:
            page.rule(200, top, 340, top)
    for left in (60, 200, 340):
        page.rule(left, 100, left, 124)
    page.text(66, 109, "Pump").text(66, 121, "Filter").text(206, 109, "The parts of the").text(206, 121, "upper tank")
    assert "The parts of the upper tank" in converted(pdf([page])).text


def test_left_column_is_read_first_if_the_content_begins_with_the_right_one() -> None:
    page = Page().lines(320, 100, RIGHT).lines(50, 100, LEFT)
    assert blocks(converted(pdf([page]))) == [" ".join(LEFT), " ".join(RIGHT)]


def test_text_to_a_label_stays_behind_it() -> None:
    page = Page()
    for number, (label, text) in enumerate([("name", "names the row"), ("table", "names the table")]):
        page.text(60, 100 + 40 * number, label).text(120, 112 + 40 * number, text)
    assert " ".join(converted(pdf([page])).text.split()) == "name names the row table names the table"


def test_rest_of_a_column_is_read_before_the_content_goes_up_to_the_next() -> None:
    page = Page().lines(50, 100, LEFT[:3]).lines(320, 60, RIGHT).lines(50, 136, LEFT[3:])
    assert blocks(converted(pdf([page]))) == [" ".join(LEFT), " ".join(RIGHT)]


BROKEN = "묾푷 차세대 비체킹 방지읊 퓒 칺몮 대픟 기술 컪비스 훟심 컴퓨팅 에컪픦 팢 솒빪 방지 짝 쭖쩣 먾래."
SOUND = "이 설명서는 펌프와 여과기를 설치하고 청소하는 방법을 적은 것으로 사용하기 전에 읽어야 한다. "


def korean(text: str, num_lines: int) -> Page:
    page = Page()
    for number in range(num_lines):
        page.text(40, 60 + 18 * number, text, size=9, font=KOREAN)
    return page


def test_page_whose_font_names_wrong_syllables_is_told_and_counts_as_undecodable() -> None:
    found = converted(pdf([korean(SOUND, 30), korean(BROKEN, 2)]))
    assert found.warnings == ("the fonts do not say which characters they show: pages 2",)
    assert found.replaced_share > 0.01


def test_file_whose_text_is_mostly_illegible_is_refused() -> None:
    with pytest.raises(RefusedFileError, match="2 of 3 pages do not say") as error:
        converted(pdf([korean(SOUND, 2), korean(BROKEN, 8), korean(BROKEN, 8)]))
    assert error.value.reason == "undecodable"


def test_page_that_is_a_small_picture_is_scanned() -> None:
    page = Page()
    page.operators.append("q 200 0 0 150 100 500 cm /image Do Q")
    with pytest.raises(RefusedFileError, match="1 hold a picture") as error:
        converted(pdf([page, Page()]))
    assert error.value.reason == "scanned"


def test_sound_korean_with_a_rare_syllable_is_not_told() -> None:
    found = converted(pdf([korean(SOUND + "뷁", 10)]))
    assert (found.warnings, found.replaced_share) == ((), 0.0)


def test_bold_entries_of_a_table_of_contents_are_no_headings() -> None:
    page = Page().lines(60, 60, LEFT)
    for number, name in enumerate(["Pump", "Filter"]):
        top = 160 + 60 * number
        page.text(60, top, f"{number + 1} {name} {number + 3}", font="bold")
        page.text(72, top + 16, f"{number + 1}.1 Parts of it . . . . . . . . . . . {number + 3}")
    assert headings(converted(pdf([page.lines(60, 320, RIGHT)]))) == []


def test_level_that_the_file_gives_holds_for_numbered_headings() -> None:
    page = Page().text(60, 60, "1 Pump", size=14, font="bold").lines(60, 90, LEFT)
    page.text(60, 180, "1.1 Parts", size=14, font="bold").lines(60, 210, RIGHT)
    found = converted(pdf([page], bookmarks=[(0, "1 Pump", 0), (0, "1.1 Parts", 0)]))
    assert headings(found) == [(1, "1 Pump"), (1, "1.1 Parts")]
